// Would a team's rules have caught an outage? One case at a time: a recorded outage is laid out, a
// real Prometheus evaluates the expressions, and the alerts' states follow from that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alerts/layout.hpp"
#include "alerts/outage_recording.hpp"
#include "alerts/rule_files.hpp"

namespace gameday {

struct AlertCase {
  OutageRecording recording;
  int documented_seconds = 0;      // from the first effect to the repair
  int64_t fault_unix_seconds = 0;  // the documented moment, read as UTC
};

struct JudgeOptions {
  int scrape_seconds = 15, evaluation_seconds = 15;
  int within_seconds = 300;  // after users suffer: later is late
  uint64_t seed = 1;
  std::optional<int> outage_seconds;  // instead of the documented ones
};

struct Peak {
  double value = 0, threshold = 0;
  double after_seconds = 0;
};

// Seconds count from the fault; on a twin from the moment at which nothing happened.
struct RuleResult {
  // caught, late, already, silent; on a twin false_alarm, noise, quiet; not_judged
  std::string verdict;
  // no_metric, no_label, no_value, side_empty, evaluation_fails, never_true, too_short, too_rare,
  // not_judged; empty for what fired
  std::string reason;
  std::string detail;
  std::optional<Peak> peak;
  std::optional<double> held_seconds, pending_after, fired_after, resolved_after;
  int intervals = 0;  // of firing, between the fault and the end
  int rank = 0;       // 1: the first alert of the case; 0: it did not fire
};

struct JudgedRule {
  const RuleGroup* group = nullptr;
  const Rule* rule = nullptr;
  size_t index = 0;  // in its group, from 1
  bool wakes = false;

  std::string id() const;  // "FILE:GROUP:INDEX"
};

struct CasePage {
  std::string rule;
  double after_seconds = 0;
};

struct CaseResult {
  std::string verdict;  // caught, late, missed; of a twin quiet, noise, false_alarm
  double suffering_after = 0, served_after = 0, outage_seconds = 0;
  int pages = 0;
  std::optional<CasePage> first_page;
  std::vector<RuleResult> rules;  // beside the rules
};

// The alerting rules of a set, in the order of files, groups and places.
std::vector<JudgedRule> alerting_rules(const RuleSet& set);

// By the words that most teams use: severity critical, page, s1, sev1 or p1, or a label pager.
bool wakes_somebody(const Rule& rule);

// Judges all rules of the set against one case. Throws a machine Error when Prometheus is missing
// or ends half-way.
CaseResult judge_case(const AlertCase& one, const RuleSet& set,
                      const std::vector<JudgedRule>& rules, const JudgeOptions& options);

}  // namespace gameday
