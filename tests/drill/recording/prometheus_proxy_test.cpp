#include "drill/recording/prometheus_proxy.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "core/tcp.hpp"
#include "drill/recording/prometheus_look.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

constexpr const char* kVector =
    R"({"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"__name__":"up","job":"db","instance":"db1:9187"},"value":[1,"1"]},
    {"metric":{},"value":[1,"0.25"]}]}})";
constexpr const char* kMatrix =
    R"({"status":"success","data":{"resultType":"matrix","result":[
    {"metric":{"job":"web"},"values":[[1,"3"],[2,"20"],[3,"1.5"]]}]}})";
constexpr const char* kAlerts =
    R"({"status":"success","data":{"alerts":[{"labels":{"alertname":"HighErrorRate",
    "severity":"page"},"state":"firing","activeAt":"2026-01-01T00:00:00Z","value":"0.2"}]}})";

HttpRequest get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  return request;
}

PrometheusLook look(const HttpRequest& request, const HttpResponse& response) {
  const auto seen = look_of(request, response);
  REQUIRE(seen);
  return *seen;
}

// A host whose port leads to a server of this test.
class MonitoringHost final : public LocalHost {
 public:
  explicit MonitoringHost(int port)
      : LocalHost(host_spec("mon", "mon", "platform", "10.77.2.40")), port_(port) {}
  UniqueFd dial(const std::string&, int, Deadline deadline) override {
    return tcp_connect("127.0.0.1", port_, deadline);
  }

 private:
  const int port_;
};

}  // namespace

TEST_CASE("a query and its answer become a line for each series") {
  const auto answer = [](const char* body) { return make_response(200, "application/json", body); };
  const PrometheusLook vector = look(get("/api/v1/query?query=up%20%3E%200&time=1"), answer(kVector));
  CHECK(vector.command == "prometheus query up > 0");
  CHECK(vector.output == "up{job=\"db\",instance=\"db1:9187\"} 1\n{} 0.25\n");
  CHECK(vector.status == 0);
  const PrometheusLook range = look(get("/api/v1/query_range?query=x&step=1"), answer(kMatrix));
  CHECK(range.output == "{job=\"web\"} 3 points: first 3, least 1.5, most 20, last 1.5\n");
  HttpRequest form = get("/api/v1/query");
  form.method = "POST";
  form.body = "query=sum%28x%29";
  CHECK(look(form, answer(kVector)).command == "prometheus query sum(x)");
  CHECK_THAT(look(get("/api/v1/alerts"), answer(kAlerts)).output,
             Catch::Contains("HighErrorRate firing since 2026-01-01T00:00:00Z value 0.2"));
}

TEST_CASE("what fails is seen as a failure and what is no look is none") {
  const auto refused = make_response(400, "application/json",
                                     R"({"status":"error","error":"parse error: no"})");
  CHECK(look(get("/api/v1/query?query=("), refused).output == "error: parse error: no\n");
  CHECK(look(get("/api/v1/query?query=("), refused).status == 1);
  HttpResponse none;
  none.reason = "cannot connect";
  CHECK(look(get("/api/v1/query?query=up"), none).output == "no answer: cannot connect\n");
  for (const char* body : {"", "[]", "{", R"({"data":3})", R"({"data":{"result":[1,{"values":7}]}})"}) {
    CHECK_NOTHROW(look(get("/api/v1/query?query=up"), make_response(200, "text/plain", body)));
  }
  for (const char* target : {"/", "/graph", "/api/v1/labels", "/api/v1/query_exemplars?query=x"}) {
    CHECK_FALSE(look_of(get(target), make_response(200, "text/html", "")));
  }
}

TEST_CASE("the door passes requests on unpacked and records what was looked at") {
  UniqueFd listener = tcp_listen("127.0.0.1", 0);
  MonitoringHost host(bound_port(listener.get()));
  std::atomic<bool> packed{false};
  HttpServer server(std::move(listener), [&](const HttpRequest& request, const HttpServer::Respond& respond) {
    if (!request.header("Accept-Encoding").empty()) packed = true;
    if (request.path() == "/slow") return;  // never answered
    respond(make_response(200, "application/json", kVector));
  });
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal(folder.path / "journal.jsonl", clock);
  Recorder recorder(journal, folder.path);
  auto door = std::make_unique<PrometheusProxy>(host, 9090, recorder, "trainee");
  const auto ask = [&](const std::string& target, std::chrono::milliseconds limit) {
    HttpRequest request = get(target);
    request.headers.push_back({"Accept-Encoding", "gzip"});
    return http_request(tcp_connect("127.0.0.1", door->port(), deadline_in(5s)), request,
                        deadline_in(limit));
  };
  const HttpResponse answer = ask("/api/v1/query?query=up", 10s);
  CHECK(answer.status == 200);
  CHECK(answer.body == kVector);
  CHECK(ask("/graph", 10s).ok());
  CHECK_FALSE(packed);
  const auto seen = recorder.observations();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].host == "mon");
  CHECK(seen[0].command == "prometheus query up");
  CHECK_THAT(seen[0].output, Catch::Contains("instance=\"db1:9187\"} 1"));
  // Whatever is under way does not hold up the end.
  CHECK(ask("/slow", 200ms).status == 0);
  const auto before = std::chrono::steady_clock::now();
  door.reset();
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("nothing of the browser's own goes through a door, and nobody comes by another name") {
  UniqueFd listener = tcp_listen("127.0.0.1", 0);
  MonitoringHost host(bound_port(listener.get()));
  std::atomic<int> asked{0};
  std::mutex mutex;
  std::vector<HttpHeader> seen;
  HttpServer server(std::move(listener), [&](const HttpRequest& request, const HttpServer::Respond& respond) {
    ++asked;
    const std::lock_guard lock(mutex);
    seen = request.headers;
    HttpResponse answer = make_response(200, "text/html", "stats");
    answer.headers.push_back({"Set-Cookie", "planted=1"});
    respond(answer);
  });
  const HttpProxy door(host, 8404, "HAProxy");
  const auto ask = [&](const std::string& name) {
    HttpRequest request = get("/stats");
    request.headers = {{"cookie", "token=secret"}, {"Authorization", "Bearer secret"},
                       {"X-Harmless", "kept"}};
    return http_request(tcp_connect("127.0.0.1", door.port(), deadline_in(5s)), request,
                        deadline_in(10s), name);
  };
  for (const char* name : {"127.0.0.1", "localhost", "LocalHost:9", "127.0.0.1:65535", "[::1]:80"}) {
    INFO(name);
    const HttpResponse answer = ask(name);
    CHECK(answer.status == 200);
    CHECK(answer.body == "stats");
    for (const HttpHeader& header : answer.headers) CHECK(header.name != "Set-Cookie");
  }
  CHECK(asked == 5);
  std::string all;
  for (const HttpHeader& header : seen) all += header.name + ": " + header.value + "\n";
  CHECK_THAT(all, Catch::Contains("X-Harmless: kept"));
  CHECK_THAT(all, !Catch::Contains("secret"));
  for (const char* name : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "",
                           "10.0.0.1", "127.0.0.1:80@evil.example", "[::1].evil.example"}) {
    INFO(name);
    CHECK(ask(name).status == 421);
  }
  CHECK(asked == 5);
}
