// Takes what a command itself said out of its output: what is left the programs printed. Pure.
#pragma once

#include <string>
#include <vector>

#include "scorer/programs.hpp"

namespace gameday {

// `spoken`: texts that the shell printed, as lines. `said`: texts that may be a part of a line.
// `typed` is the line, `statement` what was typed into a client's prompt.
std::string without_own_words(const std::string& output, std::vector<std::string> spoken,
                              std::vector<std::string> said, const std::vector<Program>& programs,
                              const std::string& typed, const std::string& statement);

}  // namespace gameday
