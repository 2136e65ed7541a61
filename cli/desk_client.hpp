// The desk's thin client: sends the words it was given and does what the desk says: prints, asks,
// relays the terminal, exits. It knows no verb.
#pragma once

#include <string>
#include <vector>

#include "core/fd.hpp"

namespace gameday {

// One call over a connection to the desk; returns the exit code. Uses the process's standard
// streams. A file named after --file is read here and goes along ("-": standard input). Throws
// Error when the desk hangs up in the middle, and a usage Error when the file cannot be read.
int call_desk(UniqueFd connection, const std::vector<std::string>& words);

}  // namespace gameday
