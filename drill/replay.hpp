// A drill whose responders are scripted from the documented timeline, wrong turns included.
#pragma once

#include <functional>
#include <optional>

#include "drill/conductor.hpp"
#include "journal/journal.hpp"
#include "journal/void.hpp"

namespace gameday {

// Why a replay that came to its end is void, judged by its journal; nullopt when it is not.
using ReplayJudge = std::function<std::optional<Void>(const Journal& journal)>;

// Plays the whole drill. Returns normally when it ran to its end, also when it was voided; throws
// Error when a step failed (the stack is gone then, the journal kept). After a stop the journal
// ends with reason "interrupted" and Stopped is thrown on.
void play_replay(Conductor& conductor, Bell& bell, const ReplayJudge& judge);

}  // namespace gameday
