#include "alerts/case_storage.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "alerts/promql.hpp"

namespace gameday {

namespace {

constexpr double kLookBackSeconds = 300;
constexpr double kLeastBefore = 600;  // judged before the fault: what fires already?
constexpr int kAfterSeconds = 600;
constexpr double kLongestWindow = 8 * 86'400.0;
constexpr int kMostQueries =
    400;  // of one rule in one case, while failing evaluations are looked for

std::string key_of(const RuleGroup& group) { return group.file + ";" + group.name; }

uint64_t phase_hash(const std::string& text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ (hash >> 31);
}

template <typename Visit>  // void(const RuleGroup&, const Rule&)
void each_rule(const RuleSet& set, const Visit& visit) {
  for (const RuleFile& file : set.files) {
    for (const RuleGroup& group : file.groups) {
      for (const Rule& rule : group.rules) visit(group, rule);
    }
  }
}

// The labels of a result as the rule's alert or record has them.
TextPairs labelled(const TextPairs& result, const TextPairs& of_rule, const std::string& name) {
  std::map<std::string, std::string> labels(result.begin(), result.end());
  labels.erase("__name__");
  for (const auto& [key, value] : of_rule) labels[key] = value;
  if (!name.empty()) labels["__name__"] = name;
  return {labels.begin(), labels.end()};
}

}  // namespace

void take_results(const Rule& rule, const QueryAnswer& answer, int64_t offset_ms,
                  Evaluations& evaluations) {
  const size_t count = evaluations.failed.size();
  for (const QueriedSeries& series : answer.series) {
    std::string labels;
    for (const auto& [name, value] : labelled(series.labels, rule.labels, "")) {
      labels += (labels.empty() ? "" : ", ") + name + "=\"" + value + "\"";
    }
    auto known =
        std::find_if(evaluations.series.begin(), evaluations.series.end(),
                     [&labels](const EvaluatedSeries& one) { return one.labels == labels; });
    if (known == evaluations.series.end()) {
      evaluations.series.push_back({labels, std::vector<bool>(count, false)});
      known = std::prev(evaluations.series.end());
    }
    for (const Sample& sample : series.samples) {
      const int64_t at =
          (sample.time_ms + offset_ms - evaluations.begin_ms + evaluations.interval_ms / 2) /
          evaluations.interval_ms;
      if (at < 0 || at >= static_cast<int64_t>(count)) continue;
      const auto index = static_cast<size_t>(at);
      if (known->present[index]) {
        evaluations.failed[index] = true;
        evaluations.failure = "two results have the same labels as alerts: " + labels;
      }
      known->present[index] = true;
    }
  }
}

CaseStorage::CaseStorage(const AlertCase& one, const RuleSet& set, const JudgeOptions& options)
    : case_(one), options_(options) {
  plan(set);
  write_series(set);
  record_rules(set);
}

void CaseStorage::plan(const RuleSet& set) {
  double window = 0, recorded_window = 0, hold = 0;
  int64_t groups = 0;
  each_rule(set, [&](const RuleGroup& group, const Rule& rule) {
    const double own =
        std::min(window_seconds(rule.expr) + group.query_offset_seconds, kLongestWindow);
    (rule.record.empty() ? window : recorded_window) =
        std::max(rule.record.empty() ? window : recorded_window, own);
    hold = std::max(hold, std::min(rule.for_seconds, kLongestWindow));
    if (!rule.record.empty()) recorded_.push_back(rule.record);
    if (offsets_ms_.empty() || offsets_ms_.back().first != key_of(group)) {
      offsets_ms_.emplace_back(key_of(group), groups++);
    }
  });
  // Groups are evaluated one after another where one can read what another records.
  if (recorded_.empty()) {
    for (auto& [key, offset] : offsets_ms_) offset = 0;
  }
  before_seconds_ = std::max(kLeastBefore, hold + 60);
  layout_.fault_unix_seconds = case_.fault_unix_seconds;
  layout_.outage_seconds = options_.outage_seconds.value_or(case_.documented_seconds);
  layout_.history_seconds =
      static_cast<int>(window + recorded_window + before_seconds_ + kLookBackSeconds);
  layout_.after_seconds = kAfterSeconds;
  layout_.scrape_seconds = options_.scrape_seconds;
  layout_.seed = options_.seed;
  served_seconds_ = served_after(case_.recording, layout_);
}

void CaseStorage::write_series(const RuleSet& set) {
  std::set<std::string> names;
  bool all = false;
  each_rule(set, [&](const RuleGroup&, const Rule& rule) {
    for (const Selector& selector : selectors_of(rule.expr)) {
      all = all || selector.metric.empty();
      names.insert(selector.metric);
    }
  });
  const std::vector<int> seconds = seconds_of(case_.recording, layout_);
  std::vector<SeriesToWrite> part;
  size_t samples = 0;
  constexpr size_t kKept = 1'000'000;  // samples that are in memory at once
  for (const RecordedSeries& series : case_.recording.series) {
    if (!all && names.count(series.label("__name__")) == 0) continue;
    part.push_back({series.labels, lay_out(case_.recording, series, seconds, layout_)});
    samples += part.back().samples.size();
    if (samples < kKept) continue;
    server_.write(part);
    part.clear();
    samples = 0;
  }
  server_.write(part);
}

bool CaseStorage::is_recorded(const std::string& metric) const {
  return std::find(recorded_.begin(), recorded_.end(), metric) != recorded_.end();
}

std::string CaseStorage::not_judged(const Rule& rule) const {
  if (window_seconds(rule.expr) > kLongestWindow) return "it looks back further than 8 days";
  for (const Selector& selector : selectors_of(rule.expr)) {
    if (selector.metric == "ALERTS" || selector.metric == "ALERTS_FOR_STATE") {
      return "it reads " + selector.metric + ", which is not laid out";
    }
  }
  return "";
}

// Those that read no other first; what is left when none is ready reads itself, in a circle, and
// takes what has been recorded so far.
void CaseStorage::record_rules(const RuleSet& set) {
  std::vector<std::pair<const RuleGroup*, const Rule*>> left;
  each_rule(set, [&left](const RuleGroup& group, const Rule& rule) {
    if (!rule.record.empty()) left.emplace_back(&group, &rule);
  });
  while (!left.empty()) {
    const auto waits = [&left](const auto& one) {
      for (const Selector& selector : selectors_of(one.second->expr)) {
        for (const auto& other : left) {
          if (other.second != one.second && other.second->record == selector.metric) return true;
        }
      }
      return false;
    };
    auto ready = std::find_if_not(left.begin(), left.end(), waits);
    if (ready == left.end()) ready = left.begin();
    record(*ready->first, *ready->second);
    left.erase(ready);
  }
}

void CaseStorage::record(const RuleGroup& group, const Rule& rule) {
  Evaluations evaluations = grid(group, -layout_.history_seconds);
  std::vector<QueriedSeries> values;
  int queries_left = kMostQueries;
  evaluate_part(group, rule, 0, evaluations.failed.size() - 1, queries_left, evaluations, &values);
  std::map<TextPairs, std::map<int64_t, double>> recorded;
  const auto offset_ms = std::llround(group.query_offset_seconds * 1000);
  for (const QueriedSeries& series : values) {
    auto& samples = recorded[labelled(series.labels, rule.labels, rule.record)];
    for (const Sample& sample : series.samples) samples[sample.time_ms + offset_ms] = sample.value;
  }
  std::vector<SeriesToWrite> written;
  for (const auto& [labels, samples] : recorded) {
    SeriesToWrite series{labels, {}};
    for (const auto& [time_ms, value] : samples) {
      if (!series.samples.empty() &&
          time_ms - series.samples.back().time_ms > evaluations.interval_ms) {
        series.samples.push_back(
            {series.samples.back().time_ms + evaluations.interval_ms, stale_marker()});
      }
      series.samples.push_back({time_ms, value});
    }
    const int64_t next = series.samples.back().time_ms + evaluations.interval_ms;
    if (next < evaluations.time_ms(evaluations.failed.size())) {
      series.samples.push_back({next, stale_marker()});
    }
    written.push_back(std::move(series));
  }
  server_.write(written);
}

double CaseStorage::interval_seconds(const RuleGroup& group) const {
  return group.interval_seconds.value_or(options_.evaluation_seconds);
}

double CaseStorage::seconds_after_fault(int64_t time_ms) const {
  return static_cast<double>(time_ms - layout_.fault_unix_seconds * 1000) / 1000;
}

// A group is evaluated at a moment of its interval that follows from its file's name and its own,
// wherever the file lies.
Evaluations CaseStorage::grid(const RuleGroup& group, double from_seconds) const {
  Evaluations evaluations;
  evaluations.interval_ms = std::max<int64_t>(1, std::llround(interval_seconds(group) * 1000));
  const int64_t interval = evaluations.interval_ms;
  const int64_t fault_ms = layout_.fault_unix_seconds * 1000;
  const auto whole_seconds = std::max<int64_t>(1, interval / 1000);
  const std::string named = group.file.substr(group.file.rfind('/') + 1) + ";" + group.name;
  const int64_t phase_ms =
      static_cast<int64_t>(phase_hash(named) % static_cast<uint64_t>(whole_seconds)) * 1000;
  const int64_t from_ms = fault_ms + std::llround(from_seconds * 1000);
  const int64_t first = (from_ms - phase_ms + interval - 1) / interval * interval + phase_ms;
  const auto offset =
      std::find_if(offsets_ms_.begin(), offsets_ms_.end(),
                   [&group](const auto& one) { return one.first == key_of(group); });
  evaluations.begin_ms = first + (offset == offsets_ms_.end() ? 0 : offset->second);
  const int64_t until_ms =
      fault_ms + (static_cast<int64_t>(served_seconds_) + layout_.after_seconds) * 1000;
  const int64_t count = until_ms < first ? 1 : (until_ms - first) / interval + 1;
  evaluations.failed.assign(static_cast<size_t>(count), false);
  return evaluations;
}

Evaluations CaseStorage::evaluate(const RuleGroup& group, const Rule& rule) {
  Evaluations evaluations = grid(group, -before_seconds_);
  int queries_left = kMostQueries;
  evaluate_part(group, rule, 0, evaluations.failed.size() - 1, queries_left, evaluations, nullptr);
  return evaluations;
}

void CaseStorage::evaluate_part(const RuleGroup& group, const Rule& rule, size_t first, size_t last,
                                int& queries_left, Evaluations& evaluations,
                                std::vector<QueriedSeries>* values) {
  const auto offset_ms = std::llround(group.query_offset_seconds * 1000);
  QueryAnswer answer =
      server_.query_range(rule.expr, evaluations.time_ms(first) - offset_ms,
                          evaluations.time_ms(last) - offset_ms, evaluations.interval_ms);
  --queries_left;
  if (answer.ok) {
    if (values) {
      values->insert(values->end(), answer.series.begin(), answer.series.end());
    } else {
      take_results(rule, answer, offset_ms, evaluations);
    }
    return;
  }
  if (evaluations.failure.empty()) evaluations.failure = answer.error;
  const bool too_slow = answer.error.find("timed out") != std::string::npos;
  if (first == last || queries_left <= 0 || too_slow) {
    for (size_t i = first; i <= last; ++i) evaluations.failed[i] = true;
    return;
  }
  const size_t middle = first + (last - first) / 2;
  evaluate_part(group, rule, first, middle, queries_left, evaluations, values);
  evaluate_part(group, rule, middle + 1, last, queries_left, evaluations, values);
}

QueryAnswer CaseStorage::query(const std::string& expr, double from, double until, double step) {
  const auto ms = [this](double seconds) {
    return layout_.fault_unix_seconds * 1000 + std::llround(seconds * 1000);
  };
  return server_.query_range(expr, ms(from), ms(until), std::llround(step * 1000));
}

}  // namespace gameday
