#include "core/relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace gameday {

namespace {

constexpr timeval kSendLimit{2, 0};

// Copies what is there to read; false at the end of the stream, or when the other side takes no more.
bool copy_once(int from, int to) {
  char buffer[16384];
  const ssize_t count = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  ssize_t sent = 0;
  while (sent < count) {
    const ssize_t more =
        ::send(to, buffer + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
    if (more < 0 && errno != EINTR) return false;
    if (more > 0) sent += more;
  }
  return count > 0;
}

// The relay waits in send, at most for the limit, and in poll.
void make_blocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof kSendLimit);
}

}  // namespace

void relay(int a, int b, int stop) {
  make_blocking(a);
  make_blocking(b);
  bool open[2] = {true, true};
  while (open[0] || open[1]) {
    pollfd waits[3] = {
        {open[0] ? a : -1, POLLIN, 0}, {open[1] ? b : -1, POLLIN, 0}, {stop, POLLIN, 0}};
    if (::poll(waits, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (waits[2].revents != 0) return;
    if (waits[0].revents != 0 && !copy_once(a, b)) {
      open[0] = false;
      ::shutdown(b, SHUT_WR);
    }
    if (waits[1].revents != 0 && !copy_once(b, a)) {
      open[1] = false;
      ::shutdown(a, SHUT_WR);
    }
  }
}

}  // namespace gameday
