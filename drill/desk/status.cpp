#include "drill/desk/status.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.hpp"
#include "drill/desk/screens.hpp"

namespace gameday {
namespace {

std::string row(const std::string& name, const std::string& value) {
  std::string line = name;
  line.resize(13, ' ');
  return line + value + "\n";
}

struct TimedLine {
  double at_seconds;
  std::string text;
};

// "870 s"; above two minutes with them: "870 s (15 min)".
std::string length_text(double seconds) {
  const long whole = std::lround(seconds);
  const std::string text = std::to_string(whole) + " s";
  return whole <= 120 ? text : text + " (" + std::to_string((whole + 30) / 60) + " min)";
}

std::string said(const std::vector<DeskLine>& lines, const DeskState& state,
                 const WallAt& wall_at) {
  std::string text;
  for (const DeskLine& line : lines) {
    text += (text.empty() ? "" : ", ") + text::row(line.text, 60) + " at " +
            moment_text(state, line.at_seconds, wall_at);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string moment_text(const DeskState& state, double at_seconds, const WallAt& wall_at) {
  const std::string wall = wall_at(at_seconds);
  if (!state.page_at) return wall;
  const long after = std::lround(at_seconds - *state.page_at);
  return wall + " (" + (after < 0 ? "" : "+") + std::to_string(after) + " s)";
}

std::string status_screen(const DeskState& state, double now_seconds, size_t observations,
                          const WallAt& wall_at) {
  if (state.pages.empty()) {
    return row("pages", "none yet") + row("seen", std::to_string(observations) + " observations");
  }
  std::string text = row("paged", wall_at(*state.page_at) + ", " +
                                      length_text(now_seconds - *state.page_at) + " ago: " +
                                      text::row(string_or(state.pages[0], "summary", ""), 60));
  if (state.pages.size() > 1) {
    text += row("", std::to_string(state.pages.size() - 1) + " more (gameday pages)");
  }
  text += row("times", "UTC, as in the hosts' logs (seconds after the page)");
  text += row("acknowledged",
              state.acknowledged_at ? moment_text(state, *state.acknowledged_at, wall_at) : "no");
  text += row("severity", state.severity.empty() ? "not declared" : state.severity);
  text += row("escalated", said(state.escalations, state, wall_at));
  std::vector<DeskLine> last_update;
  if (!state.updates.empty()) last_update.push_back(state.updates.back());
  text += row("updates", said(last_update, state, wall_at));
  if (state.next_update_at) {
    const double left = *state.next_update_at - now_seconds;
    text += row("next update", wall_at(*state.next_update_at) +
                                   (left >= 0 ? ", in " + length_text(left)
                                              : ", overdue by " + length_text(-left)));
  }
  text += row("seen", std::to_string(observations) + " observations, " +
                          std::to_string(state.notes.size()) + " notes (gameday notes)");
  text += row("hints", std::to_string(state.hints_taken) + " taken");
  std::string cause = "not stated";
  if (state.last_diagnosis) {
    const json::object& last = *state.last_diagnosis;
    cause = string_or(last, "verdict", "");
    if (cause == "fault") {
      cause += ": " + string_or(last, "mechanism", "") + " on " + string_or(last, "component", "");
    }
    cause += " (" + std::to_string(state.diagnoses) + " recorded)";
  }
  text += row("cause", cause);
  return text + row("state", state.resolved      ? "resolved"
                             : state.handed_over ? "handed over"
                                                 : "open");
}

json::object status_document(const DeskState& state, double now_seconds, size_t observations) {
  const auto lines = [](const std::vector<DeskLine>& from) {
    json::array array;
    for (const DeskLine& line : from) {
      array.push_back(json::object{{"at", rounded(line.at_seconds, 3)}, {"text", line.text}});
    }
    return array;
  };
  const auto time_or_null = [](const std::optional<double>& time) -> json::value {
    if (!time) return nullptr;
    return rounded(*time, 3);
  };
  json::object document;
  document["now"] = rounded(now_seconds, 3);
  document["pages"] = state.pages.size();
  document["page_at"] = time_or_null(state.page_at);
  document["acknowledged_at"] = time_or_null(state.acknowledged_at);
  document["severity"] = state.severity;
  document["escalations"] = lines(state.escalations);
  document["updates"] = lines(state.updates);
  document["next_update_at"] = time_or_null(state.next_update_at);
  document["observations"] = observations;
  document["notes"] = state.notes.size();
  document["hints_taken"] = state.hints_taken;
  document["diagnoses"] = state.diagnoses;
  if (state.last_diagnosis) document["diagnosis"] = *state.last_diagnosis;
  else document["diagnosis"] = nullptr;
  document["resolved"] = state.resolved;
  return document;
}

std::string notes_screen(const DeskState& state, const std::vector<Observation>& observations,
                         bool with_output, const WallAt& wall_at) {
  std::vector<TimedLine> lines;
  for (const Observation& seen : observations) {
    std::string text = seen.id;
    text.resize(std::max<size_t>(text.size() + 1, 6), ' ');
    text += moment_text(state, seen.started, wall_at) + "  " + seen.host + ": " +
            text::row(whole_command(seen), 200);
    if (seen.status && *seen.status != 0) text += "  [exit " + std::to_string(*seen.status) + "]";
    text += "\n";
    if (with_output && !seen.output.empty()) {
      text += seen.output + (seen.output.ends_with('\n') ? "" : "\n");
    }
    lines.push_back({seen.started, text});
  }
  for (const DeskNote& note : state.notes) {
    std::string text = note.id;
    text.resize(std::max<size_t>(text.size() + 1, 6), ' ');
    lines.push_back({note.at_seconds, text + moment_text(state, note.at_seconds, wall_at) + "  " +
                                          note.from + ": " + text::row(note.text, 1000) + "\n"});
  }
  if (lines.empty()) return "nothing was seen or noted yet\n";
  std::stable_sort(lines.begin(), lines.end(), [](const TimedLine& a, const TimedLine& b) {
    return a.at_seconds < b.at_seconds;
  });
  std::string text;
  for (const TimedLine& line : lines) text += line.text;
  return text;
}

json::object notes_document(const DeskState& state, const std::vector<Observation>& observations) {
  json::array seen, notes;
  for (const Observation& observation : observations) seen.push_back(to_json(observation));
  for (const DeskNote& note : state.notes) {
    notes.push_back(json::object{{"id", note.id},
                                 {"at", rounded(note.at_seconds, 3)},
                                 {"from", note.from},
                                 {"text", note.text}});
  }
  return {{"observations", std::move(seen)}, {"notes", std::move(notes)}};
}

json::object taxonomy_document(const Taxonomy& taxonomy) {
  json::object document;
  for (const char* field : {"verdict", "component", "class", "mechanism", "trigger"}) {
    json::object values;
    for (const TaxonomyValue& value : taxonomy.values(field)) values[value.name] = value.help;
    document[field] = std::move(values);
  }
  return document;
}

}  // namespace gameday
