// A server for benches: answers every request with the same 1 KiB page, on one thread and one
// epoll, so that the clients' costs are what differs.
//
// Usage: tiny_server: prints its port, serves on 127.0.0.1 until its standard input ends. SIGUSR1
// makes it stand still for one second, as a long pause of a real server does.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

volatile std::sig_atomic_t g_stall = 0;

int listen_anywhere() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4096) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("tiny_server: listen");
    std::exit(1);
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void stall() {
  timespec left{1, 0};
  while (::nanosleep(&left, &left) != 0) {
  }
  g_stall = 0;
}

class TinyServer {
 public:
  TinyServer() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listen_anywhere()) {
    const std::string body(1024, 'x');
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + body;
    watch(listener_, EPOLLIN);
    watch(STDIN_FILENO, EPOLLIN);
  }

  void serve() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      if (g_stall) stall();
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == STDIN_FILENO) return;
        if (fd == listener_) {
          accept_all();
        } else {
          answer(fd);
        }
      }
    }
  }

 private:
  void watch(int fd, uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      watch(fd, EPOLLIN);
    }
  }

  // Every client of the benches sends a request in one piece and waits for its answer.
  void answer(int fd) {
    const ssize_t count = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) {
      ::close(fd);
      return;
    }
    const std::string_view request(buffer_.data(), static_cast<size_t>(count));
    ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (request.find("Connection: close") != std::string_view::npos) ::close(fd);
  }

  const int epoll_;
  const int listener_;
  std::string answer_;
  std::vector<char> buffer_ = std::vector<char>(16384);
};

}  // namespace

int main() {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stall = 1; };
  ::sigaction(SIGUSR1, &action, nullptr);
  TinyServer().serve();
}
