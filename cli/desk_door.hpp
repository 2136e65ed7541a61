// The way from any terminal to the desk of the drill that runs on this machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gameday {

// Whether a word of the command line is answered by a running drill, not by this process.
bool is_desk_verb(const std::string& word);

// Finds the one session of this user (or the one that GAMEDAY_SESSION names), hands it the words,
// and returns the exit code. Help needs no session, only the checkout. Throws a usage Error when
// there is none, or more than one.
int call_desk_of_session(const std::vector<std::string>& words,
                         const std::filesystem::path& root);

}  // namespace gameday
