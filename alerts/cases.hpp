// The recorded outages, each with what its document says of it.
#pragma once

#include <filesystem>
#include <vector>

#include "alerts/judge.hpp"

namespace gameday {

// Reads the recordings of a folder and the scenarios that they are of; none where there is no folder.
// Throws Error where a recording names a scenario that the catalogue does not have.
std::vector<AlertCase> load_cases(const std::filesystem::path& recordings,
                                  const std::filesystem::path& scenarios);

}  // namespace gameday
