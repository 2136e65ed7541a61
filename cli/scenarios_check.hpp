// `gameday scenarios check FILE`: everything that can be said of a scenario file without starting
// anything, and its contract, which takes real stacks.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace gameday {

// Prints warnings, then the predicted impact beside the documented and the last measured one.
// Throws a usage Error with file, line and column for what is wrong in any draw. With `contract` it
// then tries what the scenario promises on real stacks of `engine`, about half a minute for each
// variant, other repair and the twin. Returns 0, or 1 when the contract is not kept.
int check_scenario_file(const CommandLine& line, const std::string& file, bool contract,
                        const std::string& engine, bool as_json);

}  // namespace gameday
