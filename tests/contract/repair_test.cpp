// Every repair that a scenario names is really carried out and judged by the outside probes, which
// know nothing of it: users served, cause gone, nothing harmed, and still so after restarts. The
// contract has each variant's first repair; these are the others.
#include "injectors/database.hpp"
#include "scorer/repair.hpp"
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

void check_repair(const Scenario& scenario, const Variant& variant, const Repair& repair) {
  INFO(scenario.id << " " << variant.id << " " << repair.id);
  LightDrill drill(scenario, variant);
  drill.conductor.break_it();
  REQUIRE_FALSE(drill.conductor.voided());
  // People come later than the restart that made the fault bite.
  for (const HostSpec& host : drill.conductor.sandbox().topology().hosts) {
    if (host.role != "db") continue;
    CHECK(eventually(10s, [&] {
      return in_recovery(drill.conductor.sandbox().host(host.name)).has_value();
    }));
  }
  drill.carry_out(repair);
  CHECK(drill.conductor.wait_served(deadline_in(20s)));
  const Journal journal = drill.finish();
  tell_probes(journal);
  const RepairGrade grade = grade_repair(journal);
  CHECK(grade.mitigation.known);
  CHECK(grade.mitigation.certain == repair.rung);
  CHECK(grade.harm.known);
  CHECK(grade.harm.certain == 1);
  CHECK_FALSE(grade.data_lost);
}

void check_other_repairs(const Scenario& scenario, const Variant& variant) {
  for (size_t i = 1; i < variant.repairs.size(); ++i) {
    check_repair(scenario, variant, variant.repairs[i]);
  }
}

}  // namespace

TEST_CASE("every other repair of a documented outage is accepted at its rung and harms nothing") {
  for (const Scenario& scenario : scenarios_to_play()) {
    check_other_repairs(scenario, scenario.variants.front());
  }
}

TEST_CASE("every other repair of another variant is accepted at its rung and harms nothing") {
  for (const Scenario& scenario : scenarios_to_play()) {
    for (size_t i = 1; i < scenario.variants.size(); ++i) {
      check_other_repairs(scenario, scenario.variants[i]);
    }
  }
}
