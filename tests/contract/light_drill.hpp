// A drill with few users: about causes, repairs and what is seen of them, not about figures.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>

#include "core/events.hpp"
#include "drill/conductor.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/program.hpp"

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

// GAMEDAY_SCENARIO=ID plays only that one, for its author.
inline std::vector<Scenario> scenarios_to_play(uint64_t seed = 1) {
  std::vector<Scenario> played = load_catalogue(project_root() / "scenarios", seed);
  if (const char* only = std::getenv("GAMEDAY_SCENARIO")) {
    std::erase_if(played, [only](const Scenario& scenario) { return scenario.id != only; });
    REQUIRE_FALSE(played.empty());
  }
  return played;
}

// A few users, but all of them where a limit is reached: there the load is a part of the cause.
inline int light_users(const Scenario& scenario, const Variant& variant) {
  const auto equal = variant.truth.equivalents.find("class");
  const bool saturation = variant.truth.cls == "saturation" ||
                          (equal != variant.truth.equivalents.end() &&
                           std::count(equal->second.begin(), equal->second.end(), "saturation"));
  return saturation ? scenario.load.users : 200;
}

inline DrillPlan light_plan(const Scenario& scenario, const Variant& variant, bool twin = false) {
  DrillPlan plan;
  plan.scenario = scenario;
  plan.scenario.load.users = light_users(scenario, variant);
  plan.variant = twin ? no_fault_twin(variant) : variant;
  plan.twin = twin;
  plan.mode = "live";
  plan.baseline_seconds = 2;
  plan.hold_seconds = 3;
  return plan;
}

// The drill, its folder and its bell, up to the moment when somebody should do something.
struct LightDrill {
  const TemporaryFolder folder;
  Bell bell;
  Conductor conductor;

  LightDrill(const Scenario& scenario, const Variant& variant, bool twin = false)
      : conductor(light_plan(scenario, variant, twin), light_settings(),
                  read_topology(project_root() / "docker-compose.yml", {}), folder.path(), bell,
                  nullptr) {
    conductor.start();
    conductor.baseline();
  }

  void carry_out(const Repair& repair) {
    for (const Repair::Step& step : repair.steps) {
      for (const std::string& host : resolve_target(conductor.sandbox().topology(), step.target)) {
        for (const std::string& line : step.commands) {
          const ExecResult result =
              conductor.sandbox().host(host).exec({"/bin/sh", "-c", line}, 30s);
          INFO(repair.id << " on " << host << ": " << line << ": " << result.out << result.err);
          CHECK(result.ok());
        }
      }
    }
  }

  // Probes what holds, takes the stack down, and gives what was written.
  Journal finish() {
    conductor.settle();
    conductor.down();
    conductor.finish("finished", "");
    return read_journal(folder.path() / "journal.jsonl");
  }
};

// What failed is told with what every probe said.
inline void tell_probes(const Journal& journal) {
  for (const Event& event : journal.events) {
    if (event.kind != events::kProbe) continue;
    UNSCOPED_INFO(string_or(event.data, "set", "")
                  << " " << string_or(event.data, "name", "") << " "
                  << string_or(event.data, "result", "") << " "
                  << string_or(event.data, "detail", ""));
  }
}

}  // namespace gameday::testing
