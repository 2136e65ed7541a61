// What one drill is made of.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/scenario.hpp"

namespace gameday {

struct DrillPlan {
  Scenario scenario;
  Variant variant;
  uint64_t seed = 1;
  bool twin = false;              // the same, but no fault
  bool known_beforehand = false;  // the trainee named the scenario
  bool tutor = false;             // every answer is told right or wrong
  // The seed draws what comes first, an alert or a ticket, for faults and twins alike. Otherwise
  // alerts page as they fire, and a twin is opened by its ticket at once.
  bool draws_opening = false;
  std::string mode;  // replay, live
  std::string engine = "native";
  std::string alerts = "documented";  // a set of sandbox/stack/alerts, or a folder
  double baseline_seconds = 5;
  double respond_seconds = 14;     // replay: from the verified effect to the repair
  double hold_seconds = 4;         // a repair must hold this long
  double time_box_seconds = 1800;  // live
};

}  // namespace gameday
