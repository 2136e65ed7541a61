#include "sandbox/native/memory_bounds.hpp"

#include <algorithm>
#include <utility>

namespace gameday::native {
namespace {

bool started_by_service(const std::vector<ProcessMemory>& processes, const ProcessMemory& process) {
  const ProcessMemory* each = &process;
  for (size_t steps = 0; steps <= processes.size(); ++steps) {
    if (each->name == "runsv") return true;
    const auto above = std::find_if(processes.begin(), processes.end(), [each](const auto& other) {
      return other.pid == each->parent;
    });
    if (above == processes.end()) return false;
    each = &*above;
  }
  return false;
}

}  // namespace

int64_t least_available_bytes(int64_t machine_bytes) {
  return std::clamp<int64_t>(machine_bytes / 50, 128 << 20, 512 << 20);
}

pid_t choose_victim(const std::vector<ProcessMemory>& processes, int64_t bound_bytes) {
  const ProcessMemory* of_player = nullptr;
  const ProcessMemory* largest = nullptr;
  int64_t player_bytes = 0;
  for (const ProcessMemory& each : processes) {
    const auto weight = std::pair(!each.first, each.bytes);
    if (!largest || weight > std::pair(!largest->first, largest->bytes)) largest = &each;
    if (each.first || started_by_service(processes, each)) continue;
    player_bytes += each.bytes;
    if (!of_player || each.bytes > of_player->bytes) of_player = &each;
  }
  if (of_player && player_bytes >= bound_bytes / 8) return of_player->pid;
  return largest ? largest->pid : 0;
}

}  // namespace gameday::native
