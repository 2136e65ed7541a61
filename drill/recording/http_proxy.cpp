#include "drill/recording/http_proxy.hpp"

#include <fcntl.h>
#include <strings.h>
#include <sys/socket.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/tcp.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostRequests = 16;  // at once
constexpr auto kDialLimit = 3s, kAnswerLimit = 60s;

bool is_one_of(const HttpHeader& header, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (::strcasecmp(header.name.c_str(), name) == 0) return true;
  }
  return false;
}

// Without what belongs to one connection only, what would make the answer unreadable, and what is
// the browser's alone.
HttpRequest passed_on(const HttpRequest& request) {
  HttpRequest clean = request;
  std::erase_if(clean.headers, [](const HttpHeader& header) {
    return is_one_of(header, {"Host", "Connection", "Keep-Alive", "Content-Length", "Expect",
                              "Transfer-Encoding", "Accept-Encoding", "Upgrade", "Cookie",
                              "Authorization", "Proxy-Authorization"});
  });
  return clean;
}

// Nor does a host set the browser's cookies, which other ports of the machine would be sent.
HttpResponse passed_back(HttpResponse response, const std::string& whose) {
  if (response.status == 0) {
    return make_response(502, "text/plain", "no answer from " + whose + ": " + response.reason + "\n");
  }
  std::erase_if(response.headers, [](const HttpHeader& header) {
    return is_one_of(header, {"Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding",
                              "Set-Cookie"});
  });
  return response;
}

}  // namespace

bool names_loopback(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (has_port) {
    if (host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  return host == "127.0.0.1" || host == "[::1]" ||
         (host.size() == 9 && ::strncasecmp(host.data(), "localhost", 9) == 0);
}

struct HttpProxy::Impl {
  Host& host;
  const int target_port;
  const std::string whose;
  const Listener listener;
  int port = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<UniqueFd> under_way;  // a second descriptor of each connection, to break it off
  bool closing = false;
  std::unique_ptr<HttpServer> server;

  Impl(Host& to, int to_port, const std::string& what, Listener told)
      : host(to), target_port(to_port), whose(what + " on " + to.spec().name),
        listener(std::move(told)) {}

  // On the server's thread: only hands over.
  void take(HttpRequest request, HttpServer::Respond respond) {
    if (!names_loopback(request.header("Host"))) {
      respond(make_response(421, "text/plain", "ask for 127.0.0.1 or localhost\n"));
      return;
    }
    std::list<UniqueFd>::iterator place;
    {
      const std::lock_guard lock(mutex);
      if (closing || under_way.size() >= kMostRequests) {
        respond(make_response(503, "text/plain", "too many requests at once\n"));
        return;
      }
      place = under_way.emplace(under_way.end());
    }
    std::thread([this, place, asked = std::move(request), answer = std::move(respond)] {
      try {
        answer(pass(asked, *place));
      } catch (const std::exception&) {
        answer(make_response(502, "text/plain", "no answer\n"));  // the host is gone
      }
      const std::lock_guard lock(mutex);
      under_way.erase(place);
      ended.notify_all();
    }).detach();
  }

  HttpResponse pass(const HttpRequest& request, UniqueFd& place) {
    const auto started = std::chrono::steady_clock::now();
    UniqueFd connected = host.dial("127.0.0.1", target_port, deadline_in(kDialLimit));
    HttpResponse response;
    response.reason = "cannot connect";
    if (connected) {
      {
        const std::lock_guard lock(mutex);
        place.reset(::fcntl(connected.get(), F_DUPFD_CLOEXEC, 0));
        if (closing) return passed_back(response, whose);
      }
      response = http_request(std::move(connected), passed_on(request), deadline_in(kAnswerLimit));
    }
    if (listener) listener(request, response, started);
    return passed_back(std::move(response), whose);
  }
};

HttpProxy::HttpProxy(Host& host, int port, const std::string& what, Listener listener)
    : impl_(std::make_unique<Impl>(host, port, what, std::move(listener))) {
  UniqueFd socket = tcp_listen("127.0.0.1", 0);
  impl_->port = bound_port(socket.get());
  HttpLimits limits;
  limits.header_bytes = 64 * 1024;  // a browser's cookies for loopback
  limits.connections = 64;
  impl_->server = std::make_unique<HttpServer>(
      std::move(socket),
      [impl = impl_.get()](HttpRequest request, HttpServer::Respond respond) {
        impl->take(std::move(request), std::move(respond));
      },
      limits);
}

HttpProxy::~HttpProxy() {
  std::unique_lock lock(impl_->mutex);
  impl_->closing = true;
  for (const UniqueFd& connection : impl_->under_way) {
    if (connection) ::shutdown(connection.get(), SHUT_RDWR);
  }
  impl_->ended.wait(lock, [this] { return impl_->under_way.empty(); });
  lock.unlock();
  impl_->server.reset();
}

int HttpProxy::port() const { return impl_->port; }

}  // namespace gameday
