// How well the stack was mended, by outside probes only, and what harm was done on the way.
#pragma once

#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scorer/harm.hpp"

namespace gameday {

// A figure that may rest on a probe that could not run. Then it is unknown: only what is certain
// earns points.
struct Measure {
  double certain = 0;
  bool known = true;
  std::vector<std::string> notes;  // why, one line each
  std::vector<int64_t> lines;      // of the journal, that it rests on
};

struct RepairGrade {
  Measure mitigation;  // M: 0, .4, .7 or 1
  HarmGrade harm;      // H: 1 is none
};

// Whether users are served again, and the grade is 0 because something else is not as it was.
bool leaves_something_broken(const Measure& mitigation);

// M: 0 nothing; .4 users are served while the cause stays; .7 the cause is neutralised; 1 it is
// removed and redundancy is back. It must outlive the re-trigger and keep the invariants, else 0.
RepairGrade grade_repair(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal);

}  // namespace gameday
