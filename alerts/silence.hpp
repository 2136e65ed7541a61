// Why a rule stayed silent in an outage.
#pragma once

#include "alerts/case_storage.hpp"

namespace gameday {

// Fills reason, detail, peak and held_seconds of a rule that did not fire between the fault and the
// moment at which users are served again.
void explain_silence(CaseStorage& storage, const JudgedRule& judged, const Evaluations& evaluations,
                     const AlertHistory& history, RuleResult& result);

// "90 s", "62 min", "2.1 h"
std::string span_text(double seconds);

}  // namespace gameday
