#include "core/http.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <unordered_map>

#include "core/error.hpp"
#include "core/tcp.hpp"

namespace gameday {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;

// --- server -------------------------------------------------------------------------------------

// One client's connection: read a request, hand it over, write the answer, again. All on the I/O
// thread.
class Client;

// What outlives the HttpServer object as long as somebody still holds a Respond. Clients are found
// by number, so that a late answer never keeps a socket alive.
struct HttpServer::Core {
  Core(UniqueFd fd, Handler handle, HttpLimits bounds)
      : listener(io, fd.release()), sweep(io), handler(std::move(handle)), limits(bounds) {}

  void accept();
  void admit(UniqueFd fd);
  void sweep_later();
  void leave(uint64_t id);
  void drain(std::chrono::milliseconds patience);

  asio::io_context io{1};
  asio::posix::stream_descriptor listener;
  asio::steady_timer sweep;
  Handler handler;
  HttpLimits limits;
  bool draining = false;
  uint64_t next_id = 1;
  std::unordered_map<uint64_t, std::shared_ptr<Client>> sessions;
  std::thread thread;
  std::weak_ptr<Core> weak_self;
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  using Core = HttpServer::Core;
  Client(Core& core, std::weak_ptr<Core> weak, uint64_t id,
         asio::generic::stream_protocol::socket s)
      : core_(core), weak_(std::move(weak)), id_(id), socket_(std::move(s)) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(core_.limits.header_bytes));
    parser_->body_limit(core_.limits.body_bytes);
    waiting_ = true;
    expires_ = steady_clock::now() + core_.limits.idle;
    http::async_read_header(socket_, buffer_, *parser_,
                            [self = shared_from_this()](ErrorCode error, size_t) {
                              self->on_header(error);
                            });
  }

  void answer(HttpResponse response) {
    if (!busy_) return;  // a second answer to one request
    busy_ = false;
    response_.emplace(static_cast<http::status>(response.status), 11);
    for (const HttpHeader& header : response.headers) response_->insert(header.name, header.value);
    response_->body() = std::move(response.body);
    response_->keep_alive(keep_alive_ && !core_.draining);
    response_->prepare_payload();
    if (head_) response_->body().clear();  // the length stays
    expires_ = steady_clock::now() + core_.limits.transfer;
    http::async_write(socket_, *response_, [self = shared_from_this()](ErrorCode error, size_t) {
      const bool more = !error && self->response_->keep_alive() && !self->core_.draining;
      self->response_.reset();
      if (more) self->read();
      else self->close();
    });
  }

  // Ends the connection unless a request is under way; that one still gets its answer.
  void close_if_idle() {
    if (waiting_) close();
  }
  bool expired(steady_clock::time_point now) const { return !busy_ && now > expires_; }
  void close() {
    ErrorCode ignored;
    socket_.close(ignored);
    core_.leave(id_);
  }

 private:
  void on_header(ErrorCode error) {
    waiting_ = false;
    if (error) return reject(error);
    expires_ = steady_clock::now() + core_.limits.transfer;
    if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      ErrorCode ignored;
      socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), ignored);
    }
    if (parser_->is_done()) return hand_over();
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](ErrorCode failure, size_t) {
                       if (failure) self->reject(failure);
                       else self->hand_over();
                     });
  }

  void reject(ErrorCode error) {
    const bool too_large = error == http::error::body_limit || error == http::error::header_limit;
    const bool malformed = error.category() == make_error_code(http::error::bad_method).category();
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        !(too_large || malformed)) {
      return close();
    }
    busy_ = true;
    keep_alive_ = false;
    answer(make_response(too_large ? 413 : 400, "text/plain",
                         too_large ? "too large\n" : "bad request\n"));
  }

  void hand_over() {
    http::request<http::string_body> message = parser_->release();
    keep_alive_ = message.keep_alive();
    head_ = message.method() == http::verb::head;
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    request.body = std::move(message.body());
    busy_ = true;
    const uint64_t number = ++request_;
    auto respond = [weak = weak_, id = id_, number](HttpResponse response) {
      const std::shared_ptr<Core> core = weak.lock();
      if (!core) return;
      asio::post(core->io, [&found_in = *core, id, number, reply = std::move(response)]() mutable {
        const auto found = found_in.sessions.find(id);
        if (found == found_in.sessions.end() || found->second->request_ != number) return;
        const std::shared_ptr<Client> session = found->second;
        session->answer(std::move(reply));
      });
    };
    try {
      core_.handler(std::move(request), respond);
    } catch (const std::exception&) {
      answer(make_response(500, "text/plain", "internal error\n"));
    }
  }

  Core& core_;
  std::weak_ptr<Core> weak_;
  const uint64_t id_;
  asio::generic::stream_protocol::socket socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  steady_clock::time_point expires_;
  uint64_t request_ = 0;
  bool waiting_ = false;  // for the next request's header
  bool busy_ = false;     // the handler has the request
  bool keep_alive_ = false;
  bool head_ = false;
};

void HttpServer::Core::accept() {
  listener.async_wait(asio::posix::stream_descriptor::wait_read, [this](ErrorCode error) {
    if (error || draining) return;
    for (;;) {
      UniqueFd fd(::accept4(listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) break;
      if (sessions.size() < limits.connections) admit(std::move(fd));
    }
    accept();
  });
}

void HttpServer::Core::admit(UniqueFd fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on Unix sockets: fine
  asio::generic::stream_protocol::socket socket(io);
  socket.assign(asio::generic::stream_protocol(address.ss_family, 0), fd.release());
  const uint64_t id = next_id++;
  // The core is alive while its own thread runs; `weak` is for answers from other threads.
  auto session = std::make_shared<Client>(*this, weak_self, id, std::move(socket));
  sessions.emplace(id, session);
  session->read();
}

// A coarse clock for idle and stuck connections: one timer for all of them.
void HttpServer::Core::sweep_later() {
  sweep.expires_after(std::chrono::seconds(1));
  sweep.async_wait([this](ErrorCode error) {
    if (error) return;
    std::vector<std::shared_ptr<Client>> late;
    for (const auto& [id, session] : sessions) {
      if (session->expired(steady_clock::now())) late.push_back(session);
    }
    for (const auto& session : late) session->close();
    sweep_later();
  });
}

void HttpServer::Core::leave(uint64_t id) {
  sessions.erase(id);
  if (draining && sessions.empty()) io.stop();
}

void HttpServer::Core::drain(std::chrono::milliseconds patience) {
  if (draining) return;
  draining = true;
  ErrorCode ignored;
  listener.close(ignored);
  if (sessions.empty() || patience.count() == 0) return io.stop();
  std::vector<std::shared_ptr<Client>> all;
  for (const auto& [id, session] : sessions) all.push_back(session);
  sweep.expires_after(patience);
  sweep.async_wait([this](ErrorCode) { io.stop(); });
  for (const auto& session : all) session->close_if_idle();
}

HttpServer::HttpServer(UniqueFd listener, Handler handler, HttpLimits limits)
    : core_(std::make_shared<Core>(std::move(listener), std::move(handler), limits)) {
  core_->weak_self = core_;
  core_->listener.non_blocking(true);
  core_->accept();
  core_->sweep_later();
  core_->thread = std::thread([core = core_.get()] { core->io.run(); });
}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

void HttpServer::after(std::chrono::milliseconds delay, std::function<void()> action) {
  asio::post(core_->io, [core = core_.get(), delay, run = std::move(action)]() mutable {
    auto timer = std::make_shared<asio::steady_timer>(core->io, delay);
    timer->async_wait([timer, run = std::move(run)](ErrorCode error) {
      if (!error) run();
    });
  });
}

void HttpServer::stop(std::chrono::milliseconds patience) {
  if (!core_->thread.joinable()) return;
  asio::post(core_->io, [core = core_.get(), patience] { core->drain(patience); });
  core_->thread.join();
  core_->sessions.clear();
}

// --- client -------------------------------------------------------------------------------------

HttpConnection::HttpConnection(UniqueFd connected, std::string host)
    : fd_(std::move(connected)), host_(std::move(host)) {}

bool HttpConnection::reusable() const {
  return fd_ && !wait_for(fd_.get(), POLLIN, steady_clock::now());
}

HttpResponse HttpConnection::fail(std::string reason) {
  fd_.reset();
  HttpResponse response;
  response.reason = std::move(reason);
  return response;
}

HttpResponse HttpConnection::send(const HttpRequest& request, Deadline deadline) {
  if (!fd_) return fail("not connected");
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host_ + "\r\n";
  for (const HttpHeader& header : request.headers) text += header.name + ": " + header.value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  text += "\r\n" + request.body;
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t sent =
        ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) rest.remove_prefix(static_cast<size_t>(sent));
    else if (errno != EAGAIN && errno != EINTR) return fail(std::strerror(errno));
    else if (!wait_for(fd_.get(), POLLOUT, deadline)) return fail("timed out");
  }

  http::response_parser<http::string_body> parser;
  parser.body_limit(64 * 1024 * 1024);
  parser.skip(request.method == "HEAD");
  boost::beast::flat_buffer buffer;
  while (!parser.is_done()) {
    if (!wait_for(fd_.get(), POLLIN, deadline)) return fail("timed out");
    const auto space = buffer.prepare(16 * 1024);
    const ssize_t count = ::recv(fd_.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count < 0) return fail(std::strerror(errno));
    ErrorCode error;
    if (count == 0) {
      if (!parser.got_some()) return fail("closed by the server");
      parser.put_eof(error);
      if (error || !parser.is_done()) return fail("closed by the server");
      break;
    }
    buffer.commit(static_cast<size_t>(count));
    parser.eager(true);
    buffer.consume(parser.put(buffer.data(), error));
    if (error && error != http::error::need_more) return fail(error.message());
  }
  http::response<http::string_body> message = parser.release();
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  response.body = std::move(message.body());
  if (!message.keep_alive()) fd_.reset();
  return response;
}

HttpResponse http_request(UniqueFd connected, const HttpRequest& request, Deadline deadline,
                          const std::string& host) {
  HttpConnection connection(std::move(connected), host);
  HttpRequest once = request;
  once.headers.push_back({"Connection", "close"});
  return connection.send(once, deadline);
}

}  // namespace gameday
