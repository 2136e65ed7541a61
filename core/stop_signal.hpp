// One way to ask a drill to end early, seen by everything that waits: a signal, a dead stack, a full
// disk. Waiting is always for a condition with a deadline, never for time to pass.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "core/fd.hpp"

namespace gameday {

// Thread-safe.
class Bell {
 public:
  Bell();
  // Something changed: whoever waits looks again.
  void ring();
  // Asks everyone to stop; the first reason is kept.
  void stop(const std::string& reason);
  std::optional<std::string> stopped() const;
  // Readable once a stop was asked for: for whoever waits in poll.
  int stop_fd() const { return stop_event_.get(); }

  // Waits until `condition` holds. False: the deadline passed, or a stop was asked for. The
  // condition is called under the bell's lock: it must not ring.
  bool wait(Deadline deadline, const std::function<bool()>& condition);
  // Waits for the deadline itself; false when a stop was asked for before.
  bool wait(Deadline deadline);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> stopped_;
  UniqueFd stop_event_;
};

// Thrown out of a phase when a stop was asked for.
struct Stopped {
  std::string reason;
};

}  // namespace gameday
