#include "core/fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.hpp"

namespace gameday {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

bool wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd watched{fd, events, 0};
    const int wait_ms = static_cast<int>(std::clamp<long long>(left.count(), 0, 1 << 30));
    const int ready = ::poll(&watched, 1, wait_ms);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) throw_errno("poll");
  }
}

bool wait_readable(int fd, Deadline deadline) { return wait_for(fd, POLLIN, deadline); }

void write_all(int fd, std::string_view bytes) {
  bool is_socket = true;
  while (!bytes.empty()) {
    ssize_t written = -1;
    if (is_socket) {
      written = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written < 0 && errno == ENOTSOCK) {
        is_socket = false;
        continue;
      }
    } else {
      written = ::write(fd, bytes.data(), bytes.size());
    }
    if (written < 0 && errno == EAGAIN) {
      pollfd poll_fd{fd, POLLOUT, 0};
      ::poll(&poll_fd, 1, -1);
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string read_to_end(int fd) {
  std::string all;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) return all;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read");
    all.append(buffer, static_cast<size_t>(count));
  }
}

std::optional<std::string> read_line(int fd, int stop_fd) {
  std::string line;
  for (;;) {
    pollfd fds[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      throw_errno("poll");
    }
    if (fds[1].revents != 0) return std::nullopt;
    char byte = 0;
    const ssize_t count = ::read(fd, &byte, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) throw_errno("read");
    if (count == 0 && line.empty()) return std::nullopt;
    if (count == 0 || byte == '\n') return line;
    line += byte;
  }
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace gameday
