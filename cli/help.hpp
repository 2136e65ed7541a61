// What can be typed, in one line of text; `gameday help` itself is added by add_help.
#pragma once

#include <string>

namespace gameday {

// The names of the desk's verbs, in lines of at most 72 columns that begin with two blanks.
std::string names_of_desk_verbs();

}  // namespace gameday
