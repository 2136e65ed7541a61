#include "workload/http_client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>

#include "core/error.hpp"

namespace gameday {

namespace {

constexpr uint64_t kWatched = UINT64_MAX;
constexpr int kBatch = 256;
constexpr size_t kReadBytes = 64 * 1024;

Outcome outcome_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return Outcome::kRefused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:  // a local "prohibit" route or firewall
    case EPERM:
      return Outcome::kUnreachable;
    case ETIMEDOUT:
      return Outcome::kTimeout;
    default:
      return Outcome::kClosed;
  }
}

}  // namespace

HttpClient::HttpClient(const sockaddr_in& target, size_t max_connections, Listener& listener)
    : target_(target),
      max_connections_(max_connections),
      listener_(listener),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {
  if (!epoll_) throw_errno("workload: cannot wait for sockets");
}

std::optional<HttpClient::Id> HttpClient::open() {
  if (open_ >= max_connections_) return std::nullopt;
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return std::nullopt;
  const int result = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&target_),
                               sizeof target_);
  const int error = result == 0 ? 0 : errno;
  if (error == EADDRNOTAVAIL || error == EAGAIN) return std::nullopt;

  Id id;
  if (free_.empty()) {
    id = static_cast<Id>(connections_.size());
    connections_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Connection& connection = connections_[id];
  connection.connected = result == 0;
  connection.failed_errno = error == EINPROGRESS ? 0 : error;
  connection.busy = false;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = static_cast<uint64_t>(connection.generation) << 32 | id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) {
    free_.push_back(id);
    return std::nullopt;
  }
  connection.fd = std::move(fd);
  ++open_;
  return id;
}

void HttpClient::send(Id id, std::string_view request, bool keep_body) {
  Connection& connection = connections_[id];
  assert(connection.fd && !connection.busy);
  connection.busy = true;
  connection.parser.reset(keep_body);
  connection.unsent = request;
  if (connection.failed_errno != 0) {
    failed_.push_back(id);
  } else if (connection.connected) {
    push(id);
  }
}

void HttpClient::close(Id id) {
  Connection& connection = connections_[id];
  if (!connection.fd) return;
  connection.fd.reset();
  connection.busy = false;
  ++connection.generation;
  free_.push_back(id);
  --open_;
}

void HttpClient::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWatched;
  watching_ = true;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return;
  if (errno != EPERM) throw_errno("workload: cannot watch the commands");
  watched_is_file_ = true;  // a file or /dev/null: readable at any time
}

void HttpClient::unwatch(int fd) {
  if (!watched_is_file_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watching_ = watched_is_file_ = false;
}

bool HttpClient::poll(std::chrono::nanoseconds limit) {
  // By index: a listener may send on a new connection that fails at once, too.
  for (size_t i = 0; i < failed_.size(); ++i) {
    const Id id = failed_[i];
    if (connections_[id].fd && connections_[id].busy && connections_[id].failed_errno != 0) {
      fail(id, connections_[id].failed_errno);
    }
  }
  failed_.clear();

  if (watched_is_file_) limit = std::chrono::nanoseconds(0);
  std::array<epoll_event, kBatch> events;
  const timespec wait{static_cast<time_t>(limit.count() / 1'000'000'000),
                      static_cast<long>(limit.count() % 1'000'000'000)};
  int count = ::epoll_pwait2(epoll_.get(), events.data(), kBatch, &wait, nullptr);
  if (count < 0 && errno == ENOSYS) {  // before Linux 5.11: whole milliseconds
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit);
    count = ::epoll_wait(epoll_.get(), events.data(), kBatch,
                         static_cast<int>(milliseconds.count()));
  }
  if (count < 0 && errno != EINTR) throw_errno("workload: waiting for sockets");
  bool readable = watched_is_file_;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.u64 == kWatched) {
      readable = true;
    } else {
      on_event(event.data.u64, event.events);
    }
  }
  return readable && watching_;
}

void HttpClient::on_event(uint64_t data, uint32_t events) {
  const Id id = static_cast<Id>(data);
  const auto generation = static_cast<uint32_t>(data >> 32);
  Connection& connection = connections_[id];
  if (!connection.fd || connection.generation != generation) return;
  if (!connection.connected) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(id, error);
    if (!(events & (EPOLLOUT | EPOLLHUP))) return;
    connection.connected = true;
    if (connection.busy) push(id);
  } else if ((events & EPOLLOUT) && connection.busy && !connection.unsent.empty()) {
    push(id);
  }
  // push may have failed and closed it.
  if (connection.generation != generation || !connection.fd) return;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
    read(id, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  }
}

void HttpClient::push(Id id) {
  Connection& connection = connections_[id];
  const ssize_t sent = ::send(connection.fd.get(), connection.unsent.data(),
                              connection.unsent.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(connection.unsent.size())) {
    connection.unsent.clear();
  } else if (sent >= 0) {
    connection.unsent.erase(0, static_cast<size_t>(sent));
  } else if (errno != EAGAIN && errno != EINTR) {
    // Told by the next poll, so that send() never calls back.
    connection.failed_errno = errno;
    failed_.push_back(id);
  }
}

void HttpClient::read(Id id, bool peer_closed) {
  for (;;) {
    Connection& connection = connections_[id];
    const uint32_t generation = connection.generation;
    const ssize_t count = ::recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) return fail(id, errno);
    if (!connection.busy) {  // the end of an idle connection, or bytes that nobody asked for
      close(id);
      return listener_.on_idle_closed(id);
    }
    const auto size = static_cast<size_t>(count);
    const AnswerParser::State state =
        size == 0 ? connection.parser.end_of_stream()
                  : connection.parser.feed(std::string_view(buffer_.data(), size));
    if (state == AnswerParser::State::kBroken) return fail(id, ECONNRESET);
    if (state == AnswerParser::State::kComplete) {
      connection.busy = false;
      const bool reusable = connection.parser.reusable() && !peer_closed;
      return listener_.on_answer(id, connection.parser.status(), reusable,
                                 connection.parser.body());
    }
    // A short read has emptied the socket, and a later arrival is a new edge.
    if (size < buffer_.size() && !peer_closed) return;
    if (connections_[id].generation != generation) return;
  }
}

void HttpClient::fail(Id id, int error) {
  const bool busy = connections_[id].busy;
  close(id);
  if (busy) {
    listener_.on_failure(id, outcome_of(error));
  } else {
    listener_.on_idle_closed(id);
  }
}

}  // namespace gameday
