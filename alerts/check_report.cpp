#include "alerts/check_report.hpp"

#include <algorithm>
#include <set>

#include "alerts/promql.hpp"
#include "alerts/silence.hpp"
#include "core/clock.hpp"

namespace gameday {

namespace {

json::value optional_seconds(const std::optional<double>& seconds) {
  return seconds ? json::value(rounded(*seconds, 3)) : json::value(nullptr);
}

json::object to_json(const RuleResult& one, const std::string& id) {
  json::object object;
  object["case"] = id;
  object["verdict"] = one.verdict;
  object["reason"] = one.reason.empty() ? json::value(nullptr) : json::value(one.reason);
  object["detail"] = one.detail;
  object["peak"] =
      one.peak ? json::value(json::object{{"value", one.peak->value},
                                          {"threshold", one.peak->threshold},
                                          {"after_seconds", rounded(one.peak->after_seconds, 3)}})
               : json::value(nullptr);
  object["held_seconds"] = optional_seconds(one.held_seconds);
  object["pending_after_seconds"] = optional_seconds(one.pending_after);
  object["fired_after_seconds"] = optional_seconds(one.fired_after);
  object["resolved_after_seconds"] = optional_seconds(one.resolved_after);
  object["intervals"] = one.intervals;
  object["flaps"] = std::max(0, one.intervals - 1);
  object["rank"] = one.rank == 0 ? json::value(nullptr) : json::value(one.rank);
  return object;
}

json::object to_json(const AlertCase& one, const CaseResult& result) {
  json::object object;
  object["id"] = one.recording.id();
  object["scenario"] = one.recording.scenario;
  object["variant"] = one.recording.variant;
  object["kind"] = one.recording.twin ? "twin" : "outage";
  object["documented_seconds"] = one.documented_seconds;
  object["judged_seconds"] = result.outage_seconds;
  object["fault_at"] = iso8601(WallTime(std::chrono::seconds(one.fault_unix_seconds)));
  object["suffering_after_seconds"] = result.suffering_after;
  object["served_after_seconds"] = result.served_after;
  object["verdict"] = result.verdict;
  object["pages"] = result.pages;
  object["first_page"] = nullptr;
  if (const auto& page = result.first_page) {
    object["first_page"] = json::object{
        {"rule", page->rule},
        {"after_seconds", rounded(page->after_seconds, 3)},
        {"after_suffering_seconds", rounded(page->after_seconds - result.suffering_after, 3)}};
  }
  return object;
}

json::object rule_object(const AlertCheck& check, size_t index) {
  const JudgedRule& judged = check.judged[index];
  json::object object, labels;
  for (const auto& [name, value] : judged.rule->labels) labels[name] = value;
  object["id"] = judged.id();
  object["file"] = judged.group->file;
  object["line"] = judged.rule->line;
  object["group"] = judged.group->name;
  object["index"] = judged.index;
  object["alert"] = judged.rule->alert;
  object["labels"] = std::move(labels);
  object["for_seconds"] = judged.rule->for_seconds;
  object["interval_seconds"] =
      judged.group->interval_seconds.value_or(check.options.evaluation_seconds);
  object["wakes"] = judged.wakes;
  object["state"] = state_of(check, index);
  json::array results;
  for (size_t i = 0; i < check.cases.size(); ++i) {
    results.push_back(to_json(check.results[i].rules[index], check.cases[i].recording.id()));
  }
  object["results"] = std::move(results);
  return object;
}

json::object summary_of(const AlertCheck& check) {
  int outages = 0, caught = 0, late = 0, missed = 0;
  std::vector<double> times;
  for (size_t i = 0; i < check.cases.size(); ++i) {
    if (check.cases[i].recording.twin) continue;
    const CaseResult& result = check.results[i];
    ++outages;
    (result.verdict == "caught" ? caught : result.verdict == "late" ? late : missed)++;
    if (result.first_page) times.push_back(result.first_page->after_seconds);
  }
  std::sort(times.begin(), times.end());
  int dead = 0, failing = 0, never_fired = 0;
  for (size_t i = 0; i < check.judged.size(); ++i) {
    dead += state_of(check, i) == "dead";
    failing += state_of(check, i) == "failing";
    never_fired += !check.results.empty() &&
                   std::none_of(check.results.begin(), check.results.end(), [i](const auto& one) {
                     return one.rules[i].fired_after || one.rules[i].verdict == "already";
                   });
  }
  json::object object{{"outages", outages}, {"caught", caught}, {"late", late}, {"missed", missed}};
  object["median_seconds"] = times.empty() ? json::value(nullptr) : times[(times.size() - 1) / 2];
  object["worst_seconds"] = times.empty() ? json::value(nullptr) : times.back();
  object["dead"] = dead;
  object["failing"] = failing;
  object["never_fired"] = never_fired;
  object["verdicts"] = check.judged.size() * check.cases.size();
  object["judged_seconds"] = rounded(check.judged_seconds, 2);
  return object;
}

std::string cell_of(const RuleResult& one) {
  if (one.fired_after && one.verdict != "already") {
    return one.verdict + " " + span_text(*one.fired_after);
  }
  return one.reason.empty() ? one.verdict : one.reason;
}

void pad(std::string& text, size_t from, size_t width) {
  const size_t used = text.size() - from;
  text += std::string(used < width ? width - used : 0, ' ') + "  ";
}

std::string matrix_text(const AlertCheck& check) {
  size_t first = 5;
  std::vector<size_t> widths(check.cases.size());
  for (size_t i = 0; i < check.cases.size(); ++i) {
    widths[i] = std::max<size_t>(3, cell_of({}).size());
    for (const RuleResult& one : check.results[i].rules) {
      widths[i] = std::max(widths[i], cell_of(one).size());
    }
    widths[i] = std::max(widths[i], check.results[i].verdict.size());
  }
  for (const JudgedRule& one : check.judged) first = std::max(first, one.rule->alert.size() + 2);
  std::string text;
  const auto row = [&](const std::string& name, const auto& cell) {
    const size_t begin = text.size();
    text += name;
    pad(text, begin, first);
    for (size_t i = 0; i < check.cases.size(); ++i) {
      const size_t at = text.size();
      text += cell(i);
      pad(text, at, widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  row("alert", [](size_t i) { return "[" + std::to_string(i + 1) + "]"; });
  for (size_t rule = 0; rule < check.judged.size(); ++rule) {
    const std::string mark = check.judged[rule].wakes ? " *" : "";
    row(check.judged[rule].rule->alert + mark,
        [&](size_t i) { return cell_of(check.results[i].rules[rule]); });
  }
  row("all", [&](size_t i) { return check.results[i].verdict; });
  return text;
}

// The reasons of rules that never fired, one line each where all cases say the same.
std::string silent_rules_text(const AlertCheck& check) {
  std::string text;
  for (size_t rule = 0; rule < check.judged.size(); ++rule) {
    std::vector<std::string> lines;
    bool fired = false;
    for (size_t i = 0; i < check.cases.size(); ++i) {
      const RuleResult& one = check.results[i].rules[rule];
      fired = fired || one.fired_after;
      if (one.detail.empty()) continue;
      const bool known = std::any_of(lines.begin(), lines.end(), [&one](const std::string& line) {
        return line.ends_with("  " + one.detail);
      });
      if (!known) lines.push_back("  [" + std::to_string(i + 1) + "]  " + one.detail);
    }
    if (fired || lines.empty()) continue;
    const JudgedRule& judged = check.judged[rule];
    text += judged.group->file + ":" + std::to_string(judged.rule->line) + ": " +
            judged.rule->alert + ": " + state_of(check, rule) + "\n";
    for (const std::string& line : lines) text += line + "\n";
  }
  return text;
}

}  // namespace

std::string state_of(const AlertCheck& check, size_t rule) {
  static const std::set<std::string> dead = {"no_metric", "no_label", "no_value", "side_empty"};
  const Rule& of = *check.judged[rule].rule;
  size_t silent = 0, failing = 0, not_judged = 0;
  for (const CaseResult& one : check.results) {
    const RuleResult& result = one.rules[rule];
    silent += dead.count(result.reason);
    failing += result.reason == "evaluation_fails";
    not_judged += result.verdict == "not_judged";
  }
  if (not_judged > 0 || check.results.empty()) return "not_judged";
  if (failing > 0) return "failing";
  if (silent == check.results.size()) return "dead";
  const bool fires =
      std::all_of(check.results.begin(), check.results.end(),
                  [rule](const auto& one) { return one.rules[rule].verdict == "already"; });
  return fires && selectors_of(of.expr).empty() ? "always" : "alive";
}

bool failed(const AlertCheck& check) {
  const auto& findings = check.rules.findings;
  const bool refused = std::any_of(findings.begin(), findings.end(),
                                   [](const Finding& one) { return refuses(one.kind); });
  bool failing = false;
  for (size_t i = 0; i < check.judged.size(); ++i)
    failing = failing || state_of(check, i) == "failing";
  return refused || failing;
}

json::object to_json(const AlertCheck& check) {
  json::array cases, rules, findings;
  for (size_t i = 0; i < check.cases.size(); ++i) {
    cases.push_back(to_json(check.cases[i], check.results[i]));
  }
  for (size_t i = 0; i < check.judged.size(); ++i) rules.push_back(rule_object(check, i));
  for (const Finding& one : check.rules.findings) {
    findings.push_back(json::object{
        {"kind", word_of(one.kind)}, {"file", one.file}, {"line", one.line}, {"text", one.text}});
  }
  json::object versions;
  if (!check.cases.empty()) versions = check.cases.front().recording.versions;
  return {
      {"schema", 1},
      {"cases", std::move(cases)},
      {"rules", std::move(rules)},
      {"findings", std::move(findings)},
      {"summary", summary_of(check)},
      {"assumed", json::object{{"zone", "UTC"},
                               {"scrape_interval_seconds", check.options.scrape_seconds},
                               {"evaluation_interval_seconds", check.options.evaluation_seconds},
                               {"within_seconds", check.options.within_seconds},
                               {"seed", check.options.seed}}},
      {"versions", std::move(versions)}};
}

std::string findings_text(const RuleSet& rules) {
  std::string text;
  for (const Finding& one : rules.findings) text += to_line(one) + "\n";
  return text.empty() ? text : text + "\n";
}

std::string to_text(const AlertCheck& check) {
  std::string text = matrix_text(check) + "\n";
  for (size_t i = 0; i < check.cases.size(); ++i) {
    const AlertCase& one = check.cases[i];
    text += "[" + std::to_string(i + 1) + "] " + one.recording.id() + ", " +
            iso8601(WallTime(std::chrono::seconds(one.fault_unix_seconds))).substr(0, 16) +
            " UTC, " + span_text(check.results[i].outage_seconds) + " long, users suffer after " +
            span_text(check.results[i].suffering_after) + "\n";
  }
  text += "* wakes somebody\n";
  if (const std::string silent = silent_rules_text(check); !silent.empty()) text += "\n" + silent;
  return text;
}

}  // namespace gameday
