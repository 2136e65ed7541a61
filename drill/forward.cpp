#include "drill/forward.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/tcp.hpp"

namespace gameday {

namespace {

constexpr int kMaxRelays = 32;

// Copies what is there to read; false at the end of the stream.
bool copy_once(int from, int to) {
  char buffer[16384];
  const ssize_t count = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  try {
    write_all(to, {buffer, static_cast<size_t>(count)});
  } catch (const Error&) {
    return false;
  }
  return true;
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
      relay(UniqueFd(fd));
      --relays_;
    }).detach();
  }
}

void Forward::relay(UniqueFd user) {
  const UniqueFd inside = host_.dial(address_, target_port_, deadline_in(std::chrono::seconds(3)));
  if (!inside) return;
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
