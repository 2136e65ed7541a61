// The contract of every scenario, variant and twin, as a loop over the catalogue: healthy before,
// broken after the inject, still broken after restarting everything, cured by the documented repair,
// and cured still after another restart.
#include <catch2/catch.hpp>
#include <map>

#include "core/events.hpp"
#include "core/error.hpp"
#include "drill/conductor.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/program.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Settings test_settings(const Scenario&) {
  Settings settings;
  settings.root = project_root();
  settings.executables = build_folder();
  const char* home = std::getenv("HOME");
  settings.cache = std::filesystem::path(home ? home : "/tmp") / ".cache" / "gameday";
  return settings;
}

DrillPlan plan_of(const Scenario& scenario, const Variant& variant, bool twin) {
  DrillPlan plan;
  plan.scenario = scenario;
  // Light load: the contract is about cause and repair, not about figures.
  plan.scenario.load.users = 200;
  plan.variant = twin ? no_fault_twin(variant) : variant;
  plan.twin = twin;
  plan.mode = "live";
  plan.baseline_seconds = 2;
  plan.hold_seconds = 4;
  return plan;
}

std::map<std::string, std::string> probes(const Journal& journal, const std::string& set) {
  std::map<std::string, std::string> results;
  for (const Event& event : journal.events) {
    if (event.kind == events::kProbe && string_or(event.data, "set", "") == set) {
      results[string_or(event.data, "name", "")] = string_or(event.data, "result", "");
      UNSCOPED_INFO(set << ": " << string_or(event.data, "name", "") << " "
                        << string_or(event.data, "detail", ""));
    }
  }
  return results;
}

std::vector<std::string> every_host(const Topology& topology) {
  std::vector<std::string> names;
  for (const HostSpec& host : topology.hosts) {
    if (host.role != "clients") names.push_back(host.name);
  }
  return names;
}

void repair(Sandbox& sandbox, const Repair& repair) {
  for (const Repair::Step& step : repair.steps) {
    for (const std::string& host : resolve_target(sandbox.topology(), step.target)) {
      for (const std::string& line : step.commands) {
        const ExecResult result = sandbox.host(host).exec({"/bin/sh", "-c", line}, 30s);
        INFO(repair.id << " on " << host << ": " << line << ": " << result.out << result.err);
        CHECK(result.ok());
      }
    }
  }
}

void check_cured(const std::map<std::string, std::string>& results) {
  REQUIRE(results.size() >= 7);
  for (const auto& [name, result] : results) {
    INFO(name);
    CHECK(result == (name == "cause_present" ? "no" : "yes"));
  }
}

// GAMEDAY_SEED=1, 2, … runs the contract with other draws; ten of them are a nightly job.
uint64_t first_seed() {
  const char* given = std::getenv("GAMEDAY_SEED");
  return given ? std::stoull(given) : 1;
}

Scenario scenario_drawn(const Scenario& listed, uint64_t seed) {
  return load_scenario(listed.file,
                       load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml"), seed);
}

}  // namespace

TEST_CASE("every variant keeps the contract of faults and repairs") {
  for (const Scenario& listed : load_catalogue(project_root() / "scenarios")) {
    for (size_t number = 0; number < listed.variants.size(); ++number) {
      // Every variant with another draw of releases, hosts and times.
      const uint64_t seed = first_seed() + number;
      const Scenario scenario = scenario_drawn(listed, seed);
      const Variant& variant = scenario.variants[number];
      const TemporaryFolder folder;
      Bell bell;
      const Topology topology = read_topology(project_root() / "docker-compose.yml", {});
      INFO(scenario.id << " " << variant.id << " seed " << seed);
      Conductor conductor(plan_of(scenario, variant, false), test_settings(scenario), topology,
                          folder.path(), bell, nullptr);
      conductor.start();
      conductor.baseline();
      conductor.break_it();
      REQUIRE_FALSE(conductor.voided());
      CHECK_FALSE(conductor.served());
      restart_services(conductor.sandbox(), every_host(topology));
      CHECK_FALSE(conductor.wait_served(deadline_in(4s)));
      REQUIRE_FALSE(variant.repairs.empty());
      repair(conductor.sandbox(), variant.repairs.front());
      CHECK(conductor.wait_served(deadline_in(15s)));
      conductor.settle();
      conductor.down();
      conductor.finish("finished", "");
      const Journal journal = read_journal(folder.path() / "journal.jsonl");
      check_cured(probes(journal, "mitigation"));
      check_cured(probes(journal, "retrigger"));
      const Event* orders = journal.last(events::kOrders);
      REQUIRE(orders != nullptr);
      CHECK(number_or(orders->data, "lost", -1) == 0);
      CHECK(conductor.sandbox().residue().empty());
    }
  }
}

TEST_CASE("a twin without its fault stays healthy and pages nobody") {
  for (const Scenario& scenario : load_catalogue(project_root() / "scenarios", first_seed())) {
    const TemporaryFolder folder;
    Bell bell;
    INFO(scenario.id);
    Settings settings = test_settings(scenario);
    Conductor conductor(plan_of(scenario, scenario.variants.front(), true), settings,
                        read_topology(project_root() / "docker-compose.yml", {}), folder.path(),
                        bell, nullptr);
    conductor.start();
    conductor.baseline();
    conductor.break_it();
    CHECK_FALSE(bell.wait(deadline_in(6s), [&conductor] { return !conductor.served(); }));
    conductor.settle();
    conductor.down();
    conductor.finish("finished", "");
    const Journal journal = read_journal(folder.path() / "journal.jsonl");
    const auto results = probes(journal, "mitigation");
    CHECK(results.at("users_served") == "yes");
    CHECK(results.at("one_writable_primary") == "yes");
    for (const Event& event : journal.events) {
      if (event.kind != events::kPage) continue;
      CHECK(string_or(event.data, "source", "") == "ticket");
    }
  }
}
