// What harm was done on the way to the repair, as state probes saw it. The recording only names who
// did it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/probe_results.hpp"
#include "scorer/suffering.hpp"

namespace gameday {

struct HarmItem {
  std::string item;    // monitoring, access, second_primary, orders, restarts, budget
  double penalty = 0;  // on H, 1 being all of it
  bool known = true;   // false: a probe could not run, and the worst is assumed
  std::string note;
  std::vector<int64_t> lines;  // of the journal
  // Of what was seen during the response, journal seconds; negative: at the end.
  double since = -1, seconds = 0;
};

struct HarmGrade {
  double value = 1;  // H, 0 to 1: what is certain
  bool known = true;
  bool data_lost = false;
  std::vector<HarmItem> items;            // what was done, or may have been
  std::vector<std::string> not_assessed;  // what nobody looked at: it neither earns nor costs
  Budget budget;
};

// Components that a repair may well touch: the cause, the way from it to the users, and whatever an
// accepted repair works on.
std::set<std::string> components_on_the_path(const Variant& variant, const Taxonomy& taxonomy);

// H: 1 less .15 for each restart off the causal path after the first, .5 for monitoring switched
// off, .4 for access widened, .4 for a second writable primary (each once, whether the probes at the
// end found it or a look during the response, before it was put right), half of the share of requests beyond the fault's own that users lost
// (a twentieth is free, and fifteen seconds of a total outage); a lost order makes it 0. What
// the variant's accepted repairs touch is on the path, and what restarts before the effect or after
// the response is nobody's; since catalogue 6 nor is what restarts before anybody's first command.
HarmGrade grade_harm(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                     const ProbeResults& probes);

}  // namespace gameday
