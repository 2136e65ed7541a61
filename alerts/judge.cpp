#include "alerts/judge.hpp"

#include <algorithm>
#include <set>

#include "alerts/silence.hpp"

namespace gameday {

namespace {

std::string label_of(const Rule& rule, const std::string& name) {
  for (const auto& [key, value] : rule.labels) {
    if (key == name) return value;
  }
  return "";
}

// What fired between the fault and `until`, and how often.
void take_firings(const CaseStorage& storage, const AlertHistory& history, double until,
                  RuleResult& result, bool& already) {
  for (const Firing& firing : history.firings) {
    const double fired = storage.seconds_after_fault(firing.fired_ms);
    if (fired < 0) {
      already =
          already || !firing.resolved_ms || storage.seconds_after_fault(*firing.resolved_ms) > 0;
      continue;
    }
    if (fired > until) continue;
    ++result.intervals;
    if (result.fired_after) continue;
    result.fired_after = fired;
    result.pending_after = storage.seconds_after_fault(firing.pending_ms);
    if (firing.resolved_ms)
      result.resolved_after = storage.seconds_after_fault(*firing.resolved_ms);
  }
}

RuleResult judge_rule(CaseStorage& storage, const JudgedRule& judged, const JudgeOptions& options,
                      double suffering) {
  RuleResult result;
  if (const std::string why = storage.not_judged(*judged.rule); !why.empty()) {
    result.verdict = result.reason = "not_judged";
    result.detail = why;
    return result;
  }
  const Evaluations evaluations = storage.evaluate(*judged.group, *judged.rule);
  const AlertHistory history =
      follow_alert(evaluations, judged.rule->for_seconds, judged.rule->keep_firing_for_seconds);
  bool already = false;
  take_firings(storage, history, storage.served_seconds(), result, already);
  const bool twin = storage.recording().twin;
  if (already) {
    result.verdict = "already";
    result.detail = "it fires on normal service, before the fault";
  } else if (result.fired_after) {
    const bool in_time = *result.fired_after <= suffering + options.within_seconds;
    result.verdict =
        twin ? (judged.wakes ? "false_alarm" : "noise") : (in_time ? "caught" : "late");
  } else {
    result.verdict = twin ? "quiet" : "silent";
    explain_silence(storage, judged, evaluations, history, result);
  }
  return result;
}

void rank(CaseResult& result) {
  std::vector<RuleResult*> fired;
  for (RuleResult& one : result.rules) {
    if (one.fired_after && one.verdict != "already") fired.push_back(&one);
  }
  std::stable_sort(fired.begin(), fired.end(), [](const RuleResult* a, const RuleResult* b) {
    return *a->fired_after < *b->fired_after;
  });
  for (size_t i = 0; i < fired.size(); ++i) fired[i]->rank = static_cast<int>(i) + 1;
}

void conclude(const std::vector<JudgedRule>& rules, bool twin, CaseResult& result) {
  bool late = false, caught = false, noise = false, alarm = false;
  for (size_t i = 0; i < rules.size(); ++i) {
    const RuleResult& one = result.rules[i];
    noise = noise || one.verdict == "noise";
    alarm = alarm || one.verdict == "false_alarm";
    if (!rules[i].wakes || one.verdict == "already" || !one.fired_after) continue;
    result.pages += one.intervals;
    caught = caught || one.verdict == "caught";
    late = late || one.verdict == "late";
    if (!result.first_page || *one.fired_after < result.first_page->after_seconds) {
      result.first_page = CasePage{rules[i].id(), *one.fired_after};
    }
  }
  result.verdict = twin ? (alarm   ? "false_alarm"
                           : noise ? "noise"
                                   : "quiet")
                        : (caught ? "caught"
                           : late ? "late"
                                  : "missed");
}

}  // namespace

std::string JudgedRule::id() const {
  return group->file + ":" + group->name + ":" + std::to_string(index);
}

bool wakes_somebody(const Rule& rule) {
  static const std::set<std::string> words = {"critical", "page", "s1", "sev1", "p1"};
  std::string severity = label_of(rule, "severity");
  std::transform(severity.begin(), severity.end(), severity.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return words.count(severity) == 1 || !label_of(rule, "pager").empty();
}

std::vector<JudgedRule> alerting_rules(const RuleSet& set) {
  std::vector<JudgedRule> rules;
  for (const RuleFile& file : set.files) {
    for (const RuleGroup& group : file.groups) {
      for (size_t i = 0; i < group.rules.size(); ++i) {
        const Rule& rule = group.rules[i];
        if (!rule.alert.empty()) rules.push_back({&group, &rule, i + 1, wakes_somebody(rule)});
      }
    }
  }
  return rules;
}

CaseResult judge_case(const AlertCase& one, const RuleSet& set,
                      const std::vector<JudgedRule>& rules, const JudgeOptions& options) {
  CaseStorage storage(one, set, options);
  CaseResult result;
  result.suffering_after = one.recording.suffering - one.recording.fault;
  result.served_after = storage.served_seconds();
  result.outage_seconds = storage.layout().outage_seconds;
  for (const JudgedRule& rule : rules) {
    result.rules.push_back(judge_rule(storage, rule, options, result.suffering_after));
  }
  rank(result);
  conclude(rules, one.recording.twin, result);
  return result;
}

}  // namespace gameday
