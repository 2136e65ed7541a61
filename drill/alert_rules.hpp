// The alert rules that a stack is started with.
#pragma once

#include <string>

#include "sandbox/sandbox.hpp"

namespace gameday {

// Adds the rules of a set ("documented", "improved") or of a folder. Throws a usage Error where there
// are none.
void add_alert_rules(Settings& settings, const std::string& alerts);

}  // namespace gameday
