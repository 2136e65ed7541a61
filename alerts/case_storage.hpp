// One case in a real Prometheus: the laid out series that the rules select, and what the recording
// rules of the set make of them.
#pragma once

#include "alerts/alert_state.hpp"
#include "alerts/judge.hpp"
#include "alerts/prometheus_server.hpp"

namespace gameday {

// Adds what one query gave to a rule's evaluations, each label set as the alert would have it.
// Results that are `offset_ms` older than their evaluation belong to it. Two that have the same
// labels are an error of that evaluation.
void take_results(const Rule& rule, const QueryAnswer& answer, int64_t offset_ms,
                  Evaluations& evaluations);

class CaseStorage {
 public:
  // The case must outlive it. Throws as PrometheusServer does.
  CaseStorage(const AlertCase& one, const RuleSet& set, const JudgeOptions& options);

  // The rule's evaluations from a while before the fault to a while after the repair. A range that
  // fails is halved down to the evaluations that do.
  Evaluations evaluate(const RuleGroup& group, const Rule& rule);
  // An expression between two moments, in seconds from the fault.
  QueryAnswer query(const std::string& expr, double from, double until, double step);

  double seconds_after_fault(int64_t time_ms) const;
  double served_seconds() const { return served_seconds_; }
  double interval_seconds(const RuleGroup& group) const;
  const Layout& layout() const { return layout_; }
  const OutageRecording& recording() const { return case_.recording; }
  // Names that recording rules of the set give to their results.
  bool is_recorded(const std::string& metric) const;
  // Why this rule cannot be judged here; empty when it can.
  std::string not_judged(const Rule& rule) const;

 private:
  void plan(const RuleSet& set);
  void write_series(const RuleSet& set);
  void record_rules(const RuleSet& set);
  void record(const RuleGroup& group, const Rule& rule);
  Evaluations grid(const RuleGroup& group, double from_seconds) const;
  void evaluate_part(const RuleGroup& group, const Rule& rule, size_t first, size_t last,
                     int& queries_left, Evaluations& evaluations,
                     std::vector<QueriedSeries>* values);

  const AlertCase& case_;
  const JudgeOptions options_;
  Layout layout_;
  double served_seconds_ = 0, before_seconds_ = 0;
  std::vector<std::string> recorded_;  // names, in the order of their first rule
  std::vector<std::pair<std::string, int64_t>> offsets_ms_;  // of groups, by file and name
  PrometheusServer server_;
};

}  // namespace gameday
