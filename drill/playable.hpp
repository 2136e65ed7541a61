// Whether a scenario that loads can be played on this stack: what its faults and decoys declare,
// and what a replay counts, held against the file. Pure; nothing is started.
#pragma once

#include <string>
#include <vector>

#include "sandbox/topology.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// Throws a usage Error "file:line:column: key: why: what to do" for the first mistake: a target or
// parameter that a fault or decoy does not have, one that is dated before the change that it
// belongs to, evidence from a host that there is not, a host of a command that there is not, and a
// wrong turn that a replay does not count.
void check_playable(const Scenario& scenario, const Topology& topology);

// The same over every draw of a file; an error that only some draws have names the drawn values.
void check_playable(const std::vector<Scenario>& draws, const Topology& topology);

// The same for what one entry does, without its date.
void check_entry(const TimelineEntry& entry, const Topology& topology);

// What a text that names symptoms only must not hold: the words that faults declare.
std::vector<std::string> giveaway_words();

}  // namespace gameday
