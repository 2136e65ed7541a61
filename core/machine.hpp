// What the processors of this machine did: who used them, how much was left. Only those count that
// this process may run on (sched_setaffinity), and a control group's quota bounds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gameday {

// Seconds of processor time since boot, summed over some processors (proc(5), /proc/stat).
struct CpuTimes {
  double used = 0;   // by programs and the kernel on their behalf: user, nice, system
  double idle = 0;   // idle, iowait
  double steal = 0;  // taken by the machine underneath, where this one is virtual
};

// The processors that this process may run on, by number. Never empty.
std::vector<int> allowed_cpus();

// The same, counted, or the quota of the control group (cpu.max) where that is less.
double allowed_cores();

// Sums the lines of `cpus`. Throws Error when the text has none of them.
CpuTimes parse_cpu_times(const std::string& proc_stat, const std::vector<int>& cpus,
                         double ticks_per_second);
// The same of this machine, now.
CpuTimes read_cpu_times(const std::vector<int>& cpus);

// Quota of a cpu.max file ("150000 100000" is 1.5); nullopt for "max" and for any other text.
std::optional<double> parse_cpu_max(const std::string& text);

// Processor time, in seconds, that this process and its ended children have used.
double own_cpu_seconds();

// MiB that programs could still allocate without swapping (MemAvailable); 0 when it cannot be told.
double available_memory_mib();

}  // namespace gameday
