// HTTP/1.1 as our own processes speak it among themselves: a small asynchronous server with one I/O
// thread, and a blocking client over a connected socket. No TLS, no chunked requests to send.
//
// HttpServer's methods and the Respond callback are thread-safe; HttpConnection belongs to one
// thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"

namespace gameday {

struct HttpHeader {
  std::string name, value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, as on the wire
  std::vector<HttpHeader> headers;
  std::string body;

  // The value of a header, whatever its letter case; empty when there is none.
  std::string_view header(std::string_view name) const;
  std::string_view path() const;  // the target without its query, not decoded
  // A parameter of the query, percent-decoded.
  std::optional<std::string> query(std::string_view key) const;
};

struct HttpResponse {
  int status = 0;  // 0: there was no answer, and `reason` says why
  std::vector<HttpHeader> headers;
  std::string body;
  std::string reason;

  bool ok() const { return status >= 200 && status < 300; }
};

// A response with a body and its content type.
HttpResponse make_response(int status, std::string content_type, std::string body);
// Percent-encodes everything but unreserved characters, for use in a query.
std::string percent_encode(std::string_view text);

struct HttpLimits {
  size_t header_bytes = 8 * 1024;
  size_t body_bytes = 64 * 1024;
  size_t connections = 4096;                  // more are accepted and closed at once
  std::chrono::milliseconds idle{75'000};     // a kept-alive connection without a request
  std::chrono::milliseconds transfer{10'000}; // to read one request, to write one response
};

class HttpServer {
 public:
  // Answers one request; call it once, from any thread, now or later. It may outlive the server and
  // the client: the answer is then dropped.
  using Respond = std::function<void(HttpResponse)>;
  // Runs on the I/O thread and must not block. An exception answers 500.
  using Handler = std::function<void(HttpRequest, Respond)>;

  // Serves a listening stream socket (TCP or Unix) at once, on a thread of its own.
  HttpServer(UniqueFd listener, Handler handler, HttpLimits limits = {});
  ~HttpServer();  // stop without patience
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Runs `action` on the I/O thread after a delay; never when the server stops before.
  void after(std::chrono::milliseconds delay, std::function<void()> action);
  // Refuses new connections, lets running requests answer until `patience` is over, then ends.
  // May be called twice.
  void stop(std::chrono::milliseconds patience);

  struct Core;  // only http.cpp knows it

 private:
  std::shared_ptr<Core> core_;
};

// A kept-alive connection of a client. Every failure is data: status 0 and a reason.
class HttpConnection {
 public:
  HttpConnection() = default;
  explicit HttpConnection(UniqueFd connected, std::string host = "localhost");

  // One request and its whole response (at most 64 MiB). After a failure, or when the server closes,
  // the connection is closed.
  HttpResponse send(const HttpRequest& request, Deadline deadline);
  // Whether another request may be sent: open, and the server has neither closed nor spoken.
  bool reusable() const;

 private:
  HttpResponse fail(std::string reason);
  UniqueFd fd_;
  std::string host_;
};

// One request on a connection of its own.
HttpResponse http_request(UniqueFd connected, const HttpRequest& request, Deadline deadline,
                          const std::string& host = "localhost");

}  // namespace gameday
