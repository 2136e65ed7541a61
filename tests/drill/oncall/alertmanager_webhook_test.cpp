#include "drill/oncall/alertmanager_webhook.hpp"

#include <catch2/catch.hpp>
#include <regex>

#include "core/http.hpp"
#include "journal/events.hpp"
#include "sandbox/fake/fake.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;

TEST_CASE("a notification's alerts are read one by one") {
  const std::string body = R"({"version":"4","status":"firing","receiver":"pager",
    "groupKey":"{}:{team=\"application\"}","alerts":[
    {"status":"firing","labels":{"alertname":"SlowResponses","severity":"page","team":"application",
     "instance":"web1"},"annotations":{"summary":"p99 above 500 ms","runbook":"/srv/runbooks/slow.md"},
     "startsAt":"2026-01-01T00:00:00Z","fingerprint":"a1"},
    {"status":"resolved","labels":{"alertname":"HighErrorRate"},"fingerprint":"b2"}]})";
  const auto alerts = alerts_of(body);
  REQUIRE(alerts.size() == 2);
  CHECK(string_or(alerts[0].event, "name", "") == "SlowResponses");
  CHECK(string_or(alerts[0].event, "severity", "") == "page");
  CHECK(string_or(alerts[0].event, "summary", "") == "p99 above 500 ms");
  CHECK(string_or(alerts[1].event, "status", "") == "resolved");
  CHECK(string_or(alerts[1].event, "severity", "none") == "");
  CHECK(alerts[0].labels.at("team") == "application");
  CHECK(string_or(alerts[0].event, "receiver", "") == "pager");
  CHECK(string_or(alerts[0].event, "group_key", "") == "{}:{team=\"application\"}");
  CHECK(alerts[0].event.at("labels") ==
        json::value{{"alertname", "SlowResponses"}, {"instance", "web1"}, {"severity", "page"},
                    {"team", "application"}});
}

TEST_CASE("what is no notification gives no alerts and no failure") {
  for (const char* body : {"", "hello", "[]", "{}", R"({"alerts":3})", R"({"alerts":[{},1,null]})"}) {
    CHECK(alerts_of(body).empty());
  }
}

namespace {

// Prometheus' answers, as version 2.42 gives them.
const std::string kConfig =
    R"({"status":"success","data":{"yaml":"scrape_configs:\n- job_name: haproxy\n"}})";
const std::string kNoneFired =
    R"({"status":"success","data":{"resultType":"vector","result":[]}})";

std::string alert_json(const std::string& instance, const std::string& state) {
  return R"({"labels":{"alertname":"DatabaseDown","instance":")" + instance +
         R"(","severity":"page","team":"database"},"annotations":{"summary":"The database )" +
         instance + R"( does not answer","description":"Ask it."},"state":")" + state +
         R"(","activeAt":"2026-01-01T00:00:00Z","value":"0e+00"})";
}

// The rule with those of its alerts that are active.
std::string rules_json(const std::string& alerts, const std::string& query = "pg_up == 0") {
  return R"({"status":"success","data":{"groups":[{"name":"db","rules":[{"state":"firing",)"
         R"("name":"DatabaseDown","query":")" + query +
         R"(","duration":3,"labels":{"severity":"page","team":"database"},"annotations":{"summary":)"
         R"("The database {{ $labels.instance }} does not answer","description":)"
         R"("{{ $value }} of them."},"alerts":[)" + alerts + R"(],"health":"ok","type":"alerting"}]}]}})";
}

std::string fired_json(const std::string& instance) {
  return R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":)"
         R"("ALERTS","alertname":"DatabaseDown","alertstate":"firing","instance":")" + instance +
         R"(","severity":"page","team":"database"},"value":[1,"1"]}]}})";
}

std::string notification(const std::string& instance, const std::string& status = "firing",
                         const std::string& summary = "forged") {
  return R"({"alerts":[{"status":")" + status +
         R"(","labels":{"alertname":"DatabaseDown","severity":"page","team":"database","instance":")" +
         instance + R"("},"annotations":{"summary":")" + summary +
         R"("},"startsAt":"2026-01-01T00:00:03Z","fingerprint":"f)" + instance + R"("}]})";
}

// A monitoring host with a Prometheus that says what it is told to.
struct Monitoring {
  const testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "journal.jsonl";
  SystemClock clock;
  JournalWriter journal{file, clock};
  FakeHost mon{HostSpec{}};
  std::mutex mutex;
  std::string rules = rules_json(""), fired = kNoneFired;
  std::unique_ptr<HttpServer> prometheus;
  std::unique_ptr<Webhook> webhook;

  explicit Monitoring(bool with_prometheus = true) {
    if (with_prometheus) start_prometheus();
    webhook = std::make_unique<Webhook>(mon, journal);
    mon.forward(kWebhookPort, mon.listening_on(kWebhookPort));
    webhook->learn_setup();
    webhook->start_paging();
  }
  void start_prometheus() {
    prometheus = std::make_unique<HttpServer>(
        mon.listen(9090), [this](const HttpRequest& request, const HttpServer::Respond& respond) {
          const std::lock_guard lock(mutex);
          const std::string path(request.path());
          respond(make_response(200, "application/json",
                                path == "/api/v1/status/config" ? kConfig
                                : path == "/api/v1/rules"       ? rules
                                                                : fired));
        });
    mon.forward(9090, mon.listening_on(9090));
  }
  void now(const std::string& rule_answer, const std::string& fired_answer = kNoneFired) {
    const std::lock_guard lock(mutex);
    rules = rule_answer;
    fired = fired_answer;
  }
  int send(const std::string& body) {
    HttpRequest request;
    request.method = "POST";
    request.body = body;
    const Deadline deadline = deadline_in(std::chrono::seconds(10));
    return http_request(mon.dial("127.0.0.1", kWebhookPort, deadline), request, deadline).status;
  }
  std::vector<json::object> written(const char* kind) const {
    std::vector<json::object> found;
    for (const Event& event : read_journal(file).events) {
      if (event.kind == kind) found.push_back(event.data);
    }
    return found;
  }
  bool writes(const char* kind, size_t count) const {
    return testing::eventually([&] { return written(kind).size() >= count; });
  }
};

}  // namespace

TEST_CASE("an alert is vouched for by what Prometheus fires now or fired a moment ago") {
  const std::string setup = prometheus_view(kConfig, rules_json(""), kNoneFired).setup;
  struct Row {
    const char* what;
    std::string rules, fired, sent;
    bool known;
    std::string summary, description;
  };
  const std::string both = alert_json("db1", "firing") + "," + alert_json("db2", "pending");
  const Row rows[] = {
      {"it fires", rules_json(both), kNoneFired, notification("db1"), true,
       "The database db1 does not answer", "Ask it."},
      {"it is only pending", rules_json(both), kNoneFired, notification("db2"), false, "", ""},
      {"another one fires", rules_json(both), kNoneFired, notification("db3"), false, "", ""},
      {"nothing fires", rules_json(""), kNoneFired, notification("db1"), false, "", ""},
      {"it fired", rules_json(""), fired_json("db1"), notification("db1"), true,
       "The database db1 does not answer", "... of them."},
      {"it fires by another rule", rules_json(both, "vector(1)"), fired_json("db1"),
       notification("db1"), false, "", ""},
      {"it ended", rules_json(""), fired_json("db1"), notification("db1", "resolved"), true,
       "forged", ""},
      {"it is said to have ended", rules_json(both), fired_json("db1"),
       notification("db1", "resolved"), false, "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const PrometheusView view = prometheus_view(kConfig, row.rules, row.fired);
    const auto event = event_of_origin(alerts_of(row.sent).at(0), view, setup);
    CHECK(event.has_value() == row.known);
    if (!event) continue;
    CHECK(string_or(*event, "summary", "") == row.summary);
    CHECK(string_or(*event, "description", "") == row.description);
  }
}

TEST_CASE("a page that Prometheus fires has Prometheus' own words, and comes once") {
  Monitoring monitoring;
  monitoring.now(rules_json(alert_json("db1", "firing")));
  CHECK(monitoring.send(notification("db1")) == 200);
  REQUIRE(monitoring.writes(events::kPage, 1));
  monitoring.send(notification("db1"));
  monitoring.now(rules_json(""));
  monitoring.send(notification("db1", "resolved"));
  REQUIRE(monitoring.writes(events::kAlert, 2));
  const auto pages = monitoring.written(events::kPage);
  REQUIRE(pages.size() == 1);
  CHECK(string_or(pages[0], "summary", "") == "DatabaseDown: The database db1 does not answer");
  CHECK_FALSE(of_unknown_origin(pages[0]));
  CHECK_FALSE(of_unknown_origin(monitoring.written(events::kAlert).at(1)));
}

TEST_CASE("pages wait for the one that is to come first, and follow it") {
  Monitoring monitoring;
  const auto renamed = [](const std::string& text) {
    return std::regex_replace(text, std::regex("DatabaseDown"), "HighErrorRate");
  };
  monitoring.webhook->start_paging("HighErrorRate");
  monitoring.now(rules_json(alert_json("db1", "firing")));
  monitoring.send(notification("db1"));
  REQUIRE(monitoring.writes(events::kAlert, 1));
  CHECK(monitoring.written(events::kPage).empty());
  // What nobody vouches for is no first page.
  monitoring.send(renamed(notification("db2")));
  REQUIRE(monitoring.writes(events::kPage, 1));
  CHECK(of_unknown_origin(monitoring.written(events::kPage).at(0)));
  monitoring.now(renamed(rules_json(alert_json("db1", "firing"))));
  monitoring.webhook->learn_setup();
  monitoring.send(renamed(notification("db1")));
  REQUIRE(monitoring.writes(events::kPage, 3));
  CHECK(string_or(monitoring.written(events::kPage).at(1), "alert", "") == "HighErrorRate");
  CHECK(string_or(monitoring.written(events::kPage).at(2), "alert", "") == "DatabaseDown");
}

TEST_CASE("a forged page is of unknown origin and hides no page that fires later") {
  Monitoring monitoring;
  CHECK(monitoring.send(notification("db1", "firing", "the cause is db1")) == 200);
  REQUIRE(monitoring.writes(events::kPage, 1));
  CHECK(of_unknown_origin(monitoring.written(events::kPage).at(0)));
  CHECK(of_unknown_origin(monitoring.written(events::kAlert).at(0)));
  monitoring.now(rules_json(alert_json("db1", "firing")));
  monitoring.send(notification("db1"));
  REQUIRE(monitoring.writes(events::kPage, 2));
  CHECK_FALSE(of_unknown_origin(monitoring.written(events::kPage).at(1)));
  // Nor can it be called off by whoever likes to.
  monitoring.send(notification("db1", "resolved"));
  REQUIRE(monitoring.writes(events::kAlert, 3));
  CHECK(of_unknown_origin(monitoring.written(events::kAlert).at(2)));
}

TEST_CASE("a page by a rule that was changed is of unknown origin") {
  Monitoring monitoring;
  monitoring.now(rules_json(alert_json("db1", "firing"), "vector(1)"), fired_json("db1"));
  monitoring.send(notification("db1"));
  REQUIRE(monitoring.writes(events::kPage, 1));
  CHECK(of_unknown_origin(monitoring.written(events::kPage).at(0)));
}

TEST_CASE("a Prometheus that is back in time still vouches for a page") {
  Monitoring monitoring(false);
  monitoring.now(rules_json(alert_json("db1", "firing")));
  CHECK(monitoring.send(notification("db1")) == 200);
  CHECK(monitoring.written(events::kPage).empty());
  monitoring.start_prometheus();
  REQUIRE(monitoring.writes(events::kPage, 1));
  CHECK_FALSE(of_unknown_origin(monitoring.written(events::kPage).at(0)));
}

TEST_CASE("without a Prometheus to ask a page still comes, of unknown origin") {
  Monitoring monitoring(false);
  CHECK(monitoring.send(notification("db1")) == 200);
  REQUIRE(monitoring.writes(events::kPage, 1));
  CHECK(of_unknown_origin(monitoring.written(events::kPage).at(0)));
}

TEST_CASE("a flood of forged alerts is cut short and does not fill the journal") {
  Monitoring monitoring;
  for (int batch = 0; batch < 30; ++batch) {
    std::string alerts;
    for (int i = 0; i < 100; ++i) {
      alerts += std::string(i > 0 ? "," : "") +
                R"({"status":"firing","labels":{"alertname":"A","severity":"ticket"},)" +
                R"("annotations":{"summary":"\u00e9)" + std::string(i == 0 ? 5000 : 1, 'z') +
                R"("},"fingerprint":")" + std::to_string(batch * 100 + i) + "\"}";
    }
    CHECK(monitoring.send("{\"alerts\":[" + alerts + "]}") == 200);
  }
  REQUIRE(monitoring.writes(events::kAlert, 2000));
  monitoring.webhook.reset();  // what still waits is judged now
  const Journal written = read_journal(monitoring.file);
  CHECK(written.events.size() == 2000);
  for (const Event& event : written.events) {
    CHECK(string_or(event.data, "summary", "").size() <= 2000);
    CHECK(of_unknown_origin(event.data));
  }
}
