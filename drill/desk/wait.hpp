// Waiting at the desk, so that programs and people need not ask again and again.
#pragma once

#include <functional>

#include "drill/desk/verbs.hpp"

namespace gameday {

// Waits until `condition` holds of what was said so far. False: `seconds` passed first. Throws
// Error when the desk closes, or when the caller has gone.
bool wait_for(DeskTurn& turn, double seconds,
              const std::function<bool(const DeskState&)>& condition);

// The verb `wait`. What is graded outlives the desk: only a caller outside can wait for that.
DeskAnswer wait_verb(DeskTurn& turn);

}  // namespace gameday
