// Every repair that a scenario names is really carried out and judged by the outside probes, which
// know nothing of it: users served, cause gone, nothing harmed, and still so after restarts.
#include <catch2/catch.hpp>

#include "core/events.hpp"
#include "drill/conductor.hpp"
#include "injectors/database.hpp"
#include "scorer/repair.hpp"
#include "tests/support/program.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

DrillPlan plan_of(const Scenario& scenario, const Variant& variant) {
  DrillPlan plan;
  plan.scenario = scenario;
  plan.scenario.load.users = 200;  // light: it is about causes, not about figures
  plan.variant = variant;
  plan.mode = "live";
  plan.baseline_seconds = 2;
  plan.hold_seconds = 3;
  return plan;
}

Settings test_settings() {
  Settings settings;
  settings.root = project_root();
  settings.executables = build_folder();
  const char* home = std::getenv("HOME");
  settings.cache = std::filesystem::path(home ? home : "/tmp") / ".cache" / "gameday";
  return settings;
}

RepairGrade graded(const Scenario& scenario, const Variant& variant, const Repair& repair) {
  const TemporaryFolder folder;
  Bell bell;
  Conductor conductor(plan_of(scenario, variant), test_settings(),
                      read_topology(project_root() / "docker-compose.yml", {}), folder.path(), bell,
                      nullptr);
  conductor.start();
  conductor.baseline();
  conductor.break_it();
  REQUIRE_FALSE(conductor.voided());
  // People come later than the restart that made the fault bite.
  for (const HostSpec& host : conductor.sandbox().topology().hosts) {
    if (host.role != "db") continue;
    CHECK(eventually(10s, [&] { return in_recovery(conductor.sandbox().host(host.name)).has_value(); }));
  }
  for (const Repair::Step& step : repair.steps) {
    for (const std::string& host : resolve_target(conductor.sandbox().topology(), step.target)) {
      for (const std::string& line : step.commands) {
        const ExecResult result =
            conductor.sandbox().host(host).exec({"/bin/sh", "-c", line}, 30s);
        INFO(host << ": " << line << ": " << result.out << result.err);
        CHECK(result.ok());
      }
    }
  }
  CHECK(conductor.wait_served(deadline_in(20s)));
  conductor.settle();
  conductor.down();
  conductor.finish("finished", "");
  const Journal journal = read_journal(folder.path() / "journal.jsonl");
  for (const Event& event : journal.events) {
    if (event.kind != events::kProbe) continue;
    UNSCOPED_INFO(string_or(event.data, "set", "")
                  << " " << string_or(event.data, "name", "") << " "
                  << string_or(event.data, "result", "") << " " << string_or(event.data, "detail", ""));
  }
  return grade_repair(journal);
}

void check_every_repair(const std::string& id) {
  const auto catalogue = load_catalogue(project_root() / "scenarios");
  const Scenario& scenario = find_scenario(catalogue, id);
  for (const Variant& variant : scenario.variants) {
    for (const Repair& repair : variant.repairs) {
      INFO(variant.id << " " << repair.id);
      const RepairGrade grade = graded(scenario, variant, repair);
      CHECK(grade.mitigation.known);
      CHECK(grade.mitigation.certain == repair.rung);
      CHECK(grade.harm.known);
      CHECK(grade.harm.certain == 1);
      CHECK_FALSE(grade.data_lost);
    }
  }
}

}  // namespace

TEST_CASE("every repair of the misconfigured database is accepted at its rung and harms nothing") {
  check_every_repair("database-misconfigured");
}

TEST_CASE("every repair of the read-only primary is accepted at its rung and harms nothing") {
  check_every_repair("read-only-primary");
}

TEST_CASE("every repair of the unreachable database is accepted at its rung and harms nothing") {
  check_every_repair("database-unreachable");
}
