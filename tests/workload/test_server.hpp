// A small HTTP server on a thread of its own, on 127.0.0.1, whose bad manners tests choose.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/fd.hpp"

namespace gameday::test {

struct HttpRequest {
  std::string method, path, body;
};

// "HTTP/1.1 200 OK" with a Content-Length.
std::string answer(int status, const std::string& body);

class TestServer {
 public:
  using Clock = std::chrono::steady_clock;
  // What to answer, as bytes. Runs on the server's thread. Nothing: never answer.
  using Handler = std::function<std::optional<std::string>(const HttpRequest&)>;

  explicit TestServer(Handler handler);
  ~TestServer();  // closes everything, as a killed server does

  int port() const { return port_; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  // When the first request arrived; nothing before.
  std::optional<Clock::time_point> first_request() const;
  uint64_t requests() const { return requests_; }
  size_t open_connections() const { return open_connections_; }

  // Nothing is read or answered from `from` to `to`; the system goes on accepting.
  void stall(Clock::time_point from, Clock::time_point to);
  // When it really stood still: a busy machine wakes it late, and that is what its users see.
  Clock::time_point stall_began() const;
  Clock::time_point stall_ended() const;
  // Answers go out a byte at a time with this pause.
  void dribble(std::chrono::milliseconds pause) { dribble_ms_ = static_cast<int>(pause.count()); }
  // Sent bytes of an answer end here, then the connection is closed.
  void cut_after(int bytes) { cut_bytes_ = bytes; }

 private:
  struct Peer {
    UniqueFd fd;
    std::string in, out;
    Clock::time_point next_byte;
  };

  void serve();
  int wait_ms();
  bool stalled();
  bool take(Peer& peer);
  bool answer_all(Peer& peer);
  bool push(Peer& peer);

  const Handler handler_;
  UniqueFd listener_;
  int port_ = 0;
  std::vector<Peer> peers_;
  Pipe stop_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<size_t> open_connections_ = 0;
  std::atomic<int> dribble_ms_ = 0;
  std::atomic<int> cut_bytes_ = 0;
  mutable std::mutex mutex_;
  std::optional<Clock::time_point> first_request_;
  Clock::time_point stall_from_{}, stall_to_{}, stall_began_{}, stall_ended_{};
  std::thread thread_;
};

// A local port on which nobody listens.
int free_port();

}  // namespace gameday::test
