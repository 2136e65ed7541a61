#include "test_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace gameday::test {

namespace {

UniqueFd listen_anywhere(int& port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(fd.get(), 4096) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("test server: cannot listen");
  }
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

std::string answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " Fine\r\nContent-Type: text/plain\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int free_port() {
  int port = 0;
  listen_anywhere(port);
  return port;
}

TestServer::TestServer(Handler handler) : handler_(std::move(handler)), stop_(make_pipe()) {
  listener_ = listen_anywhere(port_);
  thread_ = std::thread([this] { serve(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  write_all(stop_.writer.get(), "x");
  thread_.join();
}

std::optional<TestServer::Clock::time_point> TestServer::first_request() const {
  const std::lock_guard lock(mutex_);
  return first_request_;
}

void TestServer::stall(Clock::time_point from, Clock::time_point to) {
  const std::lock_guard lock(mutex_);
  stall_from_ = from;
  stall_to_ = to;
}

TestServer::Clock::time_point TestServer::stall_began() const {
  const std::lock_guard lock(mutex_);
  return stall_began_;
}

TestServer::Clock::time_point TestServer::stall_ended() const {
  const std::lock_guard lock(mutex_);
  return stall_ended_;
}

// In a stall the server waits for its end, and for nothing else.
bool TestServer::stalled() {
  Clock::time_point from, to;
  {
    const std::lock_guard lock(mutex_);
    from = stall_from_;
    to = stall_to_;
  }
  const auto began = Clock::now();
  if (began < from || began >= to) return false;
  wait_readable(stop_.reader.get(), to);
  const std::lock_guard lock(mutex_);
  if (stall_began_ < from) stall_began_ = began;
  stall_ended_ = Clock::now();
  return true;
}

int TestServer::wait_ms() {
  for (const Peer& peer : peers_) {
    if (!peer.out.empty()) return 1;
  }
  return 5;
}

void TestServer::serve() {
  while (!stopping_) {
    if (stalled()) continue;
    std::vector<pollfd> polled;
    polled.push_back({stop_.reader.get(), POLLIN, 0});
    polled.push_back({listener_.get(), POLLIN, 0});
    for (const Peer& peer : peers_) polled.push_back({peer.fd.get(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), wait_ms());
    if (stalled()) continue;
    for (size_t i = 0; i < peers_.size(); ++i) {
      const bool readable = polled[i + 2].revents != 0;
      if ((readable && !take(peers_[i])) || !push(peers_[i])) peers_[i].fd.reset();
    }
    std::erase_if(peers_, [](const Peer& peer) { return !peer.fd; });
    for (;;) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!fd) break;
      peers_.push_back({std::move(fd), "", "", {}});
    }
    open_connections_ = peers_.size();
  }
}

bool TestServer::take(Peer& peer) {
  char buffer[16384];
  const ssize_t count = ::recv(peer.fd.get(), buffer, sizeof buffer, 0);
  if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
  if (count > 0) peer.in.append(buffer, static_cast<size_t>(count));
  return answer_all(peer);
}

bool TestServer::answer_all(Peer& peer) {
  for (;;) {
    const size_t head = peer.in.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    const size_t length_at = peer.in.find("Content-Length: ");
    const size_t length = length_at < head ? std::stoul(peer.in.substr(length_at + 16)) : 0;
    if (peer.in.size() < head + 4 + length) return true;
    const size_t space = peer.in.find(' ');
    const HttpRequest request{peer.in.substr(0, space),
                              peer.in.substr(space + 1, peer.in.find(' ', space + 1) - space - 1),
                              peer.in.substr(head + 4, length)};
    peer.in.erase(0, head + 4 + length);
    {
      const std::lock_guard lock(mutex_);
      if (!first_request_) first_request_ = Clock::now();
    }
    ++requests_;
    if (const auto bytes = handler_(request)) peer.out += *bytes;
  }
}

bool TestServer::push(Peer& peer) {
  if (peer.out.empty()) return true;
  size_t count = peer.out.size();
  if (dribble_ms_ > 0) {
    if (Clock::now() < peer.next_byte) return true;
    peer.next_byte = Clock::now() + std::chrono::milliseconds(dribble_ms_);
    count = 1;
  }
  const bool cut = cut_bytes_ > 0;
  if (cut) count = std::min(count, static_cast<size_t>(cut_bytes_));
  const ssize_t sent = ::send(peer.fd.get(), peer.out.data(), count, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  peer.out.erase(0, static_cast<size_t>(sent));
  return !cut;
}

}  // namespace gameday::test
