// One replay from the command line: the plan, the stack, the run, its grade.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "drill/conductor.hpp"
#include "journal/void.hpp"
#include "scenarios/drill_plan.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

struct ReplayOptions {
  std::string scenario;
  std::string variant;
  uint64_t seed = 1;
  std::string engine = "native";
  std::string alerts;  // empty: the scenario's own
  std::string folder;
  double tolerance_points = 5;
  bool all = false;
  int repeat = 1;
  std::string junit;
  bool json = false;
};

struct FinishedReplay {
  DrillPlan plan;
  Journal journal;
  Scorecard card;
  std::filesystem::path folder;
  std::vector<std::string> deviations;
  std::optional<Void> voided;
  std::vector<Void> earlier_tries;  // void because the machine was too busy, so played again
};

// What is played. Throws a usage Error for an unknown scenario, variant or engine.
DrillPlan replay_plan(const CommandLine& line, const ReplayOptions& options);

// Plays and grades it, telling `progress`; the bell ends it. One that is void because the machine
// lacked processor time is played again, three times in all; each leaves its folder. Throws Error
// when a step failed, and Stopped when it was asked to end; the journal is kept and its folder is in
// `folder`.
FinishedReplay run_replay(const CommandLine& line, const ReplayOptions& options,
                          const DrillPlan& plan, Progress& progress, Bell& bell,
                          std::filesystem::path& folder);

// Several replays, their table or documents, and the exit code.
int replay_series(const CommandLine& line, const ReplayOptions& options);

}  // namespace gameday
