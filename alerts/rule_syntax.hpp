// What Prometheus itself says of rules: promtool reads them once, all files in one call.
#pragma once

#include "alerts/rule_files.hpp"

namespace gameday {

// Takes files that Prometheus refuses out of the set and says why, with the line of the rule or of
// its expression. Expressions of other engines (LogQL, MetricsQL) are named as such. Throws a
// machine Error where promtool is missing or gives no answer.
void check_syntax(RuleSet& set);

}  // namespace gameday
