// What users suffered, from the workload's report of every second.
#pragma once

#include <cstdint>
#include <vector>

#include "journal/journal.hpp"

namespace gameday {

struct Suffering {
  int seconds = 0;
  double requests = 0;  // that ended
  double bad = 0;       // of those: failed, or slower than the objective
  int64_t first_line = 0, last_line = 0;

  Suffering& operator+=(const Suffering& other);

  double share() const { return requests > 0 ? bad / requests : 0; }
};

// Over the whole seconds between two moments of the journal.
Suffering suffering_between(const Journal& journal, double from, double until);

// What users suffered between the verified effect and their relief (or the end of the response),
// beside what the fault alone would have cost in as many seconds. The fault alone: the worst
// `kSettledSeconds` on end before anybody ran a command.
struct Budget {
  bool measured = false;  // too little was reported, or it was over at once
  Suffering fault_alone, all;

  // How much greater the share of bad requests was than that of the fault alone; 0 to 1.
  double excess() const;
};

inline constexpr int kSettledSeconds = 5;
// Somebody who is faster than this is compared with this long a beginning all the same.
inline constexpr double kShortestLook = 8;

// `start` is the verified effect in journal seconds.
Budget error_budget(const Journal& journal, double start);

// When the response was over, in journal seconds: never before `start`.
double end_of_response(const Journal& journal, double start);

}  // namespace gameday
