// The contract of every scenario, variant and twin, as a loop over the catalogue: healthy before,
// broken after the inject, still broken after restarting everything, cured by the documented repair,
// and cured still after another restart.
#include <thread>

#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// GAMEDAY_SEED=1, 2, … runs the contract with other draws; ten of them are a nightly job.
uint64_t first_seed() {
  const char* given = std::getenv("GAMEDAY_SEED");
  return given ? std::stoull(given) : 1;
}

// Every variant with another draw of releases, hosts and times.
void keeps_contract(const Scenario& listed, size_t number) {
  const uint64_t seed = first_seed() + number;
  const Scenario scenario = load_scenario(
      listed.file, load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml"), seed);
  const Variant& variant = scenario.variants[number];
  INFO(scenario.id << " " << variant.id << " seed " << seed);
  nothing_broken([&](const ContractSetup& setup) {
    return check_contract(setup, scenario, variant);
  });
}

}  // namespace

TEST_CASE("a start at which users suffered is measured again, and a sick stack voids the drill") {
  const auto catalogue = load_catalogue(project_root() / "scenarios");
  const Scenario& scenario = find_scenario(catalogue, "read-only-primary");
  for (const bool recovers : {true, false}) {
    INFO((recovers ? "recovers" : "stays sick"));
    const TemporaryFolder folder;
    Bell bell;
    std::atomic<int> measured = 0;
    Conductor conductor(plan_under_test(scenario, scenario.variants.front()), light_settings(),
                        light_topology(), folder.path, bell, [&measured](const Event& event) {
                          const bool one = event.kind == events::kInterval &&
                                           string_or(event.data, "name", "") == "baseline";
                          measured += one ? 1 : 0;
                        });
    conductor.start();
    Host& balancer = conductor.sandbox().host("lb");
    // No restart of an ordinary day mends that.
    REQUIRE(balancer.exec({"sh", "-c", "nft add table ip sick && nft 'add chain ip sick in { type "
                                       "filter hook input priority 0; }' && "
                                       "nft add rule ip sick in tcp dport 80 reject"}).ok());
    std::jthread healer([&] {
      const bool seen = recovers && eventually(30s, [&] { return measured > 0; });
      if (seen) balancer.exec({"nft", "delete", "table", "ip", "sick"});
    });
    conductor.baseline();
    healer.join();
    CHECK(conductor.voided() == !recovers);
    CHECK(measured >= (recovers ? 2 : 3));
    CHECK(measured <= 3);
  }
}

TEST_CASE("every documented outage keeps the contract of faults and repairs",
          "[catalogue]") {
  for (const Scenario& scenario : scenarios_to_play()) {
    keeps_contract(scenario, 0);
  }
}

TEST_CASE("every other variant keeps the contract of faults and repairs",
          "[catalogue]") {
  for (const Scenario& scenario : scenarios_to_play()) {
    for (size_t i = 1; i < scenario.variants.size(); ++i) keeps_contract(scenario, i);
  }
}

TEST_CASE("the fault that the guide builds keeps the contract") {
  keeps_contract(load_scenario(project_root() / "docs" / "pages-hang.yaml",
                               load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml")),
                 0);
}

TEST_CASE("a twin without its fault stays healthy and pages nobody",
          "[catalogue]") {
  for (const Scenario& scenario : scenarios_to_play(first_seed())) {
    INFO(scenario.id);
    nothing_broken([&](const ContractSetup& setup) {
      return check_twin(setup, scenario, scenario.variants.front());
    });
  }
}
