// Whether a replay came out as documented, from its journal alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "journal/void.hpp"
#include "scenarios/drill_plan.hpp"

namespace gameday {

// One documented figure beside the measured one.
struct Figure {
  std::string name;  // users_affected_percent, goodput_lost_percent, outage_success_percent
  double documented = 0;
  bool at_most = false;  // documented is an upper bound, not a value to meet
  std::optional<double> measured;
};

// Every figure that the document gives; none for a twin.
std::vector<Figure> figures_of(const DrillPlan& plan, const Journal& journal);

// The share of requests, in percent, that were answered with success in the whole seconds between
// the verified effect and the begin of the first repair, slow ones included. Nothing when no whole
// second lies there. The outage interval itself ends only when users are served again and stay so.
std::optional<double> outage_success_percent(const Journal& journal);

// Machine seconds at which users were served well for three seconds on end although nobody had
// repaired anything yet: a wrong turn helped, or the fault was none. Nothing when they never were.
std::optional<double> served_before_repair(const Journal& journal);

// One thing that differs from the document.
struct Deviation {
  std::string text;  // one line
  // The part of the replay (`during` of the event `machine`) in which a machine without processor
  // time could have made it: it makes answers slow and late, but no write succeeds or fails by it.
  // Empty: no lack explains it.
  std::string lack_during = "";
};

// What differs from the document; empty when all is as documented: nothing void, figures within
// `tolerance_points`, an alert where the document has one, no relief before the repair, no order
// lost, nothing left behind, and the cure outlives a restart.
std::vector<Deviation> deviations(const DrillPlan& plan, const Journal& journal,
                                  double tolerance_points);

// The replay is void of kind `machine` when something differs, and all of it was measured while the
// machine lacked processor time, which could have made it. Otherwise nullopt.
std::optional<Void> starved(const std::vector<Deviation>& deviations, const Journal& journal);

// Whether the machine lacked processor time while something of this drill was measured.
bool machine_lacked(const Journal& journal);

// The exit code of a command whose drill is void of that kind: 3 where the machine was too busy, 1
// for any other, 0 for none.
int exit_code_of_void(const std::string& kind);

}  // namespace gameday
