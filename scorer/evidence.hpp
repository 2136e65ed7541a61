// Whether the cited observations prove the cause: predicates over recorded commands and outputs.
#pragma once

#include <string>
#include <vector>

#include "core/journal.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

struct EvidenceGrade {
  double value = 0;         // E, 0 to 1
  std::string best_set;     // the set that is met best; empty when none is met at all
  std::vector<std::string> matched;   // cited observations that belong to it
  std::vector<int64_t> matched_lines;  // where the journal has them
  std::vector<std::string> outside;   // cited observations that do not
  std::vector<std::string> unknown;   // cited, but not recorded before the answer
};

// E = the best fraction of any one set among the cited observations among the first `before`
// events, less .1 for each citation beyond three that does not belong to that set.
EvidenceGrade grade_evidence(const std::vector<std::string>& cited,
                             const std::vector<EvidenceSet>& sets, const Journal& journal,
                             size_t before);

}  // namespace gameday
