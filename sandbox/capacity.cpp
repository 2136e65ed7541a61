#include "sandbox/capacity.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

#include "core/child.hpp"
#include "core/clock.hpp"
#include "core/machine.hpp"

namespace gameday {

namespace {

constexpr double kFullCores = 0.6, kLightCores = 0.2;
constexpr double kStackMib = 250;  // of users that wait in an outage, too
constexpr int kStarts = 21;
constexpr std::chrono::seconds kWatched{1};

double process_start_ms() {
  std::vector<double> took;
  for (int i = 0; i < kStarts; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    run_child({"/bin/true"});
    took.push_back(1000 * Seconds(std::chrono::steady_clock::now() - begun).count());
  }
  std::nth_element(took.begin(), took.begin() + kStarts / 2, took.end());
  return took[kStarts / 2];
}

int times(double have, double each) { return std::max(0, static_cast<int>(have / each + 1e-9)); }

}  // namespace

MachineFacts measure_machine() {
  MachineFacts facts;
  facts.cores = allowed_cores();
  const std::vector<int> cpus = allowed_cpus();
  const CpuTimes before = read_cpu_times(cpus);
  std::this_thread::sleep_for(kWatched);
  const CpuTimes after = read_cpu_times(cpus);
  const double idle = after.idle - before.idle;
  const double all = idle + after.used - before.used + after.steal - before.steal;
  facts.free_cores = all > 0 ? facts.cores * idle / all : 0;
  facts.process_start_ms = process_start_ms();
  facts.memory_mib = available_memory_mib();
  return facts;
}

Capacity capacity(const MachineFacts& facts) {
  // Today's machines start a process in .5 to 1 ms, slow ones in 3.
  const double slowness = std::clamp(facts.process_start_ms / 1.5, 1.0, 2.0);
  const int by_memory = times(facts.memory_mib, kStackMib);
  return {std::min(by_memory, times(facts.free_cores, kFullCores * slowness)),
          std::min(by_memory, times(facts.free_cores, kLightCores * slowness))};
}

}  // namespace gameday
