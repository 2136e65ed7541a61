#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/replay_run.hpp"
#include "cli/signals.hpp"
#include "cli/validators.hpp"
#include "core/error.hpp"
#include "drill/conductor.hpp"
#include "drill/replay.hpp"
#include "report/replay_document.hpp"
#include "report/report.hpp"
#include "report/series.hpp"

namespace gameday {

namespace {

// The figures people compare, then how it went.
void print_outcome(const FinishedReplay& replay) {
  const bool color = use_color(STDOUT_FILENO);
  std::cout << "\n" << comparison_table(replay.plan.scenario, replay.journal);
  std::cout << "\n" << scorecard_text(replay.plan.scenario, replay.card, color);
  std::cout << "\nrecord: " << replay.folder.string() << "\nreport: "
            << (replay.folder / "report.html").string() << "\n";
  const char* label = replay.voided ? "" : "not as documented: ";
  for (const std::string& why : replay.deviations) std::cout << label << why << "\n";
}

int replay_one(const CommandLine& line, const ReplayOptions& options) {
  const DrillPlan plan = replay_plan(line, options);
  std::filesystem::path folder;
  Progress progress(options.json && !stderr_is_terminal() ? Telling::kNothing : Telling::kLines);
  Bell bell;
  const StopOnSignal signals(bell);
  try {
    const FinishedReplay replay = run_replay(line, options, plan, progress, bell, folder);
    if (options.json) {
      json::object document =
          replay_document(plan, plan_hash(plan), replay.journal, to_json(replay.card));
      document["tries"] = tries_to_json(replay.earlier_tries, replay.voided);
      std::cout << pretty(document);
    } else {
      print_outcome(replay);
    }
    for (const std::string& why : replay.deviations) {
      std::cerr << "gameday: replay: " << why << "\n";
    }
    return exit_code(replay.deviations, replay.voided);
  } catch (const Stopped& stopped) {
    throw Error("replay: stopped: " + stopped.reason + ": the journal is in " + folder.string());
  }
}

int replay(const CommandLine& line, const ReplayOptions& options) {
  if (options.all != options.scenario.empty()) {
    throw usage_error("replay: name one scenario, or --all");
  }
  if (options.all && !options.variant.empty()) {
    throw usage_error("replay: --variant: it is one scenario's: name the scenario");
  }
  const bool several = options.all || options.repeat > 1 || !options.junit.empty();
  return several ? replay_series(line, options) : replay_one(line, options);
}

}  // namespace

void add_replay(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = app.add_subcommand(
      "replay", "Play documented outages with their documented responders, and compare");
  command->add_option("scenario", options->scenario,
                      "Its id (see gameday scenarios --spoilers), or a file of your own");
  command->add_flag("--all", options->all, "Every scenario of the catalogue, in one table");
  command->add_option("--repeat", options->repeat, "Times, with seeds that count up; gives a spread")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Deals users and visits, draws releases and times")
      ->check(check_whole_number)
      ->capture_default_str();
  command->add_option("--variant", options->variant, "Another mechanism with the same symptom");
  command->add_option("--engine", options->engine, "native or compose")->capture_default_str();
  command->add_option("--alerts", options->alerts, "Rule set: documented, improved, or a folder;\n"
                                                 "without it the scenario's own");
  command->add_option("--folder", options->folder, "Keep the records below this folder");
  command->add_option("--tolerance", options->tolerance_points,
                      "Points that measured may differ from documented")
      ->check(number_between(0, 100))
      ->capture_default_str();
  command->add_option("--junit", options->junit, "Also write the results to this JUnit file")
      ->check(check_not_empty);
  command->add_flag("--json", options->json, "One JSON document on standard output");
  command->footer("examples: gameday replay read-only-primary --seed 3 --json\n"
                  "          gameday replay --all --repeat 3 --junit replays.xml");
  command->callback([&line, options] { line.exit_code = replay(line, *options); });
}

}  // namespace gameday
