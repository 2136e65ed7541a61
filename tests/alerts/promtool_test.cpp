// Alerts' states held to Prometheus' own: promtool evaluates the same rules over the same series.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>

#include "alerts/case_storage.hpp"
#include "alerts/scratch_folder.hpp"
#include "core/child.hpp"

using namespace gameday;

namespace {

constexpr int kPairs = 200, kSteps = 80, kStepSeconds = 15;
constexpr int64_t kBegin = 1'600'000'200;  // a whole number of minutes: subqueries fall on the same

struct Pair {
  Rule rule;
  std::vector<SeriesToWrite> series;
  std::vector<std::string> told;  // the same series as promtool reads them
};

class Chance {
 public:
  explicit Chance(uint64_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<uint64_t>(count)); }

 private:
  std::mt19937_64 engine_;
};

// A series that climbs, falls, is not there for a while, ends with a marker and comes back.
void add_series(Chance& chance, const std::string& metric, const std::string& label, Pair& pair) {
  SeriesToWrite series{{{"__name__", metric}, {"l", label}}, {}};
  std::string told = "'" + metric + "{l=\"" + label + "\"}'\n        values: '";
  int value = chance.below(10);
  bool there = chance.below(4) > 0;
  for (int step = 0; step <= kSteps; ++step) {
    const int64_t time_ms = (kBegin + step * kStepSeconds) * 1000;
    const bool was = there;
    if (chance.below(12) == 0) there = !there;
    std::string word = "_";
    if (there && chance.below(40) == 0) {
      word = "NaN";
      series.samples.push_back({time_ms, std::numeric_limits<double>::quiet_NaN()});
    } else if (there) {
      if (chance.below(3) == 0) value = chance.below(10);
      word = std::to_string(value);
      series.samples.push_back({time_ms, static_cast<double>(value)});
    } else if (was && chance.below(2) == 0) {
      word = "stale";
      series.samples.push_back({time_ms, stale_marker()});
    }
    told += (step == 0 ? "" : " ") + word;
  }
  pair.series.push_back(std::move(series));
  pair.told.push_back(told + "'");
}

Pair make_pair(int number) {
  static const std::vector<std::string> exprs = {
      "M > 5",
      "sum(M) > 8",
      "sum by (l) (rate(M[1m])) > 0.1",
      "M offset 1m > 4",
      "absent(M)",
      "absent(M{l=\"a\"} > 6)",
      "max_over_time(M[2m:30s]) > 8",
      "M > 4 and on () N < 5",
      "M unless on (l) N > 3",
      "avg_over_time(M[1m]) < 4",
      "count(M) < 2",
      "M == M offset 30s",
      "(count(M) or vector(0)) < 1",
      "changes(M[2m]) > 3",
      "max by (l) (M) > 7",
  };
  static const std::vector<std::string> holds = {"", "15s", "40s", "1m", "2m", "5m"};
  Chance chance(static_cast<uint64_t>(number) + 1);
  const std::string index = std::to_string(number);
  Pair pair;
  pair.rule.alert = "A" + index;
  pair.rule.expr = exprs[static_cast<size_t>(number) % exprs.size()];
  for (const char* name : {"M", "N"}) {
    pair.rule.expr = std::regex_replace(
        pair.rule.expr, std::regex(std::string("\\b") + name + "\\b"), name + index);
    for (const char* label : {"a", "b"}) add_series(chance, name + index, label, pair);
  }
  pair.rule.for_text = holds[static_cast<size_t>(chance.below(6))];
  pair.rule.for_seconds = parse_duration(pair.rule.for_text).value_or(0);
  if (chance.below(3) == 0) {
    pair.rule.keep_firing_for_text = "45s";
    pair.rule.keep_firing_for_seconds = 45;
  }
  return pair;
}

using FiringSteps = std::map<std::string, std::set<int>>;  // by the alert's name

// A test that expects no alert at any step: every complaint is one that fires.
FiringSteps by_promtool(const std::vector<Pair>& pairs) {
  const ScratchFolder folder;
  RuleGroup group;
  group.name = "pairs";
  std::ofstream test(folder.path() / "test.yml");
  test << "rule_files: [rules.yml]\nevaluation_interval: 15s\ntests:\n  - interval: 15s\n"
       << "    input_series:\n";
  for (const Pair& pair : pairs) {
    group.rules.push_back(pair.rule);
    for (const std::string& told : pair.told) test << "      - series: " << told << "\n";
  }
  std::ofstream(folder.path() / "rules.yml") << to_rule_file({group});
  test << "    alert_rule_test:\n";
  for (int step = 0; step <= kSteps; ++step) {
    for (const Pair& pair : pairs) {
      test << "      - {eval_time: " << step * kStepSeconds << "s, alertname: " << pair.rule.alert
           << "}\n";
    }
  }
  test.close();
  const ChildResult result =
      run_child({"promtool", "test", "rules", (folder.path() / "test.yml").string()},
                std::chrono::seconds(60));
  REQUIRE_FALSE(result.timed_out);
  FiringSteps firing;
  static const std::regex complaint(R"(alertname: (\S+), time: (\S+),)");
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.size() > 200 || !std::regex_search(line, match, complaint)) continue;
    const auto seconds = parse_duration(match[2].str());
    REQUIRE(seconds);
    firing[match[1]].insert(static_cast<int>(*seconds) / kStepSeconds);
  }
  return firing;
}

FiringSteps by_us(const std::vector<Pair>& pairs) {
  PrometheusServer server;
  FiringSteps firing;
  for (const Pair& pair : pairs) server.write(pair.series);
  for (const Pair& pair : pairs) {
    Evaluations evaluations;
    evaluations.begin_ms = kBegin * 1000;
    evaluations.interval_ms = kStepSeconds * 1000;
    evaluations.failed.assign(kSteps + 1, false);
    const QueryAnswer answer = server.query_range(
        pair.rule.expr, evaluations.begin_ms, evaluations.time_ms(kSteps), evaluations.interval_ms);
    INFO(pair.rule.expr << ": " << answer.error);
    REQUIRE(answer.ok);
    take_results(pair.rule, answer, 0, evaluations);
    const AlertHistory history =
        follow_alert(evaluations, pair.rule.for_seconds, pair.rule.keep_firing_for_seconds);
    for (const Firing& one : history.firings) {
      for (int step = 0; step <= kSteps; ++step) {
        const int64_t now = evaluations.time_ms(static_cast<size_t>(step));
        if (now >= one.fired_ms && (!one.resolved_ms || now < *one.resolved_ms)) {
          firing[pair.rule.alert].insert(step);
        }
      }
    }
  }
  return firing;
}

}  // namespace

TEST_CASE("alerts fire at the evaluations at which promtool's do") {
  std::vector<Pair> pairs;
  for (int i = 0; i < kPairs; ++i) pairs.push_back(make_pair(i));
  const FiringSteps expected = by_promtool(pairs), ours = by_us(pairs);
  CHECK(expected.size() >= 60);
  int flapping = 0;
  for (const Pair& pair : pairs) {
    INFO(pair.rule.alert << ": " << pair.rule.expr << " for " << pair.rule.for_text
                         << " keep_firing_for " << pair.rule.keep_firing_for_text);
    const auto of = [&pair](const FiringSteps& all) {
      const auto found = all.find(pair.rule.alert);
      return found == all.end() ? std::set<int>() : found->second;
    };
    const std::set<int> steps = of(expected);
    CHECK(of(ours) == steps);
    int begins = 0;
    for (const int step : steps) begins += steps.count(step - 1) == 0;
    flapping += begins > 1;
  }
  CHECK(flapping >= 20);
}
