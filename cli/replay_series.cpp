#include <chrono>
#include <iostream>

#include "cli/progress.hpp"
#include "cli/replay_run.hpp"
#include "core/error.hpp"
#include "drill/folder.hpp"
#include "drill/replay.hpp"
#include "drill/series.hpp"
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

// Plays one run into `run`. Returns why the whole series must end, or nothing.
std::string play(const CommandLine& line, const ReplayOptions& options, ReplayRun& run) {
  try {
    const DrillPlan plan = replay_plan(line, options);
    const FinishedReplay finished = run_replay(line, options, plan, true, run.folder);
    run.figures = figures_of(plan, finished.journal);
    run.deviations = finished.deviations;
    run.document = replay_document(plan, finished.journal, to_json(finished.card));
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

std::string result_line(const ReplayRun& run, size_t number, size_t of) {
  char text[120];
  std::snprintf(text, sizeof text, "%zu of %zu  %s, seed %llu: ", number, of, run.scenario.c_str(),
                static_cast<unsigned long long>(run.seed));
  std::string line = text;
  line += run.deviations.empty() ? "as documented" : run.deviations.front();
  std::snprintf(text, sizeof text, " (%.0f s)", run.seconds);
  return line + text;
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
      ReplayRun run;
      run.scenario = scenario;
      run.seed = one.seed;
      const auto started = std::chrono::steady_clock::now();
      series.stopped = play(line, one, run);
      run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      // What was interrupted was not played: it neither passes nor deviates.
      if (!series.stopped.empty()) break;
      series.runs.push_back(std::move(run));
      if (!options.json || stderr_is_terminal()) {
        std::cerr << result_line(series.runs.back(), series.runs.size(), all) << "\n";
      }
    }
  }
  if (options.json) {
    std::cout << pretty(series_document(series));
  } else {
    std::cout << "\n" << series_table(series);
  }
  if (!options.junit.empty()) write_document(options.junit, series_junit(series));
  return passed(series) ? 0 : 1;
}

}  // namespace gameday
