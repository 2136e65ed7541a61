// Figures come out of the stack: other shares of the load, another pool, more arrivals, and what is
// measured follows the arithmetic that `scenarios check` prints, within the points stated here.
#include "injectors/fault.hpp"
#include "injectors/pooler.hpp"
#include "scenarios/prediction.hpp"
#include "tests/contract/light_drill.hpp"
#include "tests/support/machine.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A busy machine holds connections a little longer.
constexpr double kTolerancePoints = 6;

Scenario scenario_named(const char* id) {
  return find_scenario(load_catalogue(project_root() / "scenarios"), id);
}

// A stack with one load after another, and what users got of it in intervals of the test's choice.
struct Shop {
  const TemporaryFolder folder;
  const SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  Bell bell;
  std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  std::unique_ptr<LoadRunner> users;
  int intervals = 0;

  Shop() {
    sandbox->up(read_topology(project_root() / "docker-compose.yml", {}), light_settings());
  }

  void let_come(const Scenario& scenario) {
    users.reset();
    users = std::make_unique<LoadRunner>(sandbox->host("clients"), load_plan(scenario, 1),
                                         "10.77.1.20:80", journal, bell);
  }

  // An interval of this length. It begins when visits have run through: orders come at their ends.
  json::object measure(std::chrono::milliseconds length) {
    REQUIRE(bell.wait(deadline_in(3s)));
    const std::string name = "measured" + std::to_string(++intervals);
    users->interval(name);
    REQUIRE(bell.wait(deadline_in(length)));
    users->interval("between");
    const auto report = users->summary(name, deadline_in(10s));
    REQUIRE(report);
    UNSCOPED_INFO(json::serialize(*report));
    CHECK(number_or(*report, "max_send_lateness_ms", 1e9) < 250);
    return *report;
  }
};

void check_follows(const Scenario& scenario, const json::object& measured) {
  const Prediction predicted = predict(scenario).value();
  INFO(predicted.arithmetic);
  CHECK(number_or(measured, predicted.figure, -1) ==
        Approx(predicted.percent).margin(kTolerancePoints));
}

}  // namespace

TEST_CASE("what a full pool sheds follows from its size and the mix and number of requests",
          "[figures]") {
  REQUIRE_A_STACK();
  Scenario scenario = scenario_named("pool-exhausted-surge");
  // What one order and one read hold a connection for; the scenario's own mix agrees.
  constexpr double kOrderMs = 82, kReadMs = 0.25;
  const auto hold_ms = [&] {
    const Load& load = scenario.load;
    return (load.writers * kOrderMs + load.reads_per_visit * kReadMs) /
           (load.writers + load.reads_per_visit);
  };
  CHECK(hold_ms() == Approx(scenario.expected.hold_ms.value()).margin(0.2));
  Shop shop;
  const auto give_pools = [&](int size) {
    for (const char* web : {"web1", "web2"}) {
      change_pooler(shop.sandbox->host(web), {{"default_pool_size", std::to_string(size)},
                                              {"query_wait_timeout", "0.2"}}, false, web);
    }
    scenario.expected.connections = 2 * size;
  };
  const auto let_come = [&](double writers, double factor) {
    scenario.load.writers = writers;
    scenario.expected.hold_ms = hold_ms();
    scenario.expected.factor = factor;
    shop.let_come(scenario);
    shop.users->rate(factor);
  };
  scenario.load.users = 800;
  give_pools(2);
  let_come(0.65, 1);
  check_follows(scenario, shop.measure(1s));
  let_come(0.65, 8);
  check_follows(scenario, shop.measure(5s));
  give_pools(3);
  check_follows(scenario, shop.measure(5s));
  let_come(0.95, 7);
  check_follows(scenario, shop.measure(5s));
}

// The timers are the deployed storefront's: the scenario states them for its prediction.
TEST_CASE("users affected by refused writes follow from quotas and timers, not from the processor",
          "[figures]") {
  REQUIRE_A_STACK();
  Scenario scenario = scenario_named("read-only-primary");
  // As many visits a second as the scenario has, by half of its users in half of the time.
  scenario.load.users /= 2;
  scenario.load.period_seconds /= 2;
  Shop shop;
  make_fault("standby_read_only", {"db1", {}})->inject(*shop.sandbox);
  // Two whole retry rounds, in which nearly everybody comes once.
  const auto measure = [&](double writers, int extra_work_us) {
    INFO(writers << " of visits order, " << extra_work_us << " us more work a request");
    for (const char* web : {"web1", "web2"}) {
      const ExecResult done = shop.sandbox->host(web).exec(
          {"sh", "-c", "sed -i /extra_work/d $1; echo extra_work_us = $2 >>$1; "
                       "sv -w 10 restart storefront", "sh", "/etc/storefront/storefront.conf",
           std::to_string(extra_work_us)}, 20s);
      REQUIRE(done.ok());
    }
    scenario.load.writers = writers;
    shop.let_come(scenario);
    const json::object measured = shop.measure(8s);
    CHECK(number_or(measured, "writes_failed", 0) == number_or(measured, "writes_offered", -1));
    scenario.expected.outage_seconds = number_or(measured, "seconds", 0);
    check_follows(scenario, measured);
    return number_or(measured, "users_affected_percent", 0);
  };
  measure(0.3, 0);
  // A request takes the storefront a third of a millisecond of processor time on a machine of today:
  // half of what the second has, and a quarter of what the third has.
  constexpr int kOwnWorkUs = 330;
  const double halved = measure(0.55, 0), usual = measure(0.55, kOwnWorkUs),
               doubled = measure(0.55, 3 * kOwnWorkUs);
  UNSCOPED_INFO(halved << " " << usual << " " << doubled);
  constexpr double kFlatPoints = 3.5;  // 2 of the figure, and what chance moves in two rounds
  CHECK(halved == Approx(usual).margin(kFlatPoints));
  CHECK(doubled == Approx(usual).margin(kFlatPoints));
  // The readers' part is what waits for held connections.
  CHECK(usual > 55 * 8.0 / 9 + 3);
}
