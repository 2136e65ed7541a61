#include "workload/schedule.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <set>

#include "workload/requests.hpp"

using namespace gameday;

namespace {

std::vector<Send> sends_until(Schedule& schedule, double until_seconds) {
  std::vector<Send> sends;
  while (schedule.next_at() < until_seconds) sends.push_back(schedule.pop());
  return sends;
}

LoadPlan small_plan() {
  LoadPlan plan;
  plan.users = 300;
  plan.period_seconds = 3;
  plan.think_seconds = 0.2;
  return plan;
}

std::vector<double> begins(const std::vector<Send>& sends) {
  std::vector<double> moments;
  for (const Send& send : sends) {
    if (send.index == 0) moments.push_back(send.at_seconds);
  }
  return moments;
}

}  // namespace

TEST_CASE("sends come in the order of their moments") {
  Schedule schedule(small_plan());
  double before = 0;
  for (int i = 0; i < 20000; ++i) {
    const double announced = schedule.next_at();
    const Send send = schedule.pop();
    REQUIRE(send.at_seconds == announced);
    REQUIRE(send.at_seconds >= before);
    before = send.at_seconds;
  }
}

TEST_CASE("every visitor comes exactly once a period with exactly their requests") {
  LoadPlan plan = small_plan();
  plan.visiting_share = 0.8;
  plan.writers = 0.25;
  for (plan.seed = 1; plan.seed <= 5; ++plan.seed) {
    Schedule schedule(plan);
    std::map<uint64_t, std::vector<Send>> visits;
    for (const Send& send : sends_until(schedule, 12)) visits[send.visit].push_back(send);
    std::map<int, std::set<uint32_t>> users_of_period;
    int writes = 0, whole = 0;
    for (const auto& [number, sends] : visits) {
      const double begin = sends.front().at_seconds;
      if (begin >= 9) continue;  // may not be complete yet
      ++whole;
      const bool writer = sends.back().write;
      writes += writer ? 1 : 0;
      CHECK(users_of_period[static_cast<int>(begin / 3)].insert(sends.front().user).second);
      REQUIRE(sends.size() == (writer ? 4U : 3U));
      for (size_t i = 0; i < sends.size(); ++i) {
        CHECK(sends[i].index == i);
        CHECK(sends[i].user == sends.front().user);
        CHECK(sends[i].last == (i + 1 == sends.size()));
        CHECK(sends[i].write == (writer && i == 3));
        if (i > 0) CHECK(sends[i].kind == (sends[i - 1].kind + 1) % 4);
        if (i > 0) CHECK(sends[i].at_seconds - sends[i - 1].at_seconds >= 0.1 - 1e-9);
        if (i > 0) CHECK(sends[i].at_seconds - sends[i - 1].at_seconds <= 0.3 + 1e-9);
      }
    }
    CHECK(whole == 3 * 240);
    CHECK(writes == 3 * 60);
    for (const auto& [period, users] : users_of_period) CHECK(users.size() == 240);
  }
}

TEST_CASE("a user comes at the same slot of every period") {
  Schedule schedule(small_plan());
  std::map<uint32_t, double> first;
  for (const Send& send : sends_until(schedule, 6)) {
    if (send.index != 0) continue;
    const auto [found, fresh] = first.try_emplace(send.user, send.at_seconds);
    if (!fresh) CHECK(std::abs(send.at_seconds - found->second - 3) < 0.01);
  }
}

TEST_CASE("arrivals are spread evenly, one a slot") {
  Schedule schedule(small_plan());
  const auto moments = begins(sends_until(schedule, 3));
  REQUIRE(moments.size() == 300);
  for (size_t i = 0; i < moments.size(); ++i) {
    CHECK(moments[i] >= static_cast<double>(i) * 0.01 - 1e-9);
    CHECK(moments[i] < static_cast<double>(i + 1) * 0.01 + 1e-9);
  }
}

TEST_CASE("the same plan and seed give the same schedule and another seed another") {
  LoadPlan plan = small_plan();
  Schedule one(plan), same(plan);
  plan.seed = 2;
  Schedule other(plan);
  int equal = 0;
  for (int i = 0; i < 5000; ++i) {
    const Send a = one.pop(), b = same.pop(), c = other.pop();
    REQUIRE(a.at_seconds == b.at_seconds);
    REQUIRE(a.user == b.user);
    REQUIRE(a.dice == b.dice);
    equal += a.user == c.user && a.at_seconds == c.at_seconds ? 1 : 0;
  }
  CHECK(equal < 50);
}

TEST_CASE("a rate factor makes that many times the visits, dealt evenly") {
  for (const double factor : {0.1, 0.5, 1.1, 1.25, 2.0, 3.7, 20.0}) {
    Schedule schedule(small_plan());
    schedule.set_rate(factor, 3);
    const auto moments = begins(sends_until(schedule, 9));
    CAPTURE(factor);
    std::map<int, int> per_half_second;
    int before = 0;
    for (const double moment : moments) {
      before += moment < 3 ? 1 : 0;
      if (moment >= 3) ++per_half_second[static_cast<int>(moment * 2)];
    }
    CHECK(before == 300);
    CHECK(static_cast<double>(moments.size()) - 300 == Approx(600 * factor).margin(1));
    for (const auto& [half_second, count] : per_half_second) {
      CHECK(count == Approx(50 * factor).margin(2));
    }
  }
}

TEST_CASE("the rate can be changed again and again") {
  Schedule schedule(small_plan());
  schedule.set_rate(2, 1);
  schedule.set_rate(0.5, 2);
  schedule.set_rate(1, 3);
  std::map<int, int> per_second;
  for (const double moment : begins(sends_until(schedule, 4))) {
    ++per_second[static_cast<int>(moment)];
  }
  CHECK(per_second[0] == 100);
  CHECK(per_second[1] == 200);
  CHECK(per_second[2] == 50);
  CHECK(per_second[3] == 100);
}

TEST_CASE("a single user and no pauses are a schedule, too") {
  LoadPlan plan;
  plan.users = 1;
  plan.period_seconds = 0.1;
  plan.think_seconds = 0;
  plan.writers = 1;
  Schedule schedule(plan);
  schedule.set_rate(20, 0);
  CHECK(sends_until(schedule, 1).size() == 20 * 10 * 4);
}

TEST_CASE("requests are well-formed and reads take turns") {
  RequestWriter requests("shop", "run");
  Send send;
  const std::string home(requests.text(send, 0));
  CHECK(home.starts_with("GET / HTTP/1.1\r\nHost: shop\r\n"));
  CHECK(home.ends_with("\r\n\r\n"));
  send.kind = 1;
  CHECK_THAT(std::string(requests.text(send, 0)), Catch::StartsWith("GET /api/products?category="));
  send.kind = 2;
  CHECK_THAT(std::string(requests.text(send, 0)), Catch::StartsWith("GET /api/products/"));
  send.kind = 3;
  CHECK_THAT(std::string(requests.text(send, 0)), Catch::StartsWith("GET /api/orders/"));
  send.write = send.last = true;
  const std::string order(requests.text(send, 17));
  CHECK_THAT(order, Catch::StartsWith("POST /api/orders HTTP/1.1\r\n"));
  CHECK_THAT(order, Catch::Contains("Connection: close\r\n"));
  const size_t body_at = order.find("\r\n\r\n") + 4;
  CHECK_THAT(order, Catch::Contains("Content-Length: " + std::to_string(order.size() - body_at)));
  const json::object body = parse_json(order.substr(body_at), "body").as_object();
  CHECK(string_or(body, "client_ref", "") == "run-17");
  CHECK(number_or(body, "product_id", 0) >= 1);
  CHECK(number_or(body, "quantity", 0) >= 1);
  CHECK_THAT(std::string(requests.lookup(17)),
             Catch::StartsWith("GET /api/orders?client_ref=run-17 HTTP/1.1\r\n"));
}
