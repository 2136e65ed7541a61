// Ctrl-C once stops cleanly and keeps the journal; so do SIGTERM and SIGHUP. A second signal ends
// the process at once: the kernel then takes the stack down.
#pragma once

#include "core/fd.hpp"
#include "core/stop_signal.hpp"

#include <thread>

namespace gameday {

// While it lives, the first of the signals asks the bell to stop. One at a time in a process.
class StopOnSignal {
 public:
  explicit StopOnSignal(Bell& bell);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  Pipe pipe_;
  std::thread waiter_;
};

}  // namespace gameday
