// Where the points went: what each item of a scorecard cost. Pure.
#pragma once

#include <map>
#include <string>

#include "scorer/scorer.hpp"

namespace gameday {

// Points lost by item, as scorecards name it: answer (when none was given), component, class,
// mechanism, trigger, verdict, evidence, revisions, hints; mitigation, harm; detect, identify,
// mitigate, resolve, acknowledged, severity, escalation, updates. For each bar they add up to what
// it is short of. What an answer lost is shared among its wrong fields by their weight.
std::map<std::string, double> losses_of(const Scorecard& card);

}  // namespace gameday
