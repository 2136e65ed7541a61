// What can be said of a regular expression of the evidence without a text to search. Pure.
#pragma once

#include <string_view>

namespace gameday {

// False when no line of text can match the expression (ECMAScript, and one that compiles):
// something must stand before its `^` or behind its `$`, or it asks for the end of a line within
// one. True says nothing: only the order of what the expression asks for is looked at, not the
// letters.
bool a_line_can_match(std::string_view pattern);

}  // namespace gameday
