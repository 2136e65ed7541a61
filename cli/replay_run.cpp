#include "cli/replay_run.hpp"

#include "core/error.hpp"
#include "drill/alert_rules.hpp"
#include "drill/replay.hpp"
#include "journal/folder.hpp"
#include "report/grade.hpp"
#include "report/verdict.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

constexpr size_t kReplayTries = 3;

const Variant& variant_named(const Scenario& scenario, const std::string& id) {
  if (id.empty()) return scenario.variants.front();
  std::string known;
  for (const Variant& variant : scenario.variants) {
    if (variant.id == id) return variant;
    known += (known.empty() ? "" : ", ") + variant.id;
  }
  throw usage_error("replay: " + scenario.id + " has no variant " + id + ": it has " + known);
}

}  // namespace

DrillPlan replay_plan(const CommandLine& line, const ReplayOptions& options) {
  DrillPlan plan;
  plan.scenario = named_scenario(line.root / "scenarios", options.scenario, options.seed);
  plan.variant = variant_named(plan.scenario, options.variant);
  plan.seed = options.seed;
  plan.engine = options.engine;
  plan.alerts = options.alerts.empty() ? plan.scenario.alerts : options.alerts;
  plan.mode = "replay";
  plan.known_beforehand = true;
  make_sandbox(plan.engine);  // throws before anything is written
  return plan;
}

namespace {

FinishedReplay play_once(const CommandLine& line, const ReplayOptions& options,
                         const DrillPlan& plan, Progress& progress, Bell& bell,
                         std::filesystem::path& folder) {
  const Topology topology = project_topology(line);
  Settings settings = project_settings(line);
  add_alert_rules(settings, plan.alerts);
  settings.progress = [&progress](const std::string& text) { progress.step(text); };
  folder = make_drill_folder(options.folder.empty() ? drills_folder()
                                                    : std::filesystem::path(options.folder));
  const UniqueFd held = hold_drill_folder(folder);
  {
    Conductor conductor(plan, settings, topology, folder, bell,
                        [&progress](const Event& event) { progress(event); });
    play_replay(conductor, bell, [&](const Journal& journal) {
      return starved(deviations(plan, journal, options.tolerance_points), journal);
    });
  }
  FinishedReplay finished{plan, read_journal(folder / "journal.jsonl"),
                          grade_folder(folder, line.root / "scenarios"), folder, {}, {}, {}};
  finished.voided = void_of(finished.journal);
  for (Deviation& one : deviations(plan, finished.journal, options.tolerance_points)) {
    finished.deviations.push_back(std::move(one.text));
  }
  return finished;
}

}  // namespace

FinishedReplay run_replay(const CommandLine& line, const ReplayOptions& options,
                          const DrillPlan& plan, Progress& progress, Bell& bell,
                          std::filesystem::path& folder) {
  std::vector<Void> earlier;
  for (;;) {
    FinishedReplay finished = play_once(line, options, plan, progress, bell, folder);
    const bool starved = finished.voided && finished.voided->kind == "machine";
    if (!starved || earlier.size() + 1 == kReplayTries) {
      finished.earlier_tries = std::move(earlier);
      return finished;
    }
    earlier.push_back(*finished.voided);
    progress.step("void, because the machine was too busy: try " +
                  std::to_string(earlier.size() + 1) + " of " + std::to_string(kReplayTries));
  }
}

}  // namespace gameday
