// Plans, quotas and the impact of an interval: exact arithmetic, table by table.
#include <catch2/catch.hpp>

#include <cmath>
#include <set>

#include "core/error.hpp"
#include "workload/impact.hpp"
#include "workload/users.hpp"

using namespace gameday;

namespace {

LoadPlan plan_of(const std::string& text) {
  return load_plan_from_json(parse_json(text, "plan").as_object());
}

std::string refusal_of(const std::string& text) {
  try {
    plan_of(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a plan survives the way through JSON") {
  const LoadPlan plan = plan_of(
      R"({"users":400,"visiting_share":0.8,"writers":0.25,"reads_per_visit":7,"period_seconds":3.5,
          "think_seconds":0,"objective_ms":200,"timeout_ms":900,"connections_per_user":2,
          "check_answers":true,"seed":18446744073709551615})");
  CHECK(plan.seed == UINT64_MAX);
  CHECK(to_json(plan) == to_json(load_plan_from_json(to_json(plan))));
  CHECK(to_json(load_plan_from_json({})) == to_json(LoadPlan{}));
}

TEST_CASE("a wrong plan is refused by the name of its key") {
  struct Row {
    const char* text;
    const char* says;
  };
  const Row rows[] = {
      {R"({"user":1})", "user: unknown key"},
      {R"({"users":0})", "users: 0 is outside"},
      {R"({"users":2.5})", "users: 2.5E0 is not a whole number"},
      {R"({"users":"many"})", "users: must be a number"},
      {R"({"visiting_share":1.01})", "visiting_share: 1.01E0 is outside"},
      {R"({"visiting_share":0})", "visiting_share: 0 is outside"},
      {R"({"writers":-0.1})", "writers: -1E-1 is outside"},
      {R"({"reads_per_visit":0})", "reads_per_visit: 0 is outside"},
      {R"({"period_seconds":0})", "period_seconds: 0 is outside"},
      {R"({"think_seconds":-1})", "think_seconds: -1 is outside"},
      {R"({"objective_ms":0})", "objective_ms: 0 is outside"},
      {R"({"timeout_ms":400})", "timeout_ms: must not be below objective_ms"},
      {R"({"connections_per_user":9})", "connections_per_user: 9 is outside"},
      {R"({"seed":-1})", "seed: must be a whole number"},
      {R"({"seed":1.5})", "seed: must be a whole number"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK_THAT(refusal_of(row.text), Catch::Contains(row.says));
  }
}

TEST_CASE("visitors and writers are dealt in exact counts whatever the seed") {
  struct Row {
    int users;
    double share, writers;
    size_t visitors, writing;
  };
  const Row rows[] = {
      {2000, 1.0, 0.55, 2000, 1100}, {2000, 0.8, 0.55, 1600, 880}, {2000, 0.78, 0.1, 1560, 156},
      {400, 1.0, 0.0, 400, 0},       {400, 1.0, 1.0, 400, 400},    {7, 0.5, 0.5, 4, 2},
      {1, 0.01, 0.55, 1, 1},         {999, 1.0, 1.0 / 3, 999, 333},
  };
  for (const Row& row : rows) {
    for (uint64_t seed = 1; seed <= 25; ++seed) {
      LoadPlan plan;
      plan.users = row.users;
      plan.visiting_share = row.share;
      plan.writers = row.writers;
      plan.seed = seed;
      const auto visitors = deal_visitors(plan);
      std::set<uint32_t> different;
      size_t writing = 0;
      for (const Visitor& visitor : visitors) {
        different.insert(visitor.user);
        writing += visitor.writes ? 1 : 0;
        REQUIRE(visitor.user < static_cast<uint32_t>(row.users));
      }
      CHECK(visitors.size() == row.visitors);
      CHECK(different.size() == row.visitors);
      CHECK(writing == row.writing);
    }
  }
}

TEST_CASE("every twenty neighbours hold their share of writers") {
  LoadPlan plan;
  for (plan.seed = 1; plan.seed <= 10; ++plan.seed) {
    const auto visitors = deal_visitors(plan);
    for (size_t begin = 0; begin < visitors.size(); begin += 20) {
      int writing = 0;
      for (size_t i = begin; i < begin + 20; ++i) writing += visitors[i].writes ? 1 : 0;
      CHECK(writing == 11);
    }
  }
}

TEST_CASE("another seed deals another order") {
  LoadPlan plan, other;
  other.seed = 2;
  const auto left = deal_visitors(plan), right = deal_visitors(other);
  int same = 0;
  for (size_t i = 0; i < left.size(); ++i) same += left[i].user == right[i].user ? 1 : 0;
  CHECK(same < 20);
}

TEST_CASE("an interval counts users, requests and goodput as documented") {
  Impact impact("outage", 10, 500);
  const auto happen = [&impact](uint32_t user, bool write, Outcome outcome, double latency_ms) {
    impact.offered({user, write}, 0.5);
    impact.ended({user, write}, outcome, latency_ms);
  };
  happen(0, false, Outcome::kSucceeded, 20);     // well
  happen(0, false, Outcome::kSucceeded, 500);    // exactly the objective: not slow
  happen(1, false, Outcome::kSucceeded, 500.1);  // slow
  happen(1, true, Outcome::kHttp5xx, 80);        // the same user again
  happen(2, true, Outcome::kSucceeded, 900);     // a slow write
  happen(3, false, Outcome::kTimeout, 3000);
  happen(4, true, Outcome::kRefused, 0.1);
  happen(5, false, Outcome::kSucceeded, 30);
  const json::object report = impact.report(12.3456);

  const json::object expected = {
      {"name", "outage"}, {"seconds", 12.346}, {"offered", 8}, {"succeeded", 5}, {"failed", 3},
      {"slow", 2},
      {"failed_by", {{"http_5xx", 1}, {"http_4xx", 0}, {"timeout", 1}, {"refused", 1},
                     {"unreachable", 0}, {"closed", 0}, {"late", 0}, {"wrong", 0}}},
      {"users_base", 10}, {"users_visited", 6}, {"users_affected", 4},
      {"users_affected_percent", 40.0},
      {"users_failed_percent", 20.0},  // a time-out only waited
      {"visitors_affected_percent", 66.667},
      {"requests_failed_percent", 37.5}, {"requests_slow_percent", 25.0},
      {"writes_offered", 3}, {"writes_failed", 2}, {"reads_offered", 5}, {"reads_failed", 1},
      {"reads_slow", 1}, {"goodput_lost_percent", 62.5}, {"max_send_lateness_ms", 0.5}};
  for (const auto& member : expected) {
    CAPTURE(member.key());
    REQUIRE(report.contains(member.key()));
    CHECK(json::serialize(report.at(member.key())) == json::serialize(member.value()));
  }
  // Latencies: 20, 30, 80, 500, 500.1, 900, 3000; the refused one has none.
  CHECK(number_or(report, "p50_ms", 0) == Approx(500).epsilon(0.005));
  CHECK(number_or(report, "p99_ms", 0) == Approx(3000).epsilon(0.005));
}

TEST_CASE("a request still open beyond the objective affects its user before it ends") {
  Impact impact("outage", 4, 500);
  impact.offered({2, false}, 0);
  CHECK(impact.users_affected() == 0);
  CHECK(impact.open() == 1);
  impact.overdue({2, false});
  CHECK(impact.users_affected() == 1);
  impact.ended({2, false}, Outcome::kSucceeded, 800);
  CHECK(impact.users_affected() == 1);
  CHECK(impact.open() == 0);
}

TEST_CASE("an interval without requests reports zeros and no latencies") {
  const json::object report = Impact("baseline", 10, 500).report(0.1);
  CHECK(number_or(report, "goodput_lost_percent", -1) == 0);
  CHECK(number_or(report, "visitors_affected_percent", -1) == 0);
  CHECK(report.at("p99_ms").is_null());
  CHECK(report.at("reads_p99_ms").is_null());
}
