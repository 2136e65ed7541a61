#include "core/tcp.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/error.hpp"

namespace gameday {

UniqueFd tcp_listen(const std::string& address, int port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<uint16_t>(port));
  const std::string what = "http: listening on " + address + ":" + std::to_string(port);
  if (::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) {
    throw usage_error(what + ": not a numeric address");
  }
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno(what);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(fd.get(), 512) != 0) {
    throw_errno(what);
  }
  return fd;
}

int bound_port(int fd) {
  sockaddr_in where{};
  socklen_t length = sizeof where;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &length) != 0) throw_errno("getsockname");
  return ntohs(where.sin_port);
}

UniqueFd tcp_connect(const std::string& host, int port, Deadline deadline, std::string* why) {
  std::string ignored;
  std::string& reason = why ? *why : ignored;
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    reason = host + ": " + ::gai_strerror(failed);
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("socket");
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int error = ::connect(fd.get(), found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t length = sizeof error;
    if (!wait_for(fd.get(), POLLOUT, deadline)) error = ETIMEDOUT;
    else ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  }
  if (error == 0) return fd;
  reason = host + ":" + std::to_string(port) + ": " + std::strerror(error);
  return {};
}

}  // namespace gameday
