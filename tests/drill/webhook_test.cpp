#include "drill/webhook.hpp"

#include <catch2/catch.hpp>

#include "core/events.hpp"
#include "core/http.hpp"
#include "sandbox/fake/fake.hpp"
#include "tests/drill/desk_local_stack.hpp"

using namespace gameday;

TEST_CASE("a notification's alerts are read one by one") {
  const std::string body = R"({"version":"4","status":"firing","alerts":[
    {"status":"firing","labels":{"alertname":"SlowResponses","severity":"page","team":"application"},
     "annotations":{"summary":"p99 above 500 ms","runbook":"/srv/runbooks/slow.md"},
     "startsAt":"2026-01-01T00:00:00Z","fingerprint":"a1"},
    {"status":"resolved","labels":{"alertname":"HighErrorRate"},"fingerprint":"b2"}]})";
  const auto alerts = alerts_of(body);
  REQUIRE(alerts.size() == 2);
  CHECK(string_or(alerts[0], "name", "") == "SlowResponses");
  CHECK(string_or(alerts[0], "severity", "") == "page");
  CHECK(string_or(alerts[0], "summary", "") == "p99 above 500 ms");
  CHECK(string_or(alerts[1], "status", "") == "resolved");
  CHECK(string_or(alerts[1], "severity", "none") == "");
}

TEST_CASE("what is no notification gives no alerts and no failure") {
  for (const char* body : {"", "hello", "[]", "{}", R"({"alerts":3})", R"({"alerts":[{},1,null]})"}) {
    CHECK(alerts_of(body).empty());
  }
}

TEST_CASE("a flood of forged alerts is cut short and does not fill the journal") {
  const testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "journal.jsonl";
  SystemClock clock;
  JournalWriter journal(file, clock);
  FakeHost mon({});
  Webhook webhook(mon, journal);
  mon.forward(kWebhookPort, mon.listening_on(kWebhookPort));
  webhook.start_paging();
  const auto send = [&mon](const std::string& alerts) {
    HttpRequest request;
    request.method = "POST";
    request.body = "{\"alerts\":[" + alerts + "]}";
    const Deadline deadline = deadline_in(std::chrono::seconds(10));
    UniqueFd connection = mon.dial("127.0.0.1", kWebhookPort, deadline);
    return http_request(std::move(connection), request, deadline).status;
  };
  for (int batch = 0; batch < 30; ++batch) {
    std::string alerts;
    for (int i = 0; i < 100; ++i) {
      alerts += std::string(i > 0 ? "," : "") +
                R"({"status":"firing","labels":{"alertname":"A","severity":"ticket"},)" +
                R"("annotations":{"summary":"\u00e9)" + std::string(i == 0 ? 5000 : 1, 'z') +
                R"("},"fingerprint":")" + std::to_string(batch * 100 + i) + "\"}";
    }
    CHECK(send(alerts) == 200);
  }
  const Journal written = read_journal(file);
  CHECK(written.events.size() == 2000);
  for (const Event& event : written.events) {
    CHECK(string_or(event.data, "summary", "").size() <= 2000);
  }
}
