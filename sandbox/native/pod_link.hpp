// The engine's side of the pod's socket (protocol.hpp).
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/json.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {

// Thread-safe: each request has an answer socket of its own.
class PodLink {
 public:
  explicit PodLink(UniqueFd socket) : socket_(std::move(socket)) {}

  // Sends a request; its answers come over the returned socket. Throws Error when the stack is gone.
  UniqueFd ask(const json::object& request, std::vector<int> fds = {}) const;

  // Sends a request that is answered by one descriptor.
  UniqueFd take_fd(const json::object& request) const;

  // The next answer. Throws Error when it is an error, none comes in time, or the stack is gone.
  static Message take(const UniqueFd& answers, Deadline deadline);

  // Where the pod's own messages come.
  int fd() const { return socket_.get(); }
  // Why the stack ended, for those who ask later.
  void note_end(const std::string& why);

 private:
  UniqueFd socket_;
  mutable std::mutex mutex_;
  std::string why_gone_ = "the stack is gone";
};

// Throws the Error that an answer carries.
[[noreturn]] void throw_answer(const json::object& body);

}  // namespace gameday::native
