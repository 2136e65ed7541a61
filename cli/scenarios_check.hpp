// `gameday scenarios check FILE`: everything that can be said of a scenario file without starting
// anything.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace gameday {

// Prints warnings, then the predicted impact beside the documented and the last measured one.
// Throws a usage Error with file, line and column for what is wrong in any draw. Returns 0.
int check_scenario_file(const CommandLine& line, const std::string& file, bool as_json);

}  // namespace gameday
