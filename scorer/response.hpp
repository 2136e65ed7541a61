// How the response was run: when each step was reached, and whether the process was kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// One step of T. Machine seconds from the verified effect; nothing when it was never reached.
struct StepTime {
  std::string step;  // detect, identify, mitigate, resolve
  double weight = 0;
  std::optional<double> seconds;
  double credit = 0;
  int64_t line = 0;  // of the journal, that it was reached at
  double par = 0;    // seconds: the median of the expert runs; 0 while there are too few
};

struct ProcessItem {
  std::string item;  // acknowledged, severity, escalation, updates
  double rating = 0; // 1 performed, .75 with some, .4 with major challenges, 0 unable
  std::string note;
  std::vector<int64_t> lines;  // of the journal
};

struct ResponseGrade {
  double time = 0;     // T, 0 to 1
  bool time_is_provisional = true;  // par is not measured yet: a time of zero stands for it
  size_t expert_runs = 0;           // that are recorded of this scenario
  std::vector<StepTime> steps;
  double process = 0;  // P, 0 to 1
  std::vector<ProcessItem> items;
};

struct Moment {
  double at_seconds = 0;  // on the journal's clock
  int64_t line = 0;
};

// What the other bars found out, that times rest on.
struct Reached {
  std::optional<Moment> identified;  // see identification()
  double mitigation = 0;             // M, what is certain of it
};

// `start` is the verified effect in journal seconds: times run from there. Since catalogue 4 what
// was done after the inject counts, too, and the severity is the one that stands when the first
// update is due.
ResponseGrade grade_response(const Scenario& scenario, const Taxonomy& taxonomy,
                             const Journal& journal, double start, const Reached& reached);

// The moment from which users were served and stayed so, in journal seconds: nothing when they were
// not at the last word.
std::optional<Moment> served_from(const Journal& journal, double start);
std::optional<double> served_at(const Journal& journal, double start);

}  // namespace gameday
