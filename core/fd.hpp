// A file descriptor with an owner, and the few blocking reads and writes that respect a deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gameday {

// Owns one descriptor, closes it on destruction. Movable, not copyable. -1 is "none".
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_in(std::chrono::milliseconds limit) {
  return std::chrono::steady_clock::now() + limit;
}

// Waits until poll reports one of `events` (POLLIN, POLLOUT), an error or a hang-up on `fd`. False:
// the deadline passed first. Throws Error when poll fails.
bool wait_for(int fd, short events, Deadline deadline);

// The same until `fd` is readable (or at its end).
bool wait_readable(int fd, Deadline deadline);

// Writes all of `bytes`. Throws Error on a write error; never raises SIGPIPE on sockets.
void write_all(int fd, std::string_view bytes);

// Reads to the end of file. Throws Error on a read error.
std::string read_to_end(int fd);

// Reads one line, without its end, byte by byte: what follows it is left for the next reader.
// Nothing: the input ended before anything came, or `stop_fd` became readable first (-1: none).
// Throws Error on a read error.
std::optional<std::string> read_line(int fd, int stop_fd);

struct Pipe {
  UniqueFd reader, writer;
};
// A pipe, both ends close-on-exec.
Pipe make_pipe();

}  // namespace gameday
