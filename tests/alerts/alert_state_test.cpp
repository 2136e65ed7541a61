#include "alerts/alert_state.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

// One evaluation a minute: '#' the condition holds, '.' it does not, 'x' the evaluation fails.
struct Row {
  std::string told;
  std::string steps;
  double for_seconds, keep_seconds;
  std::string expected;  // "fired-resolved" in minutes, "-" without an end; "p3" pending for 3
};

Evaluations evaluations_of(const std::string& steps) {
  Evaluations evaluations;
  evaluations.interval_ms = 60'000;
  EvaluatedSeries series;
  for (const char step : steps) {
    evaluations.failed.push_back(step == 'x');
    series.present.push_back(step == '#');
  }
  evaluations.series = {series};
  return evaluations;
}

std::string text_of(const AlertHistory& history) {
  std::string text;
  for (const Firing& one : history.firings) {
    text += std::to_string(one.fired_ms / 60'000) + "-" +
            (one.resolved_ms ? std::to_string(*one.resolved_ms / 60'000) : "") + " ";
  }
  for (const Pending& one : history.pendings) {
    text += "p" + std::to_string((one.until_ms - one.from_ms) / 60'000) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("an alert is pending, fires and is resolved when Prometheus' would be") {
  const std::vector<Row> rows = {
      {"without a `for` it fires at once", ".###..", 0, 0, "1-4 "},
      {"`for` counts from the first evaluation", ".#####.", 120, 0, "3-6 "},
      {"`for` is rounded up to an evaluation", ".#####.", 61, 0, "3-6 "},
      {"what ends before is only pending", "..##...", 120, 0, "p1 "},
      {"`for` begins anew after a gap", "##.####", 120, 0, "5- p1 "},
      {"it still fires at the end", "...#", 0, 0, "3- "},
      {"it flaps", "#.#.#", 0, 0, "0-1 2-3 4- "},
      {"keep_firing_for counts from the first evaluation without it", "##.....", 0, 180, "0-5 "},
      {"and is over when the condition comes back", "#..#...", 0, 180, "0- "},
      {"a failed evaluation leaves a firing alert alone", "##xx##.", 0, 0, "0-6 "},
      {"and a pending one", "#xx#..", 180, 0, "3-4 "},
      {"and one that does not fire", "xxx...", 0, 0, ""},
  };
  for (const Row& row : rows) {
    INFO(row.told);
    CHECK(text_of(follow_alert(evaluations_of(row.steps), row.for_seconds, row.keep_seconds)) ==
          row.expected);
  }
}
