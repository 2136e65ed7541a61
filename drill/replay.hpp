// A drill whose responders are scripted from the documented timeline, wrong turns included, and its
// outcome as one JSON document.
#pragma once

#include "drill/conductor.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

// Plays the whole drill. What differs from the document by more than `tolerance_points` because the
// machine lacked processor time voids it. Returns normally when it ran to its end, also when it was voided; throws
// Error when a step failed (the stack is gone then, the journal kept). After a stop the journal
// ends with reason "interrupted" and Stopped is thrown on.
void play_replay(Conductor& conductor, Bell& bell, double tolerance_points);

// The document of `gameday replay --json`, from the journal alone.
json::object replay_document(const DrillPlan& plan, const Journal& journal,
                             const json::object& score);

}  // namespace gameday
