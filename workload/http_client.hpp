// Keep-alive HTTP/1.1 connections to one address, on one epoll: the part of the workload that
// touches the network. Raw epoll, edge-triggered, one system call to send a request and one to read
// its answer, because what the client burns is taken from the stack under test.
//
// Not thread-safe. A connection carries one request at a time. The listener is called from poll()
// only and may open, send and close there.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "workload/answer.hpp"
#include "workload/impact.hpp"

namespace gameday {

class HttpClient {
 public:
  using Id = uint32_t;  // of a connection; used again after close

  class Listener {
   public:
    virtual ~Listener() = default;
    // A complete answer. The connection stays open; send again or, when it is not `reusable`, close
    // it.
    virtual void on_answer(Id connection, int status, bool reusable, const std::string& body) = 0;
    // The request failed before its answer was complete (kRefused, kUnreachable, kTimeout when the
    // system gave up connecting, kClosed). The connection is already closed.
    virtual void on_failure(Id connection, Outcome why) = 0;
    // The peer closed an idle connection. It is already closed here.
    virtual void on_idle_closed(Id connection) = 0;
  };

  // At most `max_connections` are open at once. Throws Error when epoll refuses.
  HttpClient(const sockaddr_in& target, size_t max_connections, Listener& listener);

  // Begins to connect. Nothing: no descriptor or port is left for it.
  std::optional<Id> open();
  // Sends a request, once connected. The connection must be idle. What goes wrong, now or later,
  // comes from poll() as on_failure. `keep_body`: on_answer gets the body.
  void send(Id connection, std::string_view request, bool keep_body);
  // Closes at once; no call of the listener follows. An open request is abandoned.
  void close(Id connection);

  // Watches `fd` beside the connections; poll tells when it is readable. A regular file is always.
  void watch(int fd);
  void unwatch(int fd);
  // Waits at most `limit` for something to happen and tells the listener. True: the watched
  // descriptor is readable.
  bool poll(std::chrono::nanoseconds limit);

  size_t open_connections() const { return open_; }

 private:
  struct Connection {
    UniqueFd fd;
    uint32_t generation = 0;  // an event of an earlier life is not ours
    bool connected = false;
    bool busy = false;
    int failed_errno = 0;     // told by the next poll
    std::string unsent;
    AnswerParser parser;
  };

  void on_event(uint64_t data, uint32_t events);
  void on_connected(Id id);
  void push(Id id);
  void read(Id id, bool peer_closed);
  void fail(Id id, int error);

  sockaddr_in target_;
  const size_t max_connections_;
  Listener& listener_;
  UniqueFd epoll_;
  std::deque<Connection> connections_;  // a listener may open one while another's body is read
  std::vector<Id> free_;
  std::vector<Id> failed_;  // sends that failed at once
  size_t open_ = 0;
  bool watching_ = false;
  bool watched_is_file_ = false;
  std::vector<char> buffer_;
};

}  // namespace gameday
