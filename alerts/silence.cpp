#include "alerts/silence.hpp"

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>

#include "alerts/promql.hpp"
#include "core/yaml.hpp"

namespace gameday {

namespace {

constexpr size_t kShownValues = 4;

struct Missing {
  std::string reason, detail;
};

bool matches(const std::string& value, const LabelMatcher& matcher) {
  if (matcher.op == "=") return value == matcher.value;
  if (matcher.op == "!=") return value != matcher.value;
  try {
    const bool same = std::regex_match(value, std::regex(matcher.value));
    return matcher.op == "=~" ? same : !same;
  } catch (const std::regex_error&) {
    return true;  // a form of RE2 that this library does not read
  }
}

std::string list_of(const std::set<std::string>& values) {
  std::string text;
  size_t shown = 0;
  for (const std::string& value : values) {
    if (shown++ == kShownValues) return text + ", …";
    text += (text.empty() ? "" : ", ") + value;
  }
  return text;
}

std::optional<Missing> missing_metric(const OutageRecording& recording, const std::string& metric) {
  std::vector<std::string> names;
  for (const RecordedSeries& series : recording.series) {
    names.push_back(series.label("__name__"));
    if (names.back() == metric) return std::nullopt;
  }
  const std::string near = nearest_name(metric, names);
  return Missing{"no_metric",
                 "no metric " + metric + (near.empty() ? "" : " (nearest: " + near + ")")};
}

std::optional<Missing> missing_series(const CaseStorage& storage, const Selector& selector) {
  if (storage.is_recorded(selector.metric)) return std::nullopt;
  const OutageRecording& recording = storage.recording();
  if (!selector.metric.empty()) {
    if (const auto missing = missing_metric(recording, selector.metric)) return missing;
  }
  std::vector<const RecordedSeries*> left;
  for (const RecordedSeries& series : recording.series) {
    if (selector.metric.empty() || series.label("__name__") == selector.metric)
      left.push_back(&series);
  }
  for (const LabelMatcher& matcher : selector.matchers) {
    std::set<std::string> values;
    std::vector<const RecordedSeries*> kept;
    for (const RecordedSeries* series : left) {
      const std::string value = series->label(matcher.label);
      if (!value.empty()) values.insert(value);
      if (matches(value, matcher)) kept.push_back(series);
    }
    if (kept.empty()) {
      const std::string wanted = matcher.label + matcher.op + "\"" + matcher.value + "\"";
      if (values.empty()) {
        return Missing{"no_label", "no label " + matcher.label + " on " + selector.metric};
      }
      return Missing{"no_value", "no " + selector.metric + " with " + wanted + " (it has " +
                                     list_of(values) + ")"};
    }
    left = std::move(kept);
  }
  return std::nullopt;
}

std::optional<Missing> missing_in(const CaseStorage& storage, const std::string& expr) {
  for (const Selector& selector : selectors_of(expr)) {
    if (const auto missing = missing_series(storage, selector)) return missing;
  }
  return std::nullopt;
}

// Only where every way to a result needs it: `or` and absent() can do without.
std::optional<Missing> missing_part(const CaseStorage& storage, const std::string& expr) {
  static const std::regex spared(R"(\b(or|absent|absent_over_time)\b)");
  const std::vector<std::string> parts = conjuncts_of(expr);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (std::regex_search(parts[i], spared)) continue;
    const auto missing = missing_in(storage, parts[i]);
    if (!missing) continue;
    if (parts.size() == 1) return missing;
    const std::string side = i == 0 ? "left" : "right";
    return Missing{"side_empty",
                   "the " + side + " side of `and` has no series: " + missing->detail};
  }
  return std::nullopt;
}

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// The nearest that a comparison came to being true.
std::optional<Peak> peak_of(CaseStorage& storage, const Comparison& comparison, double step) {
  const QueryAnswer answer = storage.query(comparison.left, 0, storage.served_seconds(), step);
  if (!answer.ok) return std::nullopt;
  std::optional<Peak> best;
  const auto distance = [&comparison](double value) {
    if (comparison.op.starts_with(">")) return comparison.threshold - value;
    if (comparison.op.starts_with("<")) return value - comparison.threshold;
    return std::abs(value - comparison.threshold);
  };
  for (const QueriedSeries& series : answer.series) {
    for (const Sample& sample : series.samples) {
      if (std::isnan(sample.value)) continue;
      if (best && distance(sample.value) >= distance(best->value)) continue;
      best = Peak{sample.value, comparison.threshold, storage.seconds_after_fault(sample.time_ms)};
    }
  }
  return best;
}

void explain_never_true(CaseStorage& storage, const JudgedRule& judged, RuleResult& result) {
  result.reason = "never_true";
  const double step = std::min(storage.interval_seconds(*judged.group), 60.0);
  const std::vector<std::string> parts = conjuncts_of(judged.rule->expr);
  for (const std::string& part : parts) {
    const auto comparison = comparison_of(part);
    if (!comparison) continue;
    const std::optional<Peak> peak = peak_of(storage, *comparison, step);
    if (!peak) continue;
    const bool reached = (comparison->op == ">" && peak->value > peak->threshold) ||
                         (comparison->op == "<" && peak->value < peak->threshold) ||
                         (comparison->op == ">=" && peak->value >= peak->threshold) ||
                         (comparison->op == "<=" && peak->value <= peak->threshold) ||
                         (comparison->op == "==" && peak->value == peak->threshold) ||
                         comparison->op == "!=";
    if (reached) continue;  // this side was true; another was not
    result.peak = peak;
    result.detail = "never " + comparison->op + " " + number_text(peak->threshold) + ": nearest " +
                    number_text(peak->value) + " after " + span_text(peak->after_seconds);
    return;
  }
  result.detail =
      parts.size() > 1 ? "its sides were never true together" : "its condition was never true";
}

}  // namespace

std::string span_text(double seconds) {
  char text[32];
  if (seconds < 120) std::snprintf(text, sizeof text, "%.0f s", seconds);
  else if (seconds < 3 * 3600) std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  else std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  return text;
}

void explain_silence(CaseStorage& storage, const JudgedRule& judged, const Evaluations& evaluations,
                     const AlertHistory& history, RuleResult& result) {
  const Rule& rule = *judged.rule;
  const double served = storage.served_seconds();
  size_t evaluated = 0, failed = 0;
  for (size_t i = 0; i < evaluations.failed.size(); ++i) {
    const double at = storage.seconds_after_fault(evaluations.time_ms(i));
    if (at < 0 || at > served) continue;
    ++evaluated;
    if (evaluations.failed[i]) ++failed;
  }
  if (failed > 0) {
    result.reason = "evaluation_fails";
    result.detail = std::to_string(failed) + " of " + std::to_string(evaluated) +
                    " evaluations fail: " + evaluations.failure;
    return;
  }
  if (const auto missing = missing_part(storage, rule.expr)) {
    result.reason = missing->reason;
    result.detail = missing->detail;
    if (missing->detail.find("{{") != std::string::npos) result.detail += ": it was never rendered";
    return;
  }
  const double interval = storage.interval_seconds(*judged.group);
  if (interval > served) {
    result.reason = "too_rare";
    result.detail = "evaluated once in " + span_text(interval) + ", sees an outage of " +
                    span_text(served) + " with a probability of " +
                    std::to_string(std::lround(100 * served / interval)) + " %";
    return;
  }
  for (const Pending& pending : history.pendings) {
    const double until = storage.seconds_after_fault(pending.until_ms);
    if (until < 0 || storage.seconds_after_fault(pending.from_ms) > served) continue;
    const double held = static_cast<double>(pending.until_ms - pending.from_ms) / 1000;
    if (!result.held_seconds || held > *result.held_seconds) result.held_seconds = held;
  }
  if (result.held_seconds) {
    result.reason = "too_short";
    result.detail =
        "held " + span_text(*result.held_seconds) + " of " + span_text(rule.for_seconds);
    return;
  }
  explain_never_true(storage, judged, result);
}

}  // namespace gameday
