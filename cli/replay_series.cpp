#include <chrono>
#include <iostream>

#include "cli/replay_run.hpp"
#include "cli/signals.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "drill/conductor.hpp"
#include "drill/replay.hpp"
#include "journal/folder.hpp"
#include "report/replay_document.hpp"
#include "report/series.hpp"
#include "report/series_page.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

// What ended a run from outside, and with it the series; a run that breaks by itself does not.
bool is_signal(const std::string& reason) {
  return reason == "interrupted" || reason == "terminated";
}

std::vector<std::string> scenarios_of(const CommandLine& line, const ReplayOptions& options) {
  if (!options.all) return {options.scenario};
  std::vector<std::string> ids;
  for (const Scenario& scenario : load_catalogue(line.root / "scenarios")) {
    ids.push_back(scenario.id);
  }
  return ids;
}

json::object page_entry(const FinishedReplay& finished, const ReplayRun& run) {
  json::array figures;
  for (const Figure& figure : run.figures) {
    figures.push_back(json::object{{"name", figure.name},
                                   {"documented", figure.documented},
                                   {"at_most", figure.at_most},
                                   {"measured", figure.measured ? json::value(*figure.measured)
                                                                : json::value(nullptr)}});
  }
  const std::string verdict = run.voided               ? "void: " + run.voided->why
                              : run.deviations.empty() ? "as documented"
                                                       : run.deviations.front();
  return series_entry({finished.plan.scenario, finished.plan.variant, finished.journal,
                       finished.card, {}},
                      figures, verdict, run.folder.filename().string());
}

// All of them on one page, beside their records.
std::filesystem::path write_page(const CommandLine& line, const ReplaySeries& series) {
  json::array entries;
  std::filesystem::path beside;
  for (const ReplayRun& run : series.runs) {
    if (run.page.empty()) continue;
    entries.push_back(run.page);
    beside = run.folder.parent_path();
  }
  if (entries.empty()) return {};
  const auto file = beside / "replays.html";
  write_file(file, series_page(entries, PageFiles(line.root / "web")));
  return file;
}

// Plays one run into `run`. Returns why the whole series must end, or nothing.
std::string play(const CommandLine& line, const ReplayOptions& options, Progress& progress,
                 Bell& bell, ReplayRun& run) {
  try {
    const DrillPlan plan = replay_plan(line, options);
    const FinishedReplay finished = run_replay(line, options, plan, progress, bell, run.folder);
    run.figures = figures_of(plan, finished.journal);
    run.deviations = finished.deviations;
    run.voided = finished.voided;
    run.earlier_tries = finished.earlier_tries;
    run.document = replay_document(plan, plan_hash(plan), finished.journal, to_json(finished.card));
    run.page = page_entry(finished, run);
  } catch (const Stopped& stopped) {
    run.deviations = {"stopped: " + stopped.reason};
    if (is_signal(stopped.reason)) return stopped.reason;
  } catch (const Error& error) {
    // Wrong usage and a machine that cannot do it are the same for every other run.
    if (error.kind() != ErrorKind::kFailed) throw;
    run.deviations = {error.what()};
  }
  return "";
}

// "2 of 15  pool-exhausted-surge, seed 1: "
std::string run_name(const ReplayRun& run, size_t number, size_t of) {
  return std::to_string(number) + " of " + std::to_string(of) + "  " + run.scenario + ", seed " +
         std::to_string(run.seed) + ": ";
}

std::string result_text(const ReplayRun& run) {
  return (run.deviations.empty() ? "as documented" : run.deviations.front()) + " (" +
         text::fixed(run.seconds, 0) + " s)";
}

// A series of minutes shows where it is: a line that changes on a terminal, and elsewhere one when a
// run begins; then its result, in both.
void play_and_tell(const CommandLine& line, const ReplayOptions& options, size_t of,
                   ReplaySeries& series) {
  ReplayRun run;
  run.scenario = options.scenario;
  run.seed = options.seed;
  const std::string name = run_name(run, series.runs.size() + 1, of);
  if (!stderr_is_terminal()) std::cerr << name << "begins\n";
  const auto started = std::chrono::steady_clock::now();
  {
    Progress progress(stderr_is_terminal() ? Telling::kLiveLine : Telling::kNothing, name);
    // Its own bell, so that a run whose stack broke does not end the next one.
    Bell bell;
    const StopOnSignal signals(bell);
    series.stopped = play(line, options, progress, bell, run);
    // While it was graded.
    if (series.stopped.empty() && bell.stopped() && is_signal(*bell.stopped())) {
      series.stopped = *bell.stopped();
    }
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  // What was interrupted was not played: it neither passes nor deviates.
  if (!series.stopped.empty()) return;
  std::cerr << name << result_text(run) << "\n";
  series.runs.push_back(std::move(run));
}

}  // namespace

int replay_series(const CommandLine& line, const ReplayOptions& options) {
  if (!options.junit.empty()) check_can_write(options.junit);
  const std::vector<std::string> scenarios = scenarios_of(line, options);
  const size_t all = scenarios.size() * static_cast<size_t>(options.repeat);
  ReplaySeries series;
  series.tolerance_points = options.tolerance_points;
  for (const std::string& scenario : scenarios) {
    for (int i = 0; i < options.repeat && series.stopped.empty(); ++i) {
      ReplayOptions one = options;
      one.scenario = scenario;
      one.seed = options.seed + static_cast<uint64_t>(i);
      play_and_tell(line, one, all, series);
    }
  }
  if (options.json) {
    std::cout << pretty(series_document(series));
  } else {
    std::cout << "\n" << series_table(series);
  }
  if (!options.junit.empty()) write_file(options.junit, series_junit(series));
  const auto page = write_page(line, series);
  if (!options.json && !page.empty()) std::cout << "\nreport: " << page.string() << "\n";
  return exit_code(series);
}

}  // namespace gameday
