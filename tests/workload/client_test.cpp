// The workload's executable against a server with chosen bad manners.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <set>

#include "core/clock.hpp"
#include "test_server.hpp"
#include "workload/number_ranges.hpp"
#include "workload/schedule.hpp"
#include "workload_process.hpp"

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 60s;

double number(const json::object& object, std::string_view key) {
  REQUIRE(object.contains({key.data(), key.size()}));
  return number_or(object, key, -1);
}

// A shop that keeps its orders, loses every `lose`th, and refuses writes when told to.
struct Shop {
  std::mutex mutex;
  std::set<std::string> references;
  std::atomic<int> lose = 0;
  std::atomic<bool> read_only = false;
  std::atomic<bool> broken_lookup = false;
  int orders = 0;

  std::optional<std::string> operator()(const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    if (request.method == "POST") {
      if (read_only) return answer(503, "read only");
      const std::string reference =
          string_or(parse_json(request.body, "order").as_object(), "client_ref", "");
      if (lose == 0 || ++orders % lose != 0) {
        if (!references.insert(reference).second) return answer(409, "twice");
      }
      return answer(201, "{}");
    }
    const size_t at = request.path.find("client_ref=");
    if (at == std::string::npos) return answer(200, std::string(800, 'p'));
    if (broken_lookup) return answer(500, "");
    const std::string reference = request.path.substr(at + 11);
    if (!references.contains(reference)) return answer(404, "");
    return answer(200, "[{\"client_ref\":\"" + reference + "\"}]");
  }
};

TestServer::Handler handler_of(Shop& shop) {
  return [&shop](const HttpRequest& request) { return shop(request); };
}

bool seconds_reported(const WorkloadProcess& load, size_t count) {
  return load.all("second").size() >= count;
}

// Runs an interval for some reported seconds, then finishes. The exit status.
int run_interval(WorkloadProcess& load, const std::string& name, size_t seconds) {
  load.tell("interval " + name);
  const size_t until = load.all("second").size() + seconds;
  load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, until); });
  load.tell("finish");
  return load.wait_end(deadline_in(kPatience));
}

struct Truth {
  double p99_ms = 0, affected_percent = 0;
};

// What users of a server that stands still between two moments must see, from the schedule alone.
Truth truth_of_stall(const LoadPlan& plan, double until, double stall_from, double stall_to) {
  Schedule schedule(plan);
  std::vector<double> latencies_ms;
  std::set<uint32_t> affected;
  while (schedule.next_at() < until) {
    const Send send = schedule.pop();
    const bool in_stall = send.at_seconds >= stall_from && send.at_seconds < stall_to;
    latencies_ms.push_back(in_stall ? (stall_to - send.at_seconds) * 1000 : 0);
    if (latencies_ms.back() > plan.objective_ms) affected.insert(send.user);
  }
  std::sort(latencies_ms.begin(), latencies_ms.end());
  const double rank = std::ceil(0.99 * static_cast<double>(latencies_ms.size()));
  return {latencies_ms[static_cast<size_t>(rank) - 1],
          100.0 * static_cast<double>(affected.size()) / plan.users};
}

}  // namespace

TEST_CASE("a stall of a twentieth of the run shows its true p99 and users, with no blind second") {
  LoadPlan plan;
  plan.period_seconds = 20;
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(), json::serialize(to_json(plan)));
  load.tell("interval whole");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 1); }));
  const double first_send = Schedule(plan).next_at();
  const auto start = *server.first_request() - std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                   Seconds(first_send));
  server.stall(start + 8300ms, start + 9300ms);
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 20); }));
  load.tell("finish");
  REQUIRE(load.wait_end(deadline_in(kPatience)) == 0);

  const json::object whole = load.interval("whole");
  const double until = number(whole, "seconds");
  const Truth truth = truth_of_stall(plan, until, Seconds(server.stall_began() - start).count(),
                                     Seconds(server.stall_ended() - start).count());
  CHECK(truth.p99_ms == Approx(800).margin(100));  // the machine was not too busy to tell
  INFO(json::serialize(whole));
  CHECK(number(whole, "p99_ms") == Approx(truth.p99_ms).epsilon(0.02));
  CHECK(number(whole, "users_affected_percent") == Approx(truth.affected_percent).margin(0.5));
  CHECK(number(whole, "failed") == 0);

  // The schedule's requests of each second are all there: the stall did not slow the arrivals.
  Schedule schedule(plan);
  std::vector<int> due(20);
  while (schedule.next_at() < 20) ++due[static_cast<size_t>(schedule.pop().at_seconds)];
  const auto seconds = load.all("second");
  for (size_t i = 0; i < due.size(); ++i) {
    CAPTURE(i);
    CHECK(number(seconds[i], "at") == static_cast<double>(i + 1));
    CHECK(number(seconds[i], "sent") == Approx(due[i]).margin(25));  // a late wake-up moves some
  }
}

TEST_CASE("users of a read-only shop are affected as the writers' quota says") {
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(), R"({"users":400,"period_seconds":2,"think_seconds":0.05})");
  load.tell("interval baseline");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 2); }));
  shop.read_only = true;
  load.tell("interval outage");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 5); }));
  shop.read_only = false;
  load.tell("interval settle");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 7); }));
  load.tell("finish");
  REQUIRE(load.wait_end(deadline_in(kPatience)) == 0);

  CHECK(number(load.interval("baseline"), "users_affected") <= 2);
  const json::object outage = load.interval("outage");
  CHECK(number(outage, "users_visited") == 400);
  CHECK(number(outage, "users_affected_percent") == Approx(55).margin(1));
  CHECK(number(outage, "writes_failed") == Approx(number(outage, "writes_offered")).margin(3));
  CHECK(number(outage, "reads_failed") == 0);
  CHECK(number(outage.at("failed_by").as_object(), "http_5xx") == number(outage, "failed"));
  CHECK(number(load.interval("settle"), "users_affected") <= 2);

  REQUIRE(load.all("orders").size() == 1);
  const json::object orders = load.all("orders").front();
  CHECK(number(orders, "acknowledged") == shop.references.size());
  CHECK(number(orders, "found") == number(orders, "acknowledged"));
  CHECK(number(orders, "lost") == 0);
  CHECK(number(orders, "unknown") == 0);
  CHECK(count_of(ranges_from_text(string_or(orders, "numbers", ""))) == shop.references.size());
  CHECK(shop.references.begin()->starts_with(string_or(orders, "run", "") + "-"));
}

TEST_CASE("a front door that answers everything with 200 serves nobody") {
  Shop shop;  // pages of the letter p, and orders acknowledged without a word of them
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(),
                       R"({"users":200,"period_seconds":1,"think_seconds":0.01,"check_answers":true})");
  REQUIRE(run_interval(load, "outage", 1) == 0);
  const json::object outage = load.interval("outage");
  CHECK(number(outage, "succeeded") == 0);
  CHECK(number(outage.at("failed_by").as_object(), "wrong") == number(outage, "offered"));
  CHECK(number(load.all("orders").at(0), "acknowledged") == 0);
}

TEST_CASE("lost orders are counted and unanswered look-ups are unknown, never lost") {
  const char* plan =
      R"({"users":200,"writers":1,"reads_per_visit":1,"period_seconds":1,"think_seconds":0.01})";
  SECTION("lost") {
    Shop shop;
    shop.lose = 10;
    TestServer server(handler_of(shop));
    WorkloadProcess load(server.target(), plan);
    REQUIRE(run_interval(load, "baseline", 2) == 0);
    const json::object orders = load.all("orders").at(0);
    CHECK(number(orders, "acknowledged") >= 350);
    CHECK(number(orders, "lost") == std::floor(number(orders, "acknowledged") / 10));
    CHECK(number(orders, "found") + number(orders, "lost") == number(orders, "acknowledged"));
  }
  SECTION("unknown") {
    Shop shop;
    shop.broken_lookup = true;
    TestServer server(handler_of(shop));
    WorkloadProcess load(server.target(), plan);
    REQUIRE(run_interval(load, "baseline", 2) == 0);
    const json::object orders = load.all("orders").at(0);
    CHECK(number(orders, "acknowledged") >= 350);
    CHECK(number(orders, "unknown") == number(orders, "acknowledged"));
    CHECK(number(orders, "lost") == 0);
  }
}

TEST_CASE("a target that refuses is counted as refused and ends nothing") {
  const std::string target = "127.0.0.1:" + std::to_string(free_port());
  WorkloadProcess load(target, R"({"users":500,"period_seconds":1,"think_seconds":0.01})");
  REQUIRE(run_interval(load, "outage", 2) == 0);
  const json::object outage = load.interval("outage");
  CHECK(number(outage, "offered") > 3000);
  CHECK(number(outage.at("failed_by").as_object(), "refused") == number(outage, "offered"));
  CHECK(number(outage, "users_affected_percent") == 100);
  CHECK(number(outage, "goodput_lost_percent") == 100);
  CHECK(outage.at("p50_ms").is_null());
  CHECK(number(load.all("orders").at(0), "acknowledged") == 0);
}

TEST_CASE("a target without a route is counted as unreachable") {
  // A stream to a broadcast address is refused by the kernel whatever routes there are.
  WorkloadProcess load("255.255.255.255:80",
                       R"({"users":100,"period_seconds":1,"timeout_ms":600})");
  REQUIRE(run_interval(load, "outage", 1) == 0);
  const json::object outage = load.interval("outage");
  CHECK(number(outage, "offered") > 0);
  CHECK(number(outage.at("failed_by").as_object(), "unreachable") == number(outage, "offered"));
}

TEST_CASE("a server that dies in the middle breaks what is open and refuses what follows") {
  auto shop = std::make_unique<Shop>();
  auto server = std::make_unique<TestServer>(handler_of(*shop));
  WorkloadProcess load(server->target(),
                       R"({"users":300,"period_seconds":1,"think_seconds":0.05})");
  load.tell("interval baseline");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 1); }));
  server.reset();
  REQUIRE(run_interval(load, "outage", 2) == 0);
  const json::object by = load.interval("outage").at("failed_by").as_object();
  CHECK(number(load.interval("outage"), "succeeded") <= 3);
  CHECK(number(by, "refused") > 0.9 * number(load.interval("outage"), "offered"));
  const json::object orders = load.all("orders").at(0);
  CHECK(number(orders, "acknowledged") > 0);
  CHECK(number(orders, "unknown") == number(orders, "acknowledged"));
}

TEST_CASE("a silent server makes time-outs and never delays the next request") {
  TestServer server([](const HttpRequest&) { return std::nullopt; });
  WorkloadProcess load(
      server.target(),
      R"({"users":100,"period_seconds":1,"think_seconds":0.05,"objective_ms":200,)"
      R"("timeout_ms":500})");
  load.tell("interval outage");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 3); }));
  // An open request makes its user affected once it is overdue, before its time-out.
  CHECK(number(load.all("second").at(0), "users_affected") > 50);
  load.tell("finish");
  REQUIRE(load.wait_end(deadline_in(kPatience)) == 0);
  const json::object outage = load.interval("outage");
  CHECK(number(outage.at("failed_by").as_object(), "timeout") == number(outage, "offered"));
  CHECK(number(outage, "offered") == Approx(3 * 355).epsilon(0.05));
  CHECK(number(outage, "p50_ms") == Approx(500).margin(25));
  CHECK(number(outage, "max_send_lateness_ms") < 200);
}

TEST_CASE("a body that trickles is slow, and one that breaks off is closed") {
  const char* plan =
      R"({"users":20,"period_seconds":1,"writers":0,"reads_per_visit":1,"objective_ms":50,
          "timeout_ms":2000})";
  std::string line = plan;
  std::erase(line, '\n');
  Shop shop;
  const auto brief = [](const HttpRequest&) { return answer(200, "0123456789"); };
  SECTION("trickling") {
    TestServer server(brief);
    server.dribble(3ms);
    WorkloadProcess load(server.target(), line);
    REQUIRE(run_interval(load, "outage", 2) == 0);
    const json::object outage = load.interval("outage");
    CHECK(number(outage, "succeeded") == number(outage, "offered"));
    CHECK(number(outage, "reads_slow") == number(outage, "offered"));
    CHECK(number(outage, "users_affected_percent") == 100);
  }
  SECTION("breaking off") {
    TestServer server(brief);
    server.cut_after(70);
    WorkloadProcess load(server.target(), line);
    REQUIRE(run_interval(load, "outage", 2) == 0);
    const json::object outage = load.interval("outage");
    CHECK(number(outage.at("failed_by").as_object(), "closed") == number(outage, "offered"));
  }
}

TEST_CASE("a rate factor takes effect from the next second on") {
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(),
                       R"({"users":300,"writers":0,"reads_per_visit":1,"period_seconds":1})");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 1); }));
  load.tell("rate 2.5");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 4); }));
  load.tell("finish");
  REQUIRE(load.wait_end(deadline_in(kPatience)) == 0);
  const auto seconds = load.all("second");
  CHECK(number(seconds.at(0), "sent") == Approx(300).margin(2));
  CHECK(number(seconds.at(1), "sent") == Approx(300).margin(2));
  CHECK(number(seconds.at(2), "sent") == Approx(750).margin(5));
  CHECK(number(seconds.at(3), "sent") == Approx(750).margin(5));
}

TEST_CASE("a visit keeps one connection alive and closes it at its end") {
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(
      server.target(),
      R"({"users":1000,"writers":0,"reads_per_visit":1000,"period_seconds":1000,)"
      R"("think_seconds":0.01})");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return server.requests() >= 100; }));
  CHECK(server.open_connections() <= 3);  // one visit a second has begun, or two
  load.tell("finish");
  CHECK(load.wait_end(deadline_in(kPatience)) == 0);
}

TEST_CASE("the end of its commands ends the workload without a look-up") {
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(), R"({"users":100,"period_seconds":1})");
  load.tell("interval baseline");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 1); }));
  load.close_in();
  CHECK(load.wait_end(deadline_in(10s)) == 0);
  CHECK(load.interval("baseline").contains("offered"));
  CHECK(load.all("orders").empty());
}

TEST_CASE("a killed workload leaves no connection behind") {
  Shop shop;
  TestServer server(handler_of(shop));
  WorkloadProcess load(server.target(), R"({"users":300,"period_seconds":1})");
  REQUIRE(load.read_until(deadline_in(kPatience), [&] { return seconds_reported(load, 1); }));
  load.kill_now();
  CHECK(load.wait_end(deadline_in(kPatience)) == 128 + SIGKILL);
  const auto limit = deadline_in(10s);
  while (server.open_connections() > 0 && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  CHECK(server.open_connections() == 0);
}

TEST_CASE("a wrong plan, target or command ends the workload with one clear line") {
  struct Row {
    const char* target;
    const char* plan;
    const char* command;
    int status;
    const char* says;
  };
  const Row rows[] = {
      {"127.0.0.1:1", R"({"userz":1})", "", 2, "load plan: userz: unknown key"},
      {"127.0.0.1:1", "not json", "", 2, "load plan: not valid JSON"},
      {"127.0.0.1:1", "[]", "", 2, "load plan: not an object"},
      {"127.0.0.1", "{}", "", 2, "--target"},
      {"127.0.0.1:1", "{}", "rate 100", 2, "rate"},
      {"127.0.0.1:1", "{}", "dance", 2, "unknown command"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.plan, row.command);
    WorkloadProcess load(row.target, row.plan);
    if (*row.command) load.tell(row.command);
    CHECK(load.wait_end(deadline_in(kPatience)) == row.status);
    CHECK_THAT(load.fatal(), Catch::Contains(row.says));
  }
}
