// Who had the machine's processors while something was measured, as the journal keeps it.
#pragma once

#include <string>

#include "core/json.hpp"

namespace gameday {

// Who had the processors over some time, in cores on average: outside + stack + steal + idle make
// up `cores`, but for interrupts.
struct MachineUse {
  double seconds = 0;
  double cores = 0;  // that we may run on; a control group's quota is not seen
  double idle = 0;
  double steal = 0;
  double outside = 0;        // programs that are neither of the stack nor the harness
  double stack = 0;          // the stack and the harness
  double starved_share = 0;  // of the time: nothing was idle, and others had a part (0 to 1)

  // For so much of the time that waiting for a processor shows in what users met.
  bool lacking() const { return starved_share >= 0.25; }
};

json::object to_json(const MachineUse& use);
MachineUse machine_use_from_json(const json::object& object);
// "other programs took 1.2 of 2 processors, nothing was idle for 80 % of the time"
std::string describe(const MachineUse& use);

}  // namespace gameday
