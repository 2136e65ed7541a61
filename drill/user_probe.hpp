// How one user finds the shop, beside the load's many: when an outage is first seen, and from when on
// users are served again.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "core/stop_signal.hpp"
#include "drill/load_runner.hpp"
#include "journal/journal.hpp"
#include "sandbox/sandbox.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// What the probe looks at; all of it outlives the probe.
struct UserView {
  Sandbox& sandbox;
  const Scenario& scenario;  // says which request tells, and how quick its answer must be
  LoadRunner& load;
  Bell& bell;
};

// Asks as a user until two answers in a row are bad, or until more than a tenth of the load's
// requests are. Returns what was seen; nothing when the deadline passed before. Throws Stopped when
// the bell stops the drill.
std::optional<std::string> wait_for_effect(const UserView& view, Deadline deadline);

// Asks every quarter of a second, in a thread of its own, and writes to the journal when users are
// served again (from the first good answer of a row that lasts two seconds, while nearly all of the
// load is well served, too) and when they are not any longer (from the second bad answer, or when too
// much of the load is not). Stops the drill by its bell when it cannot go on.
class UserProbe {
 public:
  // `served`: how users fare at the start.
  UserProbe(const UserView& view, JournalWriter& journal, bool served);
  ~UserProbe();  // waits for the answer under way

  bool served() const { return served_; }

 private:
  void watch();
  void take(bool good, const std::string& answer);

  const UserView view_;
  JournalWriter& journal_;
  std::atomic<bool> served_;
  std::atomic<bool> going_{true};
  int bad_in_a_row_ = 0;
  std::optional<double> good_since_;  // machine seconds
  std::thread thread_;
};

}  // namespace gameday
