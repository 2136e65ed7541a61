#include "drill/webhook.hpp"

#include <catch2/catch.hpp>

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
