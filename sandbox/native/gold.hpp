// The gold tree: the files every drill starts from, built once per machine and user and then only
// read. Its files belong to the stack's users, so only the pod can make or delete them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday::native {

struct GoldTree {
  UniqueFd tree;  // the folder, for the pod
  UniqueFd use;   // as long as this lock is held nobody deletes the tree
  bool built = false;  // by this call: it took seconds
  std::filesystem::path folder;

  bool has(const std::string& layer) const;
};

// The tree for this project as it is now; builds it when there is none, waiting for another process
// that is just building it. Throws Error; a half-built tree is not left behind.
GoldTree open_gold(const Settings& settings);

// The pod's executable in a build folder; empty: the folder this program is part of. Throws a usage
// Error when it has not been built.
std::filesystem::path pod_executable(const std::filesystem::path& executables);

}  // namespace gameday::native

namespace gameday {

// Deletes the native engine's caches below `cache`; trees that a running stack uses stay. Returns
// what was deleted and what was not, one line each. `executables`: the build folder; empty: the one
// this program is part of. Throws Error.
std::vector<std::string> clean_caches(const std::filesystem::path& cache,
                                      const std::filesystem::path& executables = {});

}  // namespace gameday
