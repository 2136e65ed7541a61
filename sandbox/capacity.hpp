// How many drills this machine bears side by side: the one place that says so.
#pragma once

namespace gameday {

// What a machine has, as `gameday doctor` measures it.
struct MachineFacts {
  double cores = 0;             // that we may use
  double free_cores = 0;        // of them, idle while measured
  double process_start_ms = 0;  // fork, exec and end of a small program, median
  double memory_mib = 0;        // available without swapping
};

struct Capacity {
  int full = 0;   // drills with all their users
  int light = 0;  // with 200 users, where a limit is no fault
};

// Measures for about a second and a half, on this machine.
MachineFacts measure_machine();

// Pure. A stack with all users takes .3 to .6 of a core where a process starts within a millisecond
// (measured on two virtual cores: 155 to 340 requests a second), a light one a third, and 190 MiB
// when it has run for a while. Slow starts come with a slow kernel: then each counts for more. Never
// below zero, and 0 where not even one has what it needs now.
Capacity capacity(const MachineFacts& facts);

}  // namespace gameday
