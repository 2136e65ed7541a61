// A folder of our own below the temporary folder, removed with everything in it at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/error.hpp"

namespace gameday {

class ScratchFolder {
 public:
  // Throws a machine Error when it cannot be made.
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gameday-alerts-XXXXXX").string();
    if (!::mkdtemp(name.data())) {
      throw_errno("alerts: cannot make a folder in the temporary folder", ErrorKind::kMachine);
    }
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gameday
