// The alert rules that a stack is started with.
#pragma once

#include <string>

#include "sandbox/sandbox.hpp"

namespace gameday {

// Adds the rules of a set ("documented", "improved"), or of a file or folder (a name with a slash), in
// any form that alerts/rule_files.hpp reads. Throws a usage Error where there are none, and with file,
// line and reason where the stack's Prometheus would refuse one.
void add_alert_rules(Settings& settings, const std::string& alerts);

}  // namespace gameday
