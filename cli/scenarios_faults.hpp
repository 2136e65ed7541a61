// `gameday scenarios faults`: what scenarios can break or feign, as each fault declares it.
#pragma once

namespace gameday {

// Prints every fault and decoy with its targets, parameters and the words that give it away.
// Returns the exit code, 0.
int list_faults(bool as_json);

}  // namespace gameday
