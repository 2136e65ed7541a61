// What earlier replays of a scenario measured, from the drill folders that they left.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gameday {

struct Measured {
  std::filesystem::path folder;
  double percent = 0;
};

// A figure of the outage interval (users_affected_percent, …) in the newest finished replay of a
// variant below `drills`, voided ones and twins left out. Nothing when there is none; folders that
// cannot be read are passed over.
std::optional<Measured> last_measured(const std::filesystem::path& drills,
                                      const std::string& scenario, const std::string& variant,
                                      const std::string& figure);

}  // namespace gameday
