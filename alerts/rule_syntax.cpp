#include "alerts/rule_syntax.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

#include "alerts/scratch_folder.hpp"
#include "core/child.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

namespace gameday {

namespace {

constexpr auto kPromtoolLimit = std::chrono::seconds(60);

json::object to_object(const TextPairs& pairs) {
  json::object object;
  for (const auto& [key, value] : pairs) object[key] = value;
  return object;
}

json::object to_object(const Rule& rule) {
  json::object object;
  object[rule.alert.empty() ? "record" : "alert"] = rule.alert.empty() ? rule.record : rule.alert;
  object["expr"] = rule.expr;
  if (!rule.for_text.empty()) object["for"] = rule.for_text;
  if (!rule.keep_firing_for_text.empty()) object["keep_firing_for"] = rule.keep_firing_for_text;
  if (!rule.labels.empty()) object["labels"] = to_object(rule.labels);
  if (!rule.annotations.empty()) object["annotations"] = to_object(rule.annotations);
  return object;
}

// What is not PromQL, by marks that no expression of Prometheus has. Empty when nothing says so.
std::string engine_of(const std::string& expr, const std::string& refused_for) {
  static const std::regex logql(
      R"(\}\s{0,20}(\|=|\|~|!=\s{0,20}"|!~\s{0,20}"|\|\s{0,20}(json|logfmt|line_format|unwrap|pattern)\b))");
  static const std::regex metricsql(
      R"(unknown function with name "(range_|running_|rollup|median_over_time|increase_pure|)"
      R"(rate_over_sum|keep_last_value|default_rollup|distinct_over_time|share_|interpolate|)"
      R"(label_(set|map|match|mismatch|move|copy|del|keep|uppercase|lowercase|value|transform)|)"
      R"(alias|union|count_(eq|ne|le|gt)_over_time|remove_resets|sort_by_label|outliers|any|)"
      R"(bottomk_|topk_|zscore|histogram(s|_share)|buckets_limit|prometheus_buckets|)"
      R"(aggr_over_time|ru\b|ttf\b|tlast|tfirst|first_over_time))");
  static const std::regex with(R"(^\s{0,20}WITH\s{0,20}\(|\bdefault\s+\S)", std::regex::icase);
  if (std::regex_search(expr, logql)) return "LogQL: a query of Loki's logs";
  if (std::regex_search(refused_for, metricsql) || std::regex_search(expr, with)) {
    return "MetricsQL: a query for VictoriaMetrics";
  }
  return "";
}

// The rule that promtool means by a group's name and a place in it, counted from 1.
const Rule* rule_at(const RuleFile& file, const std::string& group, size_t place) {
  for (const RuleGroup& one : file.groups) {
    if (one.name == group && place >= 1 && place <= one.rules.size()) return &one.rules[place - 1];
  }
  return nullptr;
}

Finding explain(const RuleFile& file, std::string said) {
  constexpr size_t kLongest = 1000;
  if (said.size() > kLongest) said.resize(kLongest);
  static const std::regex rule_error(
      R"re((?:\d+:\d+: )?group "(.*)", rule (\d+), "(.*?)": (.*))re");
  static const std::regex expression(R"(could not parse expression: (\d+:\d+: )?(parse error: )?)");
  std::smatch match;
  if (!std::regex_match(said, match, rule_error)) {
    return {FindingKind::kRefused, file.shown, 1, "Prometheus refuses it: " + said};
  }
  const std::string name = match[3], why = match[4];
  const Rule* rule = rule_at(file, match[1], std::stoul(match[2]));
  if (!rule) return {FindingKind::kRefused, file.shown, 1, said};
  if (!std::regex_search(why, expression)) {
    return {FindingKind::kRefused, file.shown, rule->line, name + ": " + why};
  }
  if (const std::string engine = engine_of(rule->expr, why); !engine.empty()) {
    return {FindingKind::kOtherEngine, file.shown, rule->expr_line,
            name + " is " + engine + ", not one of Prometheus"};
  }
  std::smatch place;
  std::regex_search(why, place, expression);
  const std::string at =
      place[1].matched
          ? " (at " + place[1].str().substr(0, place[1].length() - 2) + " of the expression)"
          : "";
  return {FindingKind::kRefused, file.shown, rule->expr_line,
          name + ": " + std::regex_replace(why, expression, "") + at};
}

// Lines "FILE: reason" of promtool's answer, by file.
std::map<std::string, std::vector<std::string>> complaints_of(const std::string& answer,
                                                              const std::string& folder) {
  std::map<std::string, std::vector<std::string>> by_file;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(folder)) continue;
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::vector<std::string>& list = by_file[line.substr(0, colon)];
    const std::string reason = line.substr(colon + 2);
    if (std::find(list.begin(), list.end(), reason) == list.end()) list.push_back(reason);
  }
  return by_file;
}

}  // namespace

std::string to_rule_file(const std::vector<RuleGroup>& groups) {
  json::array list;
  for (const RuleGroup& group : groups) {
    json::object object;
    object["name"] = group.name;
    if (!group.interval_text.empty()) object["interval"] = group.interval_text;
    if (group.limit) object["limit"] = *group.limit;
    json::array rules;
    for (const Rule& rule : group.rules) rules.push_back(to_object(rule));
    object["rules"] = std::move(rules);
    list.push_back(std::move(object));
  }
  return pretty(json::object{{"groups", std::move(list)}});
}

void check_syntax(RuleSet& set) {
  if (set.files.empty()) return;
  const ScratchFolder folder;
  std::vector<std::string> argv = {"promtool", "check", "rules", "--lint=none"};
  for (size_t i = 0; i < set.files.size(); ++i) {
    argv.push_back((folder.path() / (std::to_string(i) + ".yml")).string());
    std::ofstream(argv.back()) << to_rule_file(set.files[i].groups);
  }
  const size_t first = argv.size() - set.files.size();
  const ChildResult result = run_child(argv, kPromtoolLimit);
  if (result.status == 127) {
    throw machine_error("alerts: promtool is missing: install Debian's package prometheus");
  }
  const auto complaints = complaints_of(result.output, folder.path().string());
  if (result.timed_out || (result.status != 0 && complaints.empty())) {
    throw machine_error("alerts: promtool gave no answer: " + result.output.substr(0, 300));
  }
  std::vector<RuleFile> kept;
  for (size_t i = 0; i < set.files.size(); ++i) {
    const auto found = complaints.find(argv[first + i]);
    if (found == complaints.end()) {
      kept.push_back(std::move(set.files[i]));
      continue;
    }
    for (const std::string& said : found->second) {
      set.findings.push_back(explain(set.files[i], said));
    }
  }
  set.files = std::move(kept);
}

}  // namespace gameday
