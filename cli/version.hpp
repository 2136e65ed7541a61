// Which Gameday this is. The version stands in CMakeLists.txt; cli/version.cmake writes the rest at
// each build.
#pragma once

namespace gameday {

extern const char* const kVersion;  // "0.1.0"
// The commit that was built, 12 digits, with a + when files differed from it; "unknown" without git.
extern const char* const kCommit;

}  // namespace gameday
