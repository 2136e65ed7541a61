#include "drill/forward.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/tcp.hpp"

namespace gameday {

namespace {

constexpr int kMaxRelays = 32;

constexpr timeval kSendLimit{2, 0};  // a reader that stalls longer is hung up on

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

Forward::Forward(Host& host, std::string address, int port)
    : host_(host), address_(std::move(address)), target_port_(port) {
  listener_ = tcp_listen("127.0.0.1", 0);
  port_ = bound_port(listener_.get());
  stop_ = make_pipe();
  acceptor_ = std::thread([this] { accept_all(); });
}

Forward::~Forward() {
  stop_.writer.reset();
  acceptor_.join();
  while (relays_.load() > 0) std::this_thread::yield();
}

void Forward::accept_all() {
  for (;;) {
    pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {stop_.reader.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    UniqueFd user(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!user || relays_ >= kMaxRelays) continue;
    ++relays_;
    std::thread([this, fd = user.release()] {
      try {
        relay(UniqueFd(fd));
      } catch (const std::exception&) {
        // The host is gone: for whoever looks, the connection ends.
      }
      --relays_;
    }).detach();
  }
}

void Forward::relay(UniqueFd user) {
  const UniqueFd inside = host_.dial(address_, target_port_, deadline_in(std::chrono::seconds(3)));
  if (!inside) return;
  make_blocking(user.get());
  make_blocking(inside.get());
  bool open[2] = {true, true};
  while (open[0] || open[1]) {
    pollfd waits[3] = {{open[0] ? user.get() : -1, POLLIN, 0},
                       {open[1] ? inside.get() : -1, POLLIN, 0},
                       {stop_.reader.get(), POLLIN, 0}};
    if (::poll(waits, 3, -1) < 0 && errno != EINTR) return;
    if (waits[2].revents != 0) return;
    if (waits[0].revents != 0 && !copy_once(user.get(), inside.get())) {
      open[0] = false;
      ::shutdown(inside.get(), SHUT_WR);
    }
    if (waits[1].revents != 0 && !copy_once(inside.get(), user.get())) {
      open[1] = false;
      ::shutdown(user.get(), SHUT_WR);
    }
  }
}

}  // namespace gameday
