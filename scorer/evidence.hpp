// Whether the cited observations prove the cause: predicates over recorded commands and outputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/source.hpp"

namespace gameday {

// A citation that proves nothing, because the system did not say it (scorer/source.hpp).
struct NotSeen {
  std::string id, why;
};

struct EvidenceGrade {
  double value = 0;         // E, 0 to 1
  std::string best_set;     // the set that is met best; empty when none is met at all
  size_t met = 0, parts = 0;           // of that set
  std::vector<std::string> matched;   // cited observations that belong to it, or to a spared set
  std::vector<int64_t> matched_lines;  // where the journal has them
  std::vector<std::string> outside;   // cited observations that do not
  std::vector<std::string> unknown;   // cited, but not recorded before the answer
  std::vector<NotSeen> not_seen;      // of those outside
  double penalty = 0;                  // for citations that prove nothing, contained in the value
};

// E = the best fraction of any one set among the cited observations among the first `before`
// events, less .1 for each citation beyond three that does not belong to that set, or where other
// sets are spared, to any set.
EvidenceGrade grade_evidence(const std::vector<std::string>& cited,
                             const std::vector<EvidenceSet>& sets, const Journal& journal,
                             size_t before, bool spares_other_sets = true);

// A command, of whoever ran it (a trainee, a scripted person, a team that was called), that shows
// what a predicate asks for: the first one that was cited, else the first. nullopt when nobody did.
// `sources` are the journal's.
struct Sight {
  std::string id;   // of the observation; empty for a team's look
  std::string by, host, command;
  std::string shown;  // the line of its output
  double at_seconds = 0;
  int64_t line = 0;  // of the journal
  bool cited = false;
};
std::optional<Sight> first_sight(const EvidencePredicate& predicate, const Journal& journal,
                                 const Sources& sources,
                                 const std::vector<std::string>& cited = {});

}  // namespace gameday
