// Every repair that a scenario names is really carried out and judged by the outside probes, which
// know nothing of it: users served, cause gone, nothing harmed, and still so after restarts. The
// contract has each variant's first repair; these are the others.
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

void check_other_repairs(const Scenario& scenario, const Variant& variant) {
  for (size_t i = 1; i < variant.repairs.size(); ++i) {
    const Repair& repair = variant.repairs[i];
    INFO(scenario.id << " " << variant.id << " " << repair.id);
    nothing_broken([&](const ContractSetup& setup) {
      return check_repair(setup, scenario, variant, repair);
    });
  }
}

}  // namespace

TEST_CASE("every other repair of a documented outage is accepted at its rung and harms nothing",
          "[catalogue]") {
  for (const Scenario& scenario : scenarios_to_play()) {
    check_other_repairs(scenario, scenario.variants.front());
  }
}

// By hand: twenty drills, for mechanisms whose first repair the contract plays in every run.
TEST_CASE("every other repair of another variant is accepted at its rung and harms nothing",
          "[catalogue][byhand]") {
  for (const Scenario& scenario : scenarios_to_play()) {
    for (size_t i = 1; i < scenario.variants.size(); ++i) {
      check_other_repairs(scenario, scenario.variants[i]);
    }
  }
}
