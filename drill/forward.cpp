#include "drill/forward.hpp"

#include <poll.h>
#include <sys/socket.h>

#include "core/error.hpp"
#include "core/relay.hpp"
#include "core/tcp.hpp"

namespace gameday {

namespace {

constexpr int kMaxRelays = 32;

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
  gameday::relay(user.get(), inside.get(), stop_.reader.get());
}

}  // namespace gameday
