#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "core/error.hpp"
#include "drill/folder.hpp"
#include "drill/grade.hpp"
#include "drill/replay.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/report.hpp"

namespace gameday {

namespace {

struct Options {
  std::string scenario;
  std::string variant;
  uint64_t seed = 1;
  std::string engine = "native";
  std::string alerts = "documented";
  std::string folder;
  double tolerance_points = 5;
  bool json = false;
};

const Variant& variant_named(const Scenario& scenario, const std::string& id) {
  if (id.empty()) return scenario.variants.front();
  std::string known;
  for (const Variant& variant : scenario.variants) {
    if (variant.id == id) return variant;
    known += (known.empty() ? "" : ", ") + variant.id;
  }
  throw usage_error("replay: " + scenario.id + " has no variant " + id + ": it has " + known);
}

// The figures people compare, then how it went.
void print_outcome(const DrillPlan& plan, const Journal& journal, const Scorecard& card,
                   const std::filesystem::path& folder, const std::string& why) {
  const bool color = use_color(STDOUT_FILENO);
  std::cout << "\n" << comparison_table(plan.scenario, journal);
  std::cout << "\n" << scorecard_text(plan.scenario, card, color);
  std::cout << "\nrecord: " << folder.string() << "\n";
  if (!why.empty()) std::cout << "not as documented: " << why << "\n";
}

int replay(const CommandLine& line, const Options& options) {
  DrillPlan plan;
  plan.scenario = find_scenario(load_catalogue(line.root / "scenarios", options.seed),
                                options.scenario);
  plan.variant = variant_named(plan.scenario, options.variant);
  plan.seed = options.seed;
  plan.engine = options.engine;
  plan.alerts = options.alerts;
  plan.mode = "replay";
  plan.known_beforehand = true;
  make_sandbox(plan.engine);  // throws before anything is written
  const Topology topology = project_topology(line);
  Settings settings = project_settings(line);
  add_alert_rules(settings, options.alerts);
  Progress progress(options.json && !stderr_is_terminal());
  settings.progress = [&progress](const std::string& text) { progress.step(text); };

  const auto folder =
      make_drill_folder(options.folder.empty() ? drills_folder() : std::filesystem::path(options.folder));
  Bell bell;
  const StopOnSignal signals(bell);
  try {
    Conductor conductor(plan, settings, topology, folder, bell,
                        [&progress](const Event& event) { progress(event); });
    play_replay(conductor, bell);
  } catch (const Stopped& stopped) {
    throw Error("replay: stopped: " + stopped.reason + ": the journal is in " + folder.string());
  }
  const Journal journal = read_journal(folder / "journal.jsonl");
  const Scorecard card = grade_folder(folder, line.root / "scenarios");
  std::string why;
  const bool passed = replay_passed(plan, journal, options.tolerance_points, why);
  if (options.json) {
    std::cout << pretty(replay_document(plan, journal, to_json(card)));
  } else {
    print_outcome(plan, journal, card, folder, why);
  }
  if (!passed) std::cerr << "gameday: replay: " << why << "\n";
  return passed ? 0 : 1;
}

}  // namespace

void add_replay(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "replay", "Play a documented outage with its documented responders, and compare");
  command->add_option("scenario", options->scenario, "Its id; see gameday scenarios --spoilers")
      ->required();
  command->add_option("--seed", options->seed, "Deals users and their visits")->capture_default_str();
  command->add_option("--variant", options->variant, "Another mechanism with the same symptom");
  command->add_option("--engine", options->engine, "native")->capture_default_str();
  command->add_option("--alerts", options->alerts, "Rule set: documented, improved, or a folder")
      ->capture_default_str();
  command->add_option("--folder", options->folder, "Keep the record below this folder");
  command->add_option("--tolerance", options->tolerance_points,
                      "Points that measured may differ from documented")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on standard output");
  command->footer("example: gameday replay read-only-primary --seed 3 --json");
  command->callback([&line, options] { line.exit_code = replay(line, *options); });
}

}  // namespace gameday
