#include "core/http.hpp"

#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/tcp.hpp"

using namespace gameday;
using namespace std::chrono_literals;

namespace {

constexpr auto kLimit = 10s;

// A server on a port of its own choice.
struct Served {
  explicit Served(HttpServer::Handler handler, HttpLimits limits = {}) {
    UniqueFd listener = tcp_listen("127.0.0.1", 0);
    port = bound_port(listener.get());
    server = std::make_unique<HttpServer>(std::move(listener), std::move(handler), limits);
  }
  UniqueFd dial() const { return tcp_connect("127.0.0.1", port, deadline_in(kLimit)); }
  HttpResponse ask(const HttpRequest& request) const {
    return http_request(dial(), request, deadline_in(kLimit));
  }
  int port = 0;
  std::unique_ptr<HttpServer> server;
};

HttpRequest get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

HttpRequest post(std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

void echo(const HttpRequest& request, const HttpServer::Respond& respond) {
  respond(make_response(200, "text/plain", request.method + " " + request.target + " " + request.body));
}

// Everything the other side sends until it closes.
std::string talk(const UniqueFd& fd, std::string_view bytes) {
  write_all(fd.get(), bytes);
  std::string all;
  char buffer[4096];
  while (wait_readable(fd.get(), deadline_in(kLimit))) {
    const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (count <= 0) break;
    all.append(buffer, static_cast<size_t>(count));
  }
  return all;
}

}  // namespace

TEST_CASE("a request arrives whole and its answer comes back whole") {
  const Served served(echo);
  const HttpResponse response = served.ask(post(std::string(60'000, 'x')));
  CHECK(response.status == 200);
  CHECK(response.body == "POST / " + std::string(60'000, 'x'));
}

TEST_CASE("one connection serves many requests") {
  const Served served(echo);
  HttpConnection connection(served.dial());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(connection.reusable());
    const HttpResponse response = connection.send(get("/" + std::to_string(i)), deadline_in(kLimit));
    REQUIRE(response.body == "GET /" + std::to_string(i) + " ");
  }
}

TEST_CASE("a header and a query parameter are found whatever their spelling") {
  HttpRequest request = get("/api/orders?client_ref=a%2Fb+c&page=2&flag");
  request.headers = {{"Content-Type", "application/json"}};
  CHECK(request.path() == "/api/orders");
  CHECK(request.header("content-type") == "application/json");
  CHECK(request.header("accept").empty());
  CHECK(request.query("client_ref") == "a/b c");
  CHECK(request.query("page") == "2");
  CHECK(request.query("flag") == "");
  CHECK_FALSE(request.query("pag"));
  CHECK(percent_encode("a/b c~") == "a%2Fb%20c~");
}

TEST_CASE("an answer may come from another thread, later") {
  std::vector<std::thread> threads;
  Served served([&](HttpRequest request, HttpServer::Respond respond) {
    threads.emplace_back([request, respond] { echo(request, respond); });
  });
  CHECK(served.ask(get("/a")).body == "GET /a ");
  CHECK(served.ask(get("/b")).body == "GET /b ");
  served.server->stop(1s);
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("an answer that comes after the server's end is dropped") {
  HttpServer::Respond late;
  std::mutex mutex;
  std::condition_variable arrived;
  Served served([&](HttpRequest, HttpServer::Respond respond) {
    const std::lock_guard lock(mutex);
    late = std::move(respond);
    arrived.notify_one();
  });
  UniqueFd fd = served.dial();
  write_all(fd.get(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    REQUIRE(arrived.wait_for(lock, kLimit, [&] { return static_cast<bool>(late); }));
  }
  served.server.reset();
  late(make_response(200, "text/plain", "too late"));
  CHECK(talk(fd, "").empty());
}

TEST_CASE("a stopping server lets a running request answer and refuses new ones") {
  std::atomic<bool> running{false};
  Served served([&](HttpRequest, HttpServer::Respond respond) {
    running = true;
    served.server->after(100ms, [respond] { respond(make_response(200, "text/plain", "done")); });
  });
  HttpResponse response;
  std::thread client([&] { response = served.ask(get("/")); });
  while (!running) std::this_thread::yield();
  served.server->stop(kLimit);
  client.join();
  CHECK(response.body == "done");
  CHECK_FALSE(served.dial());
}

TEST_CASE("a request over the limit is refused with 413 and a broken one with 400") {
  HttpLimits limits;
  limits.body_bytes = 100;
  const Served served(echo, limits);
  CHECK(served.ask(post(std::string(100, 'x'))).status == 200);
  CHECK(served.ask(post(std::string(101, 'x'))).status == 413);
  CHECK(talk(served.dial(), "GET / HTTP/1.1\r\nA: " + std::string(20'000, 'b') + "\r\n\r\n")
            .starts_with("HTTP/1.1 413"));
  CHECK(talk(served.dial(), "NONSENSE\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_CASE("a silent connection is closed after the idle limit") {
  HttpLimits limits;
  limits.idle = 50ms;
  const Served served(echo, limits);
  const UniqueFd fd = served.dial();
  CHECK(wait_readable(fd.get(), deadline_in(kLimit)));
  CHECK(talk(fd, "").empty());
}

TEST_CASE("a handler that throws answers 500") {
  const Served served([](HttpRequest, HttpServer::Respond) { throw std::runtime_error("broken"); });
  CHECK(served.ask(get("/")).status == 500);
}

TEST_CASE("a client's failures are data with a reason") {
  std::string why;
  CHECK_FALSE(tcp_connect("127.0.0.1", 1, deadline_in(kLimit), &why));
  CHECK(why.find("refused") != std::string::npos);

  const UniqueFd listener = tcp_listen("127.0.0.1", 0);  // accepts, never answers
  UniqueFd fd = tcp_connect("127.0.0.1", bound_port(listener.get()), deadline_in(kLimit));
  HttpConnection connection(std::move(fd));
  const HttpResponse response = connection.send(get("/"), deadline_in(50ms));
  CHECK(response.status == 0);
  CHECK(response.reason == "timed out");
  CHECK_FALSE(connection.reusable());
}

TEST_CASE("a connection that the server closed is not reusable") {
  Served served(echo);
  HttpConnection connection(served.dial());
  REQUIRE(connection.send(get("/"), deadline_in(kLimit)).ok());
  served.server->stop(kLimit);
  CHECK_FALSE(connection.reusable());
  CHECK(connection.send(get("/"), deadline_in(kLimit)).status == 0);
}

TEST_CASE("an answer to a HEAD request has a length and no body") {
  const Served served(echo);
  HttpRequest request = get("/");
  request.method = "HEAD";
  const HttpResponse response = served.ask(request);
  CHECK(response.status == 200);
  CHECK(response.body.empty());
}
