// Loopback ports of this machine that lead to a port inside a host, for a browser.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "sandbox/sandbox.hpp"

namespace gameday {

// Listens on 127.0.0.1 until destruction; every connection is relayed to `address:port` as seen
// from inside `host`. At most 32 at once, more are closed at once.
class Forward {
 public:
  // Throws Error when no loopback port is to be had.
  Forward(Host& host, std::string address, int port);
  ~Forward();
  Forward(const Forward&) = delete;
  Forward& operator=(const Forward&) = delete;

  int port() const { return port_; }

 private:
  void accept_all();
  void relay(UniqueFd user);

  Host& host_;
  const std::string address_;
  const int target_port_;
  UniqueFd listener_;
  int port_ = 0;
  Pipe stop_;
  std::atomic<int> relays_{0};
  std::thread acceptor_;
};

}  // namespace gameday
