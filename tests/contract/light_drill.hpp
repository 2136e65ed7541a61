// Drills with few users: about causes, repairs and what is seen of them, not about figures.
#pragma once

#include <catch2/catch.hpp>

#include "drill/contract.hpp"
#include "journal/events.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gameday::testing {

using namespace std::chrono_literals;

inline Settings light_settings() {
  Settings settings;
  settings.root = project_root();
  settings.executables = build_folder();
  const char* home = std::getenv("HOME");
  settings.cache = std::filesystem::path(home ? home : "/tmp") / ".cache" / "gameday";
  return settings;
}

inline Topology light_topology() {
  return read_topology(project_root() / "docker-compose.yml", {});
}

// GAMEDAY_SCENARIO=ID plays only that one, for its author.
inline std::vector<Scenario> scenarios_to_play(uint64_t seed = 1) {
  std::vector<Scenario> played = load_catalogue(project_root() / "scenarios", seed);
  if (const char* only = std::getenv("GAMEDAY_SCENARIO")) {
    std::erase_if(played, [only](const Scenario& scenario) { return scenario.id != only; });
    REQUIRE_FALSE(played.empty());
  }
  return played;
}

inline DrillPlan plan_under_test(const Scenario& scenario, const Variant& variant) {
  DrillPlan plan = light_plan(scenario, variant);
  plan.engine = engine_under_test();
  return plan;
}

// The drill, its folder and its bell, up to the moment before something breaks.
struct LightDrill {
  const TemporaryFolder folder;
  Bell bell;
  Conductor conductor;

  LightDrill(const Scenario& scenario, const Variant& variant)
      : conductor(plan_under_test(scenario, variant), light_settings(), light_topology(),
                  folder.path, bell, nullptr) {
    conductor.start();
    conductor.baseline();
  }
};

// A drill of its own for one check of the contract; what failed is told with what every probe said.
inline void nothing_broken(
    const std::function<std::vector<std::string>(const ContractSetup&)>& check) {
  const TemporaryFolder folder;
  Bell bell;
  const auto broken =
      check(ContractSetup{light_settings(), light_topology(), folder.path, bell,
                          engine_under_test()});
  if (broken.empty()) return;
  for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
    const auto word = [&event](const char* key) { return string_or(event.data, key, ""); };
    if (event.kind == events::kServed) UNSCOPED_INFO(json::serialize(event.data));
    if (event.kind != events::kProbe) continue;
    UNSCOPED_INFO(word("set") << " " << word("name") << " " << word("result") << " "
                              << word("detail"));
  }
  for (const std::string& why : broken) FAIL_CHECK(why);
}

}  // namespace gameday::testing
