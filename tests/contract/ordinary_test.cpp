// A drill of whoever runs the tests; tests/support/as-ordinary-user runs it, as an ordinary user.
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

TEST_CASE("a drill is healthy, then broken as users see it, and leaves nothing",
          "[.][ordinary]") {
  const auto catalogue = load_catalogue(project_root() / "scenarios");
  const Scenario& scenario = find_scenario(catalogue, "read-only-primary");
  LightDrill drill(scenario, scenario.variants.front());
  CHECK_FALSE(drill.conductor.voided());
  drill.conductor.break_it();
  CHECK_FALSE(drill.conductor.voided());
  CHECK_FALSE(drill.conductor.served());
  drill.conductor.down();
  drill.conductor.finish("finished", "");
  CHECK(drill.conductor.sandbox().residue().empty());
  CHECK(read_journal(drill.folder.path / "journal.jsonl").last(events::kEnd) != nullptr);
}
