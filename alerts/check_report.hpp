// What `gameday alerts check` found, as a document and as a table.
#pragma once

#include <string>
#include <vector>

#include "alerts/judge.hpp"
#include "core/json.hpp"

namespace gameday {

struct AlertCheck {
  RuleSet rules;
  std::vector<JudgedRule> judged;
  std::vector<AlertCase> cases;
  std::vector<CaseResult> results;  // beside the cases
  JudgeOptions options;
  double judged_seconds = 0;
};

// alive, dead, failing, always or not_judged: a rule's state over all cases.
std::string state_of(const AlertCheck& check, size_t rule);

// Refused files, and rules that fail: what makes the check fail.
bool failed(const AlertCheck& check);

json::object to_json(const AlertCheck& check);
// What was said of files, a line each.
std::string findings_text(const RuleSet& rules);
// The matrix, its cases, and the reasons of what never fired.
std::string to_text(const AlertCheck& check);

}  // namespace gameday
