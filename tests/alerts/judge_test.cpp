// Rules against a recording on paper, judged by a real Prometheus.
#include "alerts/judge.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "alerts/scratch_folder.hpp"
#include "tests/alerts/small_recording.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

struct Judged {
  CaseResult result;
  std::map<std::string, RuleResult> rules;  // by the alert's name
};

Judged judge(const std::string& rules, int outage_seconds, JudgeOptions options = {}) {
  const ScratchFolder folder;
  std::ofstream(folder.path() / "rules.yml") << rules;
  const RuleSet set = read_rules({folder.path()});
  for (const Finding& one : set.findings) FAIL(to_line(one));
  const std::vector<JudgedRule> alerts = alerting_rules(set);
  const AlertCase one{small_recording(), outage_seconds, 1'600'000'000};
  Judged judged{judge_case(one, set, alerts, options), {}};
  for (size_t i = 0; i < alerts.size(); ++i) {
    judged.rules[alerts[i].rule->alert] = judged.result.rules[i];
  }
  return judged;
}

// Every second, so that moments are exact.
JudgeOptions each_second() {
  JudgeOptions options;
  options.scrape_seconds = options.evaluation_seconds = 1;
  return options;
}

}  // namespace

TEST_CASE("an alert fires when a Prometheus that lived through the outage would have fired it") {
  const Judged judged = judge(R"(groups:
  - name: shop
    rules:
      - {alert: AtOnce, expr: broken == 1, labels: {severity: page}}
      - {alert: AfterAMinute, expr: broken == 1, for: 1m, labels: {severity: critical}}
      - {alert: Keeps, expr: broken == 1, keep_firing_for: 30s}
      - {alert: Rate, expr: 'rate(errors_total[20s]) > 2'}
      - {alert: SeriesAppears, expr: seen}
      - {alert: Always, expr: vector(1)}
)",
                              kRepair - kFault, each_second());
  const auto fired = [&judged](const char* alert) { return judged.rules.at(alert).fired_after; };
  const auto resolved = [&judged](const char* alert) {
    return judged.rules.at(alert).resolved_after;
  };
  CHECK(fired("AtOnce") == kSuffering - kFault);
  CHECK(resolved("AtOnce") == kServed - kFault);
  CHECK(fired("AfterAMinute") == kSuffering - kFault + 60);
  CHECK(resolved("Keeps") == kServed - kFault + 30);
  // Ten of the window's seconds grew by 3 instead of 1 from then on.
  CHECK(fired("Rate").value_or(0) == Approx(kSuffering - kFault + 10).margin(1.1));
  CHECK(fired("SeriesAppears") == kSuffering - kFault);
  CHECK(resolved("SeriesAppears") == kServed - kFault);  // by its stale marker, not minutes later
  CHECK(judged.rules.at("Always").verdict == "already");
  CHECK(judged.result.verdict == "caught");
  CHECK(judged.result.pages == 2);
  CHECK(judged.result.first_page->after_seconds == kSuffering - kFault);
  CHECK(judged.rules.at("AtOnce").rank == 1);
}

TEST_CASE("a rule that stays silent says why") {
  const Judged judged = judge(R"(groups:
  - name: shop
    rules:
      - {alert: NoMetric, expr: 'rate(error_total[5m]) > 0'}
      - {alert: NoLabel, expr: 'broken{cluster="a"} == 1'}
      - {alert: NoValue, expr: 'broken{job="b"} == 1'}
      - {alert: Unrendered, expr: 'broken{job="{{ .x }}"} == 1'}
      - {alert: HalfMissing, expr: 'broken == 1 and on () pod_info > 0'}
      - {alert: NeverTrue, expr: 'broken > 5'}
      - {alert: TooShort, expr: 'broken == 1', for: 2h}
      - {alert: Fails, expr: 'broken / on () {job="a"} > 0'}
  - name: daily
    interval: 1d
    rules:
      - {alert: TooRare, expr: broken == 1}
)",
                              1800);
  struct Row {
    std::string alert, reason, part;
  };
  const std::vector<Row> rows = {
      {"NoMetric", "no_metric", "no metric error_total (nearest: errors_total)"},
      {"NoLabel", "no_label", "no label cluster on broken"},
      {"NoValue", "no_value", "no broken with job=\"b\" (it has a)"},
      {"Unrendered", "no_value", "it was never rendered"},
      {"HalfMissing", "side_empty", "the right side of `and` has no series: no metric pod_info"},
      {"NeverTrue", "never_true", "never > 5: nearest 1 after"},
      {"TooShort", "too_short", "held 30 min of 120 min"},
      {"Fails", "evaluation_fails", "many-to-many"},
      {"TooRare", "too_rare", "with a probability of 2 %"},
  };
  for (const Row& row : rows) {
    const RuleResult& result = judged.rules.at(row.alert);
    INFO(row.alert << ": " << result.detail);
    CHECK(result.reason == row.reason);
    CHECK(result.detail.find(row.part) != std::string::npos);
    CHECK_FALSE(result.fired_after);
  }
  CHECK(judged.rules.at("NeverTrue").peak->value == 1);
  CHECK(judged.result.verdict == "missed");
}

TEST_CASE(
    "a recording rule is seen in the same evaluation by its group, and later by groups before") {
  const Judged judged = judge(R"(groups:
  - name: earlier
    interval: 10s
    rules:
      - {alert: ReadsALaterGroup, expr: 'shop:broken > 0'}
  - name: later
    interval: 10s
    rules:
      - {record: 'shop:broken', expr: max(broken)}
      - {alert: ReadsItsOwn, expr: 'shop:broken > 0'}
      - {alert: ReadsTheSeries, expr: 'max(broken) > 0'}
)",
                              600, each_second());
  CHECK(judged.rules.at("ReadsItsOwn").fired_after ==
        judged.rules.at("ReadsTheSeries").fired_after);
  CHECK(judged.rules.at("ReadsALaterGroup").fired_after.value_or(0) >
        judged.rules.at("ReadsItsOwn").fired_after.value_or(0));
}
