// A replay as a document for programs.
#pragma once

#include <string>

#include "journal/journal.hpp"
#include "scenarios/drill_plan.hpp"

namespace gameday {

// The document of `gameday replay --json`, from the journal alone. `plan_hash` is
// the one of its plan.
json::object replay_document(const DrillPlan& plan, const std::string& plan_hash,
                             const Journal& journal, const json::object& score);

}  // namespace gameday
