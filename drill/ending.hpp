// How every drill ends, whatever its phases ran into.
#pragma once

#include <functional>
#include <string>

#include "drill/conductor.hpp"

namespace gameday {

// Plays the phases, takes the stack down, and writes the end with the reason that `phases` returned;
// before that, when all else is in the journal, `judge` may void the drill. A stop or a failure is
// written as such, and thrown on after the stack is down.
void play_to_the_end(Conductor& conductor, const std::function<std::string()>& phases,
                     const std::function<void()>& judge = nullptr);

}  // namespace gameday
