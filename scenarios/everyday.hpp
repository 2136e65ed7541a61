// The works of an ordinary day that a scenario with `everyday` mixes into its change log.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace gameday {

struct EverydayWork {
  std::string kind;    // a kind of the decoy `everyday`; "maintenance" restarts the host's service
  std::string target;  // a host or a role
  std::string text;    // of the change log, behind the target
};

const std::vector<EverydayWork>& everyday_work();

// Adds what the seed draws to every variant's timeline: a change-log entry and its decoy each, in the
// order of time. `without`: kinds that are left out.
void add_everyday_work(Scenario& scenario, const std::vector<std::string>& without, uint64_t seed);

}  // namespace gameday
