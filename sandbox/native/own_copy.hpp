// For executables that enter hosts.
#pragma once

namespace gameday::native {

// Runs on from a sealed copy of this executable in memory, called `name`. A process that is about to
// become a program in a host can be made to execute this file again (a script whose interpreter is
// /proc/self/exe), and whoever then opens it for writing must not find a file of the user's.
// Returns in the copy; to be called first. Throws Error.
void leave_own_file(const char* name, char** argv);

}  // namespace gameday::native
