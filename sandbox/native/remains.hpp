// The processes of a stack: what they have used, and, noted while it runs and looked for later, the
// proof that none is left.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday::native {

struct ProcessMark {
  pid_t pid = 0;
  uint64_t started = 0;  // in clock ticks since boot: with the pid it is unique
  std::string name;
};

// `ancestor` and all its descendants. A process whose parent ended belongs to process 1 of its
// namespace, so every process of a stack is a descendant of the pod.
std::vector<ProcessMark> descendants_of(pid_t ancestor);

// Processor seconds of the stack, which is `ancestors` and their descendants, and of the others. Those
// that ended are included where their parent waited for them (proc(5), cutime and cstime).
ProcessorTime processor_time_of(const std::vector<pid_t>& ancestors);

// Those of `marks` that still run. A zombie does not: it only waits for its parent.
std::vector<ProcessMark> still_running(const std::vector<ProcessMark>& marks);

// Mount points of this machine (not of a stack's own namespace) that lie below `folder`.
std::vector<std::string> mounts_below(const std::filesystem::path& folder);

}  // namespace gameday::native
