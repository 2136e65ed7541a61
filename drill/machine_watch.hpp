// Whether the machine gave a drill the processor time that it needed. What counts as lack is what
// others took: steal, and programs outside the stack. Whatever runs inside the stack is the drill's
// own doing, a trainee's busy loop too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/machine.hpp"
#include "journal/machine_use.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// One reading of counters that only grow.
struct MachineSample {
  double at_seconds = 0;
  CpuTimes cpu;
  double stack_seconds = 0;              // of the stack and the harness
  std::optional<double> others_seconds = std::nullopt;  // of all other processes, where they are seen
};

// What lay between the readings from `from` on (the last one before it) up to the last; all zero for
// fewer than two. Pure.
MachineUse use_between(const std::vector<MachineSample>& samples, double from_seconds,
                       double cores);

// A time on end in which the machine was starved, on the clock of the readings.
struct MachineDip {
  double from_seconds = 0, until_seconds = 0;
  MachineUse use;
};
// Those of a second or longer, from a moment on, in their order. Pure.
std::vector<MachineDip> dips_between(const std::vector<MachineSample>& samples,
                                     double from_seconds, double cores);

// Reads the counters twice a second on a thread of its own. Thread-safe.
class MachineWatch {
 public:
  // `processor_time`: who used the processors so far, but for the harness.
  explicit MachineWatch(std::function<ProcessorTime()> processor_time);
  ~MachineWatch();
  MachineWatch(const MachineWatch&) = delete;
  MachineWatch& operator=(const MachineWatch&) = delete;

  // Seconds of the watch's own clock.
  double now() const;
  // From that moment until now; takes a reading.
  MachineUse since(double from_seconds);
  std::vector<MachineDip> dips_since(double from_seconds);

 private:
  void sample();

  const std::function<ProcessorTime()> processor_time_;
  const std::vector<int> cpus_ = allowed_cpus();
  const double cores_ = static_cast<double>(cpus_.size());
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<MachineSample> samples_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace gameday
