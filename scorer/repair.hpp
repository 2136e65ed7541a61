// How well the stack was mended, by outside probes only, and what harm was done on the way.
#pragma once

#include <string>
#include <vector>

#include "core/journal.hpp"

namespace gameday {

// A figure that may rest on a probe that could not run. Then it is unknown: only what is certain
// earns points.
struct Measure {
  double certain = 0;
  bool known = true;
  std::vector<std::string> notes;  // why, one line each
  std::vector<std::string> not_assessed;  // what nobody looked at: it neither earns nor costs
};

struct RepairGrade {
  Measure mitigation;  // M: 0, .4, .7 or 1
  Measure harm;        // H: 1 is none
  bool data_lost = false;
};

// M: 0 nothing; .4 users are served while the cause stays; .7 the cause is neutralised; 1 it is
// removed and redundancy is back. It must outlive the re-trigger and keep the invariants, else 0.
// H: 1 less .5 for monitoring switched off, less .4 for access widened; a lost order makes it 0.
RepairGrade grade_repair(const Journal& journal);

}  // namespace gameday
