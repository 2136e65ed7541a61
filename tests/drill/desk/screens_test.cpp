#include "drill/desk/screens.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

#include "core/text.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

json::object baseline() {
  return {{"seconds", 5.0}, {"offered", 2340}, {"requests_failed_percent", 0.0},
          {"requests_slow_percent", 0.1}, {"p50_ms", 4.2}, {"p99_ms", 95.7},
          {"reads_p99_ms", 21.0}, {"users_affected_percent", 0.05}};
}

size_t widest(const std::string& screen) {
  std::istringstream lines(screen);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto columns = std::count_if(line.begin(), line.end(),
                                       [](char c) { return (c & 0xc0) != 0x80; });
    widest = std::max(widest, static_cast<size_t>(columns));
  }
  return widest;
}

}  // namespace

TEST_CASE("the brief fits one screen of 24 lines and 80 columns") {
  const LocalSandbox stack;
  Topology topology = stack.topology();
  topology.networks = {{"edge", "10.77.1.0/24", {}}, {"app", "10.77.2.0/24", {}},
                       {"data", "10.77.3.0/24", {}}};
  for (const json::object& normal : {json::object(), baseline()}) {
    const std::string brief = brief_screen(topology, {500, 30, normal});
    INFO(brief);
    CHECK(std::count(brief.begin(), brief.end(), '\n') <= 24);
    CHECK(widest(brief) <= 80);
    CHECK(brief.find('%') == brief.find(" % failed") + (normal.empty() ? 0 : 1));
  }
  const std::string brief = brief_screen(topology, {500, 30, baseline()});
  CHECK_THAT(brief, Catch::Contains("500 ms") && Catch::Contains("468 requests/s"));
  CHECK_THAT(brief,
             Catch::Contains("30 minutes") && Catch::Contains("lb") && Catch::Contains("db1 ops"));
  CHECK_THAT(brief, Catch::Contains("/srv/runbooks") && Catch::Contains(" wait,"));
  CHECK(brief.find("story") == std::string::npos);
  CHECK_THAT(brief, Catch::Contains("clients (the users)") &&
                        Catch::Contains("(clients) are off limits"));
}

TEST_CASE("the map names each host with address, team and what runs there") {
  const LocalSandbox stack;
  const std::string map = map_screen(stack.topology());
  CHECK_THAT(map, Catch::Contains("10.77.2.11") && Catch::Contains("database") &&
                      Catch::Contains("HAProxy") && Catch::Contains("PostgreSQL"));
  CHECK(widest(map) <= 80);
  CHECK(map_document(stack.topology()).size() == 4);
}

TEST_CASE("normal is told in numbers, or said not to be measured") {
  CHECK_THAT(normal_screen(baseline(), 500), Catch::Contains("95.7 ms"));
  CHECK_THAT(normal_screen({}, 500), Catch::Contains("not measured"));
}

TEST_CASE("a page says what, severity, since when, runbook and dashboard") {
  const json::object page = {{"id", "p1"}, {"source", "alert"}, {"severity", "page"},
                             {"summary", "HighErrorRate: 5 % of\nrequests fail"},
                             {"since", "2026-01-01T00:00:00Z"}, {"runbook", "/srv/runbooks/x"}};
  const std::string text = page_screen(page, {{"prometheus", "http://127.0.0.1:4711"}});
  CHECK_THAT(text, Catch::Contains("5 % of requests fail") && Catch::Contains("/srv/runbooks/x") &&
                       Catch::Contains("4711") && Catch::Contains("2026-01-01"));
  CHECK(text.find("text ") == std::string::npos);
  // Times are the clock's, also of what was sent again.
  json::object again = page;
  again["wall"] = "2026-01-01T00:00:01.250Z";
  again["repeats"] = 2;
  again["again_at"] = "2026-01-01T00:01:02.500Z";
  const std::string screen = page_screen(again, {});
  CHECK_THAT(screen, Catch::Contains("2 times, last at 2026-01-01 00:01:02 UTC\n"));
  CHECK_FALSE(std::regex_search(screen, std::regex(R"(\d{4}-\d\d-\d\dT\d\d)")));
  CHECK(page_line(page).find('\n') == std::string::npos);
  CHECK_THAT(page_line({{"source", "ticket"}, {"summary", "slow"}}),
             Catch::StartsWith("*** TICKET: slow"));
  // What customers write is shown when it comes, all of it.
  const std::string letter = "We cannot pay: " + std::string(300, 'x') + " end";
  CHECK_THAT(page_line({{"source", "ticket"}, {"summary", "Orders"}, {"text", letter}}),
             Catch::StartsWith("*** TICKET: Orders: " + letter + "  ("));
  CHECK_THAT(page_line({{"source", "ticket"}, {"summary", letter}, {"text", letter}}),
             Catch::StartsWith("*** TICKET: " + letter + "  ("));
}

TEST_CASE("a page tells its text once and its dashboards under one heading") {
  json::object page = {{"summary", "Slow: The site is slow"}, {"text", "The site is slow"}};
  const std::string text = page_screen(page, {{"one", "http://a"}, {"two", "http://b"}});
  CHECK(text.find("The site is slow") == text.rfind("The site is slow"));
  CHECK(text.find("dashboards") == text.rfind("dashboards"));
  CHECK_THAT(text, Catch::Contains("one http://a") && Catch::Contains("two http://b"));
  page["text"] = "One request in a hundred takes 2s.";
  CHECK_THAT(page_screen(page, {}), Catch::Contains("text       One request in a hundred"));
}

TEST_CASE("one line cuts at whole characters and takes out control characters") {
  CHECK(text::row("a\nb\x1b[1m", 20) == "a b [1m");
  CHECK(text::row("äöü", 3) == "äöü");
  CHECK(text::row("äöüß", 3) == "äö…");
  CHECK(text::row("", 3).empty());
}
