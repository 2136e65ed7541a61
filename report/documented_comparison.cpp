#include <algorithm>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "report/report.hpp"

namespace gameday {

namespace {

using text::fixed;
using text::since;

std::string percent(double value) { return fixed(value, 1) + " %"; }

// Documented moments of one kind: "13:12 the monitoring agent alerts".
std::string documented(const Scenario& scenario, std::string_view kind) {
  std::string all;
  for (const DocumentedEvent& event : scenario.documented.timeline) {
    if (event.event != kind) continue;
    all += (all.empty() ? "" : ", ") + event.at.text + " " + event.text;
  }
  return all.empty() ? "not said" : all;
}

std::string impact(const Journal& journal) {
  const Event* outage = journal.interval("outage");
  if (!outage) return "not measured";
  const json::object& data = outage->data;
  std::string line = percent(number_or(data, "users_affected_percent", 0)) + " of users affected";
  line += " (" + percent(number_or(data, "visitors_affected_percent", 0)) + " of those who came), ";
  line += percent(number_or(data, "requests_failed_percent", 0)) + " of requests failed, ";
  line += percent(number_or(data, "requests_slow_percent", 0)) + " slow";
  if (data.if_contains("writes_offered")) {
    line += "; of " + fixed(number_or(data, "writes_offered", 0), 0) + " writes " +
            fixed(number_or(data, "writes_failed", 0), 0) + " failed, of " +
            fixed(number_or(data, "reads_offered", 0), 0) + " reads " +
            fixed(number_or(data, "reads_failed", 0), 0) + " failed and " +
            fixed(number_or(data, "reads_slow", 0), 0) + " were slow";
  }
  return line;
}

std::string detection(const Journal& journal, double start) {
  for (const Event& event : journal.events) {
    if (event.at_seconds < start || of_unknown_origin(event.data)) continue;
    if (event.kind == events::kPage) {
      return since(event.at_seconds, start) + " " + string_or(event.data, "summary", "page");
    }
    if (event.kind == events::kAlert && string_or(event.data, "status", "") == "firing" &&
        string_or(event.data, "severity", "") == "page") {
      return since(event.at_seconds, start) + " " + string_or(event.data, "name", "alert");
    }
  }
  return "no alert fired";
}

// What was wrongly believed before the cause was named, in the order it was looked at.
std::string wrong_turns(const Scenario& scenario, const Journal& journal, double start) {
  const Truth& truth = scenario.variants.front().truth;
  std::string all;
  std::string last_class;
  for (const Event& event : journal.events) {
    if (event.kind == events::kDiagnosis) break;
    if (event.kind != events::kAct) continue;
    const json::value* belief = event.data.if_contains("belief");
    if (!belief || !belief->is_object()) continue;
    const std::string cls = string_or(belief->as_object(), "class", "");
    const std::string mechanism = string_or(belief->as_object(), "mechanism", "");
    if (!is_wrong_turn(truth, cls, mechanism)) continue;
    const std::string where = string_or(event.data, "target", "");
    all += all.empty() ? "" : ", ";
    all += since(event.at_seconds, start) + " " + where;
    if (cls != last_class) all += " (" + cls + " suspected)";
    last_class = cls;
  }
  return all.empty() ? "none" : all;
}

std::string cause(const Journal& journal, double start) {
  const Event* answer = journal.last(events::kDiagnosis);
  if (!answer) return "not stated";
  std::string line = since(answer->at_seconds, start);
  for (const char* field : {"component", "class", "mechanism", "trigger"}) {
    const std::string value = string_or(answer->data, field, "");
    if (!value.empty()) line += (line.ends_with(" s") ? " " : ", ") + value;
  }
  return line;
}

std::string escalation(const Journal& journal, double start) {
  std::string all;
  for (const Event& event : journal.events) {
    if (event.kind != events::kDesk || string_or(event.data, "verb", "") != "escalate") continue;
    all += (all.empty() ? "" : ", ") + since(event.at_seconds, start) + " to " +
           string_or(event.data, "team", "nobody");
  }
  return all.empty() ? "nobody was called" : all;
}

std::string repair(const Journal& journal, double start) {
  std::string line;
  for (const Event& event : journal.events) {
    if (event.kind != events::kAct || string_or(event.data, "act", "") != "repair") continue;
    line = since(event.at_seconds, start) + " " + string_or(event.data, "using", "repaired") + ", ";
  }
  const auto served = served_at(journal, start);
  return line + (served ? "users served from " + since(*served, start) + " on"
                        : "users were not served again");
}

std::string normal(const Journal& journal) {
  const Event* settle = journal.interval("settle");
  if (!settle) return "not measured";
  const json::object& data = settle->data;
  const double offered = number_or(data, "offered", 0);
  const double bad = number_or(data, "failed", 0) + number_or(data, "slow", 0);
  if (offered <= 0) return "not measured: no requests";
  std::string line = percent(100 * (1 - bad / offered)) + " of requests good over " +
                     fixed(number_or(data, "seconds", 0), 1) + " s, p99 " +
                     fixed(number_or(data, "p99_ms", 0), 0) + " ms";
  if (const Event* baseline = journal.interval("baseline")) {
    line += " (before: " + fixed(number_or(baseline->data, "p99_ms", 0), 0) + " ms)";
  }
  return line;
}

std::string documented_impact(const Scenario& scenario) {
  const Documented& facts = scenario.documented;
  return facts.impact + ", " + facts.start.text + " to " + facts.end.text;
}

}  // namespace

std::vector<ComparisonRow> compare(const Scenario& scenario, const Journal& journal) {
  const double start = std::max(0.0, journal.phase_at("verified"));
  std::vector<ComparisonRow> rows = {
      {"impact", documented_impact(scenario), impact(journal)},
      {"detection", documented(scenario, "detected"), detection(journal, start)},
      {"wrong turn", documented(scenario, "wrong_turn"), wrong_turns(scenario, journal, start)},
      {"cause", documented(scenario, "cause_found"), cause(journal, start)},
      {"escalation", documented(scenario, "escalated"), escalation(journal, start)},
      {"repair", documented(scenario, "repaired"), repair(journal, start)},
      {"normal", documented(scenario, "normal"), normal(journal)}};
  const Load& load = scenario.load;
  if (load.visiting_share < 1) {
    rows.insert(rows.begin() + 1, {"assumed", "not said",
                                   percent(100 * load.visiting_share) + " of the users come at all "
                                   "meanwhile: " + load.visiting_share_reason});
  }
  for (ComparisonRow& row : rows) row.measured = text::one_line(row.measured, 400);
  return rows;
}

std::string comparison_table(const Scenario& scenario, const Journal& journal, size_t width) {
  constexpr size_t kFirst = 10, kGaps = 4;
  const size_t rest = std::max<size_t>(width, 60) - kFirst - kGaps;
  std::vector<std::vector<std::string>> rows = {
      {"", "documented (clock time)", "measured (seconds of this machine)"}};
  for (const ComparisonRow& row : compare(scenario, journal)) {
    rows.push_back({row.what, row.documented, row.measured});
  }
  return text::table(rows, {kFirst, rest * 2 / 5, rest - rest * 2 / 5});
}

}  // namespace gameday
