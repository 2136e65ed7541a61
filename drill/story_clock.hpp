// Story time is the documented clock, machine time is what really passes. A replay maps one to the
// other piecewise: the order is kept, nobody acts sooner than a person could, and the whole fits
// in half a minute. Figures in machine seconds are never multiplied back into documented minutes.
#pragma once

#include <vector>

#include "scenarios/scenario.hpp"

namespace gameday {

struct PlannedAct {
  const ResponderAct* act = nullptr;
  double at_seconds = 0;  // machine seconds after the verified effect, at the earliest
};

inline constexpr double kReactionSeconds = 3;   // between a signal and an act on it
inline constexpr double kBetweenActsSeconds = 1;

// Places the responders' acts on a stretch of `respond_seconds` that stands for the documented time
// from the fault to the last repair. Acts keep their order; consecutive documented moments are at
// least a second apart; an act that answers a signal (the alert, an escalation) comes at least
// kReactionSeconds after it.
std::vector<PlannedAct> plan_acts(const Scenario& scenario, StoryTime fault_at,
                                  double respond_seconds);

}  // namespace gameday
