#include "drill/prometheus_door.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/tcp.hpp"
#include "drill/recording_text.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostRequests = 16;  // at once
constexpr auto kDialLimit = 3s, kAnswerLimit = 60s;

bool is_one_of(const HttpHeader& header, std::initializer_list<const char*> names) {
  HttpRequest holder;
  holder.headers = {{header.name, "x"}};
  for (const char* name : names) {
    if (!holder.header(name).empty()) return true;
  }
  return false;
}

// What belongs to one connection only, and what would make the answer unreadable.
HttpRequest passed_on(const HttpRequest& request) {
  HttpRequest clean = request;
  std::erase_if(clean.headers, [](const HttpHeader& header) {
    return is_one_of(header, {"Host", "Connection", "Keep-Alive", "Content-Length", "Expect",
                              "Transfer-Encoding", "Accept-Encoding", "Upgrade"});
  });
  return clean;
}

HttpResponse passed_back(HttpResponse response, const std::string& host) {
  if (response.status == 0) {
    return make_response(502, "text/plain", "no answer from Prometheus on " + host + ": " +
                                                response.reason + "\n");
  }
  std::erase_if(response.headers, [](const HttpHeader& header) {
    return is_one_of(header, {"Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding"});
  });
  return response;
}

}  // namespace

struct PrometheusDoor::Impl {
  Host& host;
  const int target_port;
  Recorder& recorder;
  const std::string by;
  int port = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<UniqueFd> under_way;  // a second descriptor of each connection, to break it off
  bool closing = false;
  std::unique_ptr<HttpServer> server;

  Impl(Host& monitoring, int monitoring_port, Recorder& records, std::string trainee)
      : host(monitoring), target_port(monitoring_port), recorder(records), by(std::move(trainee)) {}

  // On the server's thread: only hands over.
  void take(HttpRequest request, HttpServer::Respond respond) {
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
      } catch (const std::exception& error) {
        recorder.trouble("a dashboard's query of " + host.spec().name, error.what());
        answer(make_response(502, "text/plain", "no answer\n"));
      }
      const std::lock_guard lock(mutex);
      under_way.erase(place);
      ended.notify_all();
    }).detach();
  }

  HttpResponse pass(const HttpRequest& request, UniqueFd& place) {
    const std::string& name = host.spec().name;
    const double started = recorder.now_seconds();
    UniqueFd connected = host.dial("127.0.0.1", target_port, deadline_in(kDialLimit));
    HttpResponse response;
    response.reason = "cannot connect";
    if (connected) {
      {
        const std::lock_guard lock(mutex);
        place.reset(::fcntl(connected.get(), F_DUPFD_CLOEXEC, 0));
        if (closing) return passed_back(response, name);
      }
      response = http_request(std::move(connected), passed_on(request), deadline_in(kAnswerLimit));
    }
    if (const auto look = look_of(request, response)) {
      BoundedText bounded;
      bounded.add(look->output);
      recorder.observe({"", name, by, valid_utf8(look->command.substr(0, 4096)), bounded.text(),
                        look->status, started, recorder.now_seconds(), ""});
    }
    return passed_back(std::move(response), name);
  }
};

PrometheusDoor::PrometheusDoor(Host& host, int port, Recorder& recorder, std::string by)
    : impl_(std::make_unique<Impl>(host, port, recorder, std::move(by))) {
  UniqueFd listener = tcp_listen("127.0.0.1", 0);
  impl_->port = bound_port(listener.get());
  HttpLimits limits;
  limits.header_bytes = 64 * 1024;  // a browser's cookies for loopback
  limits.connections = 64;
  impl_->server = std::make_unique<HttpServer>(
      std::move(listener),
      [impl = impl_.get()](HttpRequest request, HttpServer::Respond respond) {
        impl->take(std::move(request), std::move(respond));
      },
      limits);
}

PrometheusDoor::~PrometheusDoor() {
  std::unique_lock lock(impl_->mutex);
  impl_->closing = true;
  for (const UniqueFd& connection : impl_->under_way) {
    if (connection) ::shutdown(connection.get(), SHUT_RDWR);
  }
  impl_->ended.wait(lock, [this] { return impl_->under_way.empty(); });
  lock.unlock();
  impl_->server.reset();
}

int PrometheusDoor::port() const { return impl_->port; }

}  // namespace gameday
