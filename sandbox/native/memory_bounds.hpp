// How much memory the programs of a stack may hold, and who has to go when they hold more. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::native {

// The least that the machine should have left, of so much in all: 2 %, at least 128 and at most 512
// MiB.
int64_t least_available_bytes(int64_t machine_bytes);

// One process of a host.
struct ProcessMemory {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;    // as the kernel has it
  int64_t bytes = 0;   // its share of what it has mapped, less files; or memory files that it holds
  bool first = false;  // the host's first process, with which it ends
};

// Which process of a host over its bound has to go: the largest of those that no service started
// (`runsv` is above each that one did), if those hold an eighth of the bound; else the largest of
// all. A first process only where there is no other. Returns 0 for none.
pid_t choose_victim(const std::vector<ProcessMemory>& processes, int64_t bound_bytes);

}  // namespace gameday::native
