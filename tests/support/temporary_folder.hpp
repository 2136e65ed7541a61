// Where a test writes.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace gameday::testing {

// An empty folder that goes with the object, with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;  // throws std::runtime_error where none can be made
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path path = make();

 private:
  static std::filesystem::path make() {
    std::string name = (std::filesystem::temp_directory_path() / "gameday-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder can be made");
    return name;
  }
};

}  // namespace gameday::testing
