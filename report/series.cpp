#include "report/series.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/text.hpp"

namespace gameday {

namespace {

using text::fixed;

constexpr const char* kAsDocumented = "as documented";
constexpr const char* kDeviates = "deviates";
constexpr const char* kVoidText = "void";

// The runs of one scenario.
struct Group {
  std::string scenario;
  std::vector<const ReplayRun*> runs;

  bool good() const {
    return std::all_of(runs.begin(), runs.end(),
                       [](const ReplayRun* run) { return run->deviations.empty(); });
  }
  // Void runs say nothing of the outage: the others' verdict stands, if there are any.
  std::string verdict() const {
    const bool all_void = std::all_of(runs.begin(), runs.end(), [](const ReplayRun* run) {
      return run->voided.has_value();
    });
    const bool deviates = std::any_of(runs.begin(), runs.end(), [](const ReplayRun* run) {
      return !run->deviations.empty() && !run->voided;
    });
    return all_void ? kVoidText : deviates ? kDeviates : kAsDocumented;
  }
};

std::vector<Group> groups_of(const ReplaySeries& series) {
  std::vector<Group> groups;
  for (const ReplayRun& run : series.runs) {
    if (groups.empty() || groups.back().scenario != run.scenario) {
      groups.push_back({run.scenario, {}});
    }
    groups.back().runs.push_back(&run);
  }
  return groups;
}

// One documented figure over all runs of a scenario.
struct FigureRow {
  Figure figure;
  std::vector<double> measured;
};

std::vector<FigureRow> rows_of(const Group& group) {
  std::vector<FigureRow> rows;
  for (const ReplayRun* run : group.runs) {
    if (run->voided) continue;  // what was measured then is the machine's, not the outage's
    for (const Figure& figure : run->figures) {
      auto row = std::find_if(rows.begin(), rows.end(), [&](const FigureRow& one) {
        return one.figure.name == figure.name;
      });
      if (row == rows.end()) row = rows.insert(rows.end(), {figure, {}});
      if (figure.measured) row->measured.push_back(*figure.measured);
    }
  }
  return rows;
}

std::string spoken(const std::string& name) {
  if (name == "users_affected_percent") return "users affected";
  if (name == "goodput_lost_percent") return "goodput lost";
  if (name == "outage_success_percent") return "requests that succeed";
  return name;
}

std::string measured_text(const FigureRow& row) {
  if (row.measured.empty()) return "not measured";
  const Spread spread = spread_of(row.measured);
  std::string text = fixed(spread.median, 1) + " %";
  if (row.measured.size() > 1) {
    text += " (" + fixed(spread.min, 1) + " to " + fixed(spread.max, 1) + ")";
  }
  return text;
}

// Of the median from what is documented; nothing for a bound that is kept.
std::string deviation_text(const FigureRow& row) {
  if (row.measured.empty()) return "";
  const double points = spread_of(row.measured).median - row.figure.documented;
  if (row.figure.at_most) return points < 0 ? "none" : "+" + fixed(points, 1);
  return (points < 0 ? "" : "+") + fixed(points, 1);
}

// The widest share of those who came, as the outcome of what was assumed.
std::string assumption_text(const Group& group) {
  const json::value* all = group.runs.front()->document.if_contains("assumptions");
  if (!all || !all->is_array()) return "";
  std::string text;
  for (const json::value& one : all->as_array()) {
    if (!one.is_object() || string_or(one.as_object(), "name", "") != "visiting_share") continue;
    std::vector<double> of_visitors;
    for (const ReplayRun* run : group.runs) {
      const json::value* share = find_path(run->document, {"impact", "visitors_affected_percent"});
      if (share && share->is_number()) of_visitors.push_back(share->to_number<double>());
    }
    text += group.scenario + " assumes that " +
            fixed(100 * number_or(one.as_object(), "value", 1), 0) + " % of the users come (" +
            string_or(one.as_object(), "reason", "") + ")";
    if (!of_visitors.empty()) {
      text += "; of those who came " + fixed(spread_of(of_visitors).median, 1) +
              " % were affected";
    }
    text += "\n";
  }
  return text;
}

std::string xml(std::string_view text) {
  std::string safe;
  for (const char character : text::one_line(text, 2000)) {
    if (character == '&') safe += "&amp;";
    else if (character == '<') safe += "&lt;";
    else if (character == '>') safe += "&gt;";
    else if (character == '"') safe += "&quot;";
    else safe += character;
  }
  return safe;
}

double seconds_of(const std::vector<const ReplayRun*>& runs) {
  double seconds = 0;
  for (const ReplayRun* run : runs) seconds += run->seconds;
  return seconds;
}

json::object document_of(const Group& group) {
  json::array figures, runs;
  for (const FigureRow& row : rows_of(group)) {
    json::object figure{{"name", row.figure.name},
                        {"documented", row.figure.documented},
                        {"at_most", row.figure.at_most},
                        {"measured", nullptr},
                        {"deviation", nullptr}};
    if (!row.measured.empty()) {
      const Spread spread = spread_of(row.measured);
      figure["measured"] = json::object{{"median", rounded(spread.median, 2)},
                                        {"min", rounded(spread.min, 2)},
                                        {"max", rounded(spread.max, 2)}};
      figure["deviation"] = rounded(spread.median - row.figure.documented, 2);
    }
    figures.push_back(std::move(figure));
  }
  for (const ReplayRun* run : group.runs) {
    json::array deviations;
    for (const std::string& why : run->deviations) deviations.emplace_back(why);
    runs.push_back(json::object{{"seed", run->seed},
                                {"passed", run->deviations.empty()},
                                {"tries", tries_to_json(run->earlier_tries, run->voided)},
                                {"deviations", deviations},
                                {"seconds", rounded(run->seconds, 1)},
                                {"folder", run->folder.string()},
                                {"replay", run->document}});
  }
  json::object document;
  document["scenario"] = group.scenario;
  document["passed"] = group.good();
  document["figures"] = std::move(figures);
  const json::value* assumptions = group.runs.front()->document.if_contains("assumptions");
  document["assumptions"] = assumptions ? *assumptions : json::value(json::array());
  document["runs"] = std::move(runs);
  return document;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values.at(middle)
                                               : (values.at(middle - 1) + values.at(middle)) / 2;
  return {values.front(), median, values.back()};
}

bool passed(const ReplaySeries& series) {
  return series.stopped.empty() && !series.runs.empty() &&
         std::all_of(series.runs.begin(), series.runs.end(),
                     [](const ReplayRun& run) { return run.deviations.empty(); });
}

int exit_code(const std::vector<std::string>& deviations, const std::optional<Void>& voided) {
  if (deviations.empty()) return 0;
  return voided ? exit_code_of_void(voided->kind) : 1;
}

int exit_code(const ReplaySeries& series) {
  if (passed(series)) return 0;
  const bool only_machine =
      series.stopped.empty() && !series.runs.empty() &&
      std::all_of(series.runs.begin(), series.runs.end(),
                  [](const ReplayRun& run) { return exit_code(run.deviations, run.voided) != 1; });
  return only_machine ? 3 : 1;
}

json::array tries_to_json(const std::vector<Void>& earlier, const std::optional<Void>& last) {
  json::array tries;
  for (const Void& one : earlier) tries.push_back(json::object{{"void", void_to_json(one)}});
  tries.push_back(json::object{{"void", void_to_json(last)}});
  return tries;
}

std::string series_table(const ReplaySeries& series) {
  std::vector<std::vector<std::string>> rows = {
      {"scenario", "figure", "documented", "measured", "deviation", "verdict"}};
  std::string below;
  double seconds = 0;
  for (const Group& group : groups_of(series)) {
    const std::string verdict = group.verdict();
    std::string name = group.scenario;
    for (const FigureRow& row : rows_of(group)) {
      rows.push_back({name, spoken(row.figure.name),
                      (row.figure.at_most ? "below " : "") + fixed(row.figure.documented, 0) + " %",
                      measured_text(row), deviation_text(row), name.empty() ? "" : verdict});
      name.clear();
    }
    if (!name.empty()) rows.push_back({name, "", "", "not measured", "", verdict});
    below += assumption_text(group);
    seconds += seconds_of(group.runs);
    for (const ReplayRun* run : group.runs) {
      if (!run->earlier_tries.empty()) {
        const size_t times = run->earlier_tries.size();
        below += group.scenario + ", seed " + std::to_string(run->seed) + ": played " +
                 std::to_string(times + 1) + " times, void " +
                 (times == 1 ? "once: " : std::to_string(times) + " times: ") +
                 run->earlier_tries.front().why + "\n";
      }
      for (const std::string& why : run->deviations) {
        below += group.scenario + ", seed " + std::to_string(run->seed) + ": " + why + "\n";
      }
    }
  }
  std::string out = text::table(rows, {23, 21, 10, 25, 9, 13});
  if (!below.empty()) out += "\n" + below;
  out += "\n" + std::to_string(series.runs.size()) +
         (series.runs.size() == 1 ? " replay in " : " replays in ") + fixed(seconds, 0) + " s, " +
         (passed(series) ? "all as documented" : "not all as documented");
  if (!series.stopped.empty()) out += "; stopped before the end: " + series.stopped;
  return out + "\n";
}

json::object series_document(const ReplaySeries& series) {
  json::object document;
  json::array scenarios;
  double seconds = 0;
  for (const Group& group : groups_of(series)) {
    scenarios.push_back(document_of(group));
    seconds += seconds_of(group.runs);
  }
  document["passed"] = passed(series);
  if (!series.stopped.empty()) document["stopped"] = series.stopped;
  document["tolerance_points"] = series.tolerance_points;
  document["seconds"] = rounded(seconds, 1);
  document["scenarios"] = std::move(scenarios);
  return document;
}

namespace {

// What a case of a JUnit file holds, and how it counts.
struct JunitCase {
  std::string element;  // empty: passed
  std::string body;
};

JunitCase junit_case(const ReplayRun& run) {
  if (run.deviations.empty()) return {};
  if (run.voided && run.voided->kind == "machine") return {"skipped", ""};
  std::string body;
  for (const std::string& why : run.deviations) body += xml(why) + "\n";
  return {run.voided ? "error" : "failure", body};
}

}  // namespace

std::string series_junit(const ReplaySeries& series) {
  std::string suites;
  std::map<std::string, size_t> all;
  const auto counts = [](std::map<std::string, size_t>& of) {
    return " failures=\"" + std::to_string(of["failure"]) + "\" errors=\"" +
           std::to_string(of["error"]) + "\" skipped=\"" + std::to_string(of["skipped"]) + "\"";
  };
  double seconds = 0;
  for (const Group& group : groups_of(series)) {
    std::string cases;
    std::map<std::string, size_t> of;
    for (const ReplayRun* run : group.runs) {
      cases += "    <testcase classname=\"gameday.replay." + xml(group.scenario) +
               "\" name=\"seed " + std::to_string(run->seed) + "\" time=\"" +
               fixed(run->seconds, 1) + "\"";
      const JunitCase one = junit_case(*run);
      if (one.element.empty()) {
        cases += "/>\n";
        continue;
      }
      ++of[one.element];
      ++all[one.element];
      cases += ">\n      <" + one.element + " message=\"" + xml(run->deviations.front()) + "\"" +
               (one.body.empty() ? "/>" : ">" + one.body + "</" + one.element + ">") +
               "\n    </testcase>\n";
    }
    suites += "  <testsuite name=\"" + xml(group.scenario) + "\" tests=\"" +
              std::to_string(group.runs.size()) + "\"" + counts(of) + " time=\"" +
              fixed(seconds_of(group.runs), 1) + "\">\n" + cases + "  </testsuite>\n";
    seconds += seconds_of(group.runs);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gameday replay\" "
         "tests=\"" +
         std::to_string(series.runs.size()) + "\"" + counts(all) + " time=\"" + fixed(seconds, 1) +
         "\">\n" + suites + "</testsuites>\n";
}

}  // namespace gameday
