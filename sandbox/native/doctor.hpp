// What this machine can do, each ability tried for real rather than guessed from versions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gameday {

struct Ability {
  std::string name;
  bool ok = false;
  bool required = true;         // of the native engine: without it there is no drill
  std::string detail;           // what was seen when it is lacking
  std::string cost_of_lacking;  // what does not work without it
  std::string remedy;
};

// Tries everything, in namespaces of its own; leaves nothing behind. Takes up to a few seconds.
// `executables`: the build folder (Settings.executables); empty: the one this program is part of.
std::vector<Ability> probe_machine(const std::filesystem::path& executables = {});

}  // namespace gameday
