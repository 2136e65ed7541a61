// Everything a drill leaves is one folder. Its name and its manifest say nothing of the scenario
// until the drill has ended.
#pragma once

#include <filesystem>
#include <string>

#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday {

// $XDG_DATA_HOME/gameday/drills, or ~/.local/share/gameday/drills. Throws a machine Error without
// HOME.
std::filesystem::path drills_folder();
// $XDG_CACHE_HOME/gameday, or ~/.cache/gameday.
std::filesystem::path cache_folder();

// A new, empty folder named by date and a random part, with recordings/ in it. Throws a machine
// Error when it cannot be made.
std::filesystem::path make_drill_folder(const std::filesystem::path& below);

// The folder that a person named: a path, the last part of one, or "last" (last_drill_folder).
// Throws a usage Error.
std::filesystem::path find_drill_folder(const std::string& name);
// The drill that GAMEDAY_SESSION names, else the last one that this user finished and that was
// graded: neither one that still runs, nor a record of another user. Throws a usage Error when there
// is none.
std::filesystem::path last_drill_folder();
// For whoever waits: the drill that GAMEDAY_SESSION names, else the one that this user plays now,
// else the last. Throws a usage Error when several run, or there is none.
std::filesystem::path running_or_last_drill_folder();
// This user's newest record, whatever became of it. Empty when there is none.
std::filesystem::path newest_drill_folder();

// Held by whoever plays the drill, until it is graded; the kernel lets go when its process ends.
// Throws a machine Error.
UniqueFd hold_drill_folder(const std::filesystem::path& folder);
bool is_held(const std::filesystem::path& folder);
// Returns when nobody holds it. Throws Error.
void wait_until_free(const std::filesystem::path& folder);

// The same; false when the deadline passed first.
bool wait_until_free(const std::filesystem::path& folder, Deadline deadline);

}  // namespace gameday
