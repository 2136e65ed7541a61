// Programs that can print any text whatever, made from what they are given: where one of them runs
// otherwise than to pass on what an honest program printed, nobody can tell what was seen. Pure.
#pragma once

#include <string>
#include <vector>

#include "scorer/commands.hpp"
#include "scorer/programs.hpp"

namespace gameday {

// Why the output may hold any text; empty: each program prints what it knows or passes on.
// `constants`: the SQL selects constants, which a filter could bend.
std::string builds_text(const std::vector<Program>& programs, const TypedCommands& typed,
                        bool constants);

}  // namespace gameday
