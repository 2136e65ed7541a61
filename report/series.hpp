// Several replays beside each other: documented and measured, with their spread and a verdict. Pure:
// texts and documents from finished runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "journal/void.hpp"
#include "report/verdict.hpp"

namespace gameday {

struct ReplayRun {
  std::string scenario;
  uint64_t seed = 1;
  double seconds = 0;                   // from its start to the end of its grading
  std::vector<Figure> figures;          // empty when it could not be played to its end
  std::vector<std::string> deviations;  // empty: as documented
  std::optional<Void> voided;           // of the last try
  std::vector<Void> earlier_tries;      // void of kind machine, and played again
  json::object document;                // of `replay --json`
  std::filesystem::path folder;
  json::object page;                    // an entry of report/series_page; empty as figures
};

struct ReplaySeries {
  double tolerance_points = 5;
  std::vector<ReplayRun> runs;  // those of one scenario stand together
  std::string stopped;          // why not all were played; empty: all were
};

struct Spread {
  double min = 0, median = 0, max = 0;
};
// Of at least one value. The median of an even number is the mean of the middle two.
Spread spread_of(std::vector<double> values);

// Whether something was played, nothing deviates and nothing was left out.
bool passed(const ReplaySeries& series);

// 0: all as documented. 1: something deviates, or is void for another reason than the machine.
// 3: else, and this machine lacked processor time in every try of some run.
int exit_code(const std::vector<std::string>& deviations, const std::optional<Void>& voided);
int exit_code(const ReplaySeries& series);

// [{"void"}] of every try of a replay, the last one too.
json::array tries_to_json(const std::vector<Void>& earlier, const std::optional<Void>& last);

// One row for each documented figure of each scenario: documented, measured, deviation, verdict;
// then assumptions, and what deviates.
std::string series_table(const ReplaySeries& series);
// The document of `replay --all --json`.
json::object series_document(const ReplaySeries& series);
// A JUnit file: a suite for each scenario, a case for each run.
std::string series_junit(const ReplaySeries& series);

}  // namespace gameday
