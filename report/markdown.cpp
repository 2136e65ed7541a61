#include <algorithm>
#include <map>
#include <tuple>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "journal/events.hpp"
#include "report/report.hpp"

namespace gameday {

namespace {

using text::code;
using text::escaped;
using text::fixed;
using text::since;

constexpr size_t kMaxCourseLines = 200;

const Variant* variant_of(const Scenario& scenario, const Scorecard& card) {
  for (const Variant& variant : scenario.variants) {
    if (variant.id == card.variant) return &variant;
  }
  return nullptr;
}

std::string table_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string header(const Scenario& scenario, const Journal& journal, const Scorecard& card) {
  std::string out = "# " + escaped(scenario.ticket) + "\n\n";
  const Event* stack = journal.first(events::kStack);
  const std::string began = journal.events.empty() ? "" : journal.events.front().wall;
  out += "- scenario: " + escaped(card.scenario) + ", variant " + escaped(card.variant) +
         (card.twin ? ", without its fault\n" : "\n");
  out += "- began: " + escaped(plain_time(began)) + "\n";
  if (stack) {
    out += "- engine: " + escaped(string_or(stack->data, "engine", "")) + ", stack ready in " +
           fixed(number_or(stack->data, "ready_seconds", 0), 2) + " s\n";
  }
  if (const Event* truth = journal.last(events::kTruth)) {
    out += "- seed: " + fixed(number_or(truth->data, "seed", 0), 0) + "\n";
  }
  if (card.known_beforehand) out += "- the scenario was known beforehand\n";
  if (card.tutor) out += "- tutor mode: every answer was told right or wrong\n";
  if (!card.ungraded.empty()) {
    out += "- **no score**: " + escaped(card.ungraded) + "\n";
    return out + "\n";
  }
  for (const auto& [name, points, full] :
       {std::tuple{"diagnosis", card.diagnosis.points, card.diagnosis.full},
        {"repair", card.repair.points, card.repair.full},
        {"response", card.response.points, card.response.full}}) {
    out += std::string("- ") + name + ": **" + fixed(points, 1) + "** of " + fixed(full, 0) + "\n";
  }
  out += "- total: " + fixed(card.total, 1) + " of 100\n";
  return out + "\n";
}

// What can be said in four sentences, good or bad.
std::string summary(const Journal& journal, const Scorecard& card) {
  std::string out = "## Summary\n\n";
  if (const Event* interval = journal.interval("outage"); interval && !card.twin) {
    const json::object* outage = &interval->data;
    out += "For " + fixed(number_or(*outage, "seconds", 0), 1) + " s, " +
           fixed(number_or(*outage, "users_affected_percent", 0), 1) +
           " % of users met an error or a slow answer. ";
  }
  if (!card.ungraded.empty()) return out + "The run has no score.\n\n";
  const double corrected = card.diagnosis.grade.corrected;
  if (!card.diagnosis.answered) {
    out += "No cause was stated. ";
  } else if (corrected >= 0.999) {
    out += "The stated cause was right. ";
  } else {
    out += corrected > 0 ? "The stated cause was partly right. " : "The stated cause was wrong. ";
  }
  const Measure& mitigation = card.repair.grade.mitigation;
  if (card.twin) {
    out += "Nothing stayed broken.\n\n";
    return out;
  }
  if (!mitigation.known) {
    out += "Whether the repair holds could not be seen in full.";
  } else if (mitigation.certain == 1) {
    out += "The cause was removed, and stayed removed after a restart of the services.";
  } else if (mitigation.certain > 0) {
    out += "Users were served again, but not everything was mended.";
  } else if (leaves_something_broken(mitigation)) {
    out += "Users got answers again, but " + mitigation.notes.front() + ".";
  } else {
    out += "The outage was not repaired.";
  }
  if (card.repair.grade.harm.data_lost) out += " Acknowledged orders were lost.";
  return out + "\n\n";
}

// What would have told a field: the command and each line that it prints as code.
std::string told_markdown(const Told& told) {
  std::string prints;
  for (size_t from = 0; from <= told.prints.size();) {
    const size_t end = std::min(told.prints.find('\n', from), told.prints.size());
    prints += (from > 0 ? " and " : "") + code(told.prints.substr(from, end - from));
    from = end + 1;
  }
  const std::string who =
      told.id.empty() ? "on " + told.host : escaped(told.id) + " on " + escaped(told.host);
  return who + ", " + code(told.command) + (told.id.empty() ? " prints " : ", printed ") + prints +
         ": " + escaped(told.because);
}

std::string lessons(const Scorecard& card) {
  if (card.feedback.lessons.empty()) return "";
  std::string out = "## Lessons\n\n";
  for (const Lesson& lesson : card.feedback.lessons) {
    out += "- " + escaped(lesson.text, 1200) +
           (lesson.points > 0 ? " [-" + fixed(lesson.points, 1) + "]" : "") + "\n";
  }
  return out + "\n";
}

// Per field what was right, and what would have told it from the rest in this very drill.
std::string answer(const Scorecard& card) {
  if (!card.ungraded.empty()) return "";
  std::string out = "## What was right, and what would have told\n\n";
  out += table_row({"", "said", "truth", ""}) + table_row({"---", "---", "---", "---"});
  for (const FieldGrade& field : card.diagnosis.grade.fields) {
    out += table_row({field.field, escaped(field.answer.empty() ? "-" : field.answer),
                      escaped(field.truth), escaped(field.feedback)});
  }
  out += "\n";
  for (const std::string& note : card.diagnosis.grade.feedback) out += escaped(note, 800) + "\n\n";
  for (const Told& told : card.feedback.told) {
    out += "- " + told.field + ": " + told_markdown(told) + "\n";
  }
  out += card.feedback.told.empty() ? "" : "\n";
  for (const std::string& tell : card.feedback.tells) out += "- " + escaped(tell) + "\n";
  out += card.feedback.tells.empty() ? "" : "\n";
  bool seen = false;
  for (const Proof& proof : card.feedback.proofs) {
    out += "- " + escaped(proof.name) + (proof.cited ? " (cited)" : "") + "\n";
    for (const Sight& sight : proof.sights) {
      seen = true;
      out += "  - " + since(sight.at_seconds, card.feedback.start) + " " +
             escaped(sight.id.empty() ? sight.by : sight.id) + " on " + escaped(sight.host) + ": " +
             code(sight.command) + " printed " + code(sight.shown) + "\n";
    }
  }
  for (const NotSeen& one : card.diagnosis.evidence.not_seen) {
    out += "- cited, but not seen on the system: " + escaped(one.id) + ": " + escaped(one.why) + "\n";
  }
  if (!seen && card.feedback.told.empty() && !card.feedback.question.empty()) {
    out += "\nNobody asked. The question: " + escaped(card.feedback.question, 800) + "\n";
  }
  return out + "\n";
}

std::string detours(const Scorecard& card) {
  std::string out = "## Wrong turns, and what they cost\n\n";
  for (const WrongTurn& turn : card.feedback.wrong_turns) {
    out += "- " + escaped(wrong_turn_text(turn, card.feedback.start)) + "\n";
  }
  if (card.feedback.wrong_turns.empty()) out += "None was seen.\n";
  return out + "\n";
}

std::string comparison(const Scenario& scenario, const Journal& journal, const Scorecard& card) {
  std::string out = "## Documented beside measured\n\n";
  out += table_row({"", "documented (clock time)", "measured (seconds of this machine)"});
  out += table_row({"---", "---", "---"});
  std::string turns;
  for (const WrongTurn& turn : card.feedback.wrong_turns) {
    turns += (turns.empty() ? "" : ", ") + since(turn.from, card.feedback.start) + " " + turn.what;
  }
  for (const ComparisonRow& row : compare(scenario, journal)) {
    const bool scripted = row.what != "wrong turn" || row.measured != "none" || turns.empty();
    out += table_row({row.what, escaped(row.documented), escaped(scripted ? row.measured : turns)});
  }
  out += "\nSource: " + escaped(scenario.documented.source) + ". " +
         escaped(scenario.documented.note, 1000) + "\n\n";
  return out;
}

std::string event_text(const Event& event) {
  const json::object& data = event.data;
  const auto word = [&data](const char* key) { return string_or(data, key, ""); };
  if (event.kind == events::kPhase) {
    return "phase " + escaped(word("name")) +
           (word("name") == "settle" ? ": the drill watches; where something was broken, it then "
                                       "restarts that itself, to see whether the repair lasts" : "");
  }
  if (event.kind == events::kAlert) {
    return "alert " + escaped(word("name")) + " " + escaped(word("status")) +
           (of_unknown_origin(data) ? ", of unknown origin" : "");
  }
  if (event.kind == events::kPage) {
    return (of_unknown_origin(data) ? "page of unknown origin: " : "page: ") +
           escaped(word("summary"));
  }
  if (event.kind == events::kHarm) {
    const bool over = data.if_contains("until") && data.at("until").is_number();
    return (over ? "harm, put right: " : "harm: ") + escaped(word("item")) + ": " +
           escaped(word("detail"));
  }
  if (event.kind == events::kServed) {
    if (!bool_or(data, "served", false)) return "users are not served";
    const double seconds = event.at_seconds - number_or(data, "since", event.at_seconds);
    return "users are served, and have been for " + fixed(seconds, 1) + " s";
  }
  if (event.kind == events::kVerified) return "users see the effect: " + escaped(word("detail"));
  if (event.kind == events::kVoid) return "void: " + escaped(word("why"));
  if (event.kind == events::kAnswer) {
    return escaped(word("team")) + " answers: " + escaped(word("text"));
  }
  if (event.kind == events::kAct) {
    return escaped(word("who")) + ": " + escaped(word("act")) + " " + escaped(word("target")) +
           ": " + escaped(word("text"));
  }
  if (event.kind == events::kDiagnosis) {
    return "diagnosis: " + escaped(word("verdict")) + ", " + escaped(word("component")) + ", " +
           escaped(word("mechanism")) + ", " + escaped(word("trigger"));
  }
  if (event.kind == events::kDesk) {
    std::string text = "desk: " + escaped(word("verb"));
    for (const char* key : {"severity", "team", "text", "reason", "impact", "action"}) {
      if (!word(key).empty()) text += ", " + escaped(word(key));
    }
    return text;
  }
  return "";
}

// "13:20:45 (+9.0 s)": the wall clock's time, and the seconds after `start`.
std::string moment(const Event& event, double start) {
  constexpr size_t kTime = 11, kTimeLength = 8;  // in "2026-05-09T12:30:05.123Z"
  const std::string wall =
      event.wall.size() > kTime + kTimeLength ? event.wall.substr(kTime, kTimeLength) + " " : "";
  return wall + "(" + since(event.at_seconds, start) + ")";
}

// An alert at its first firing, with how often it fired and when it ended; "" for its other events.
std::string alert_text(const Journal& journal, const Event& event, double start) {
  const auto same = [&event](const Event& other) {
    return other.kind == events::kAlert && of_unknown_origin(other.data) ==
                                               of_unknown_origin(event.data) &&
           string_or(other.data, "name", "") == string_or(event.data, "name", "") &&
           string_or(other.data, "summary", "") == string_or(event.data, "summary", "");
  };
  int fired = 0;
  const Event* ended = nullptr;
  for (const Event& other : journal.events) {
    if (!same(other)) continue;
    const bool fires = string_or(other.data, "status", "") == "firing";
    if (fires && fired == 0 && other.seq != event.seq) return "";
    if (!fires && fired == 0 && other.seq == event.seq) return event_text(event);
    fired += fires;
    ended = fires ? nullptr : &other;
  }
  std::string text = event_text(event);
  if (fired > 1) text += ", " + std::to_string(fired) + " times";
  return text + (ended ? ", until " + since(ended->at_seconds, start) : "");
}

std::string timeline(const Journal& journal, double start) {
  std::string out = "## Timeline\n\nTimes are UTC, as in the hosts' logs; beside them the seconds "
                    "from the first effect that users saw.\n\n";
  size_t lines = 0;
  for (const Event& event : journal.events) {
    const bool alert = event.kind == events::kAlert;
    const std::string text = alert ? alert_text(journal, event, start) : event_text(event);
    if (text.empty()) continue;
    if (++lines > kMaxCourseLines) {
      out += "- and more, in journal.jsonl\n";
      break;
    }
    out += "- " + moment(event, start) + " " + text + "\n";
  }
  return out + "\n";
}

std::string cause(const Scenario& scenario, const Scorecard& card) {
  const Variant* variant = variant_of(scenario, card);
  std::string out = "## The cause\n\n";
  if (card.twin || !variant) return out + "Nothing stayed broken.\n\n";
  const Truth& truth = variant->truth;
  out += "Component `" + truth.component + "`, class `" + truth.cls + "`, mechanism `" +
         truth.mechanism + "`";
  for (const std::string& part : truth.also) out += " and `" + part + "`";
  out += ", begun by `" + truth.trigger + "`.\n\n";
  if (variant == &scenario.variants.front()) {
    out += "As documented: " + escaped(scenario.documented.root_cause, 1000) + ".\n\n";
  }
  out += "What would have told, each enough by itself:\n\n";
  for (const EvidenceSet& set : variant->evidence) out += "- " + escaped(set.name) + "\n";
  out += "\nTrue, and of no importance:\n\n";
  for (const std::string& fact : scenario.distractors) out += "- " + escaped(fact) + "\n";
  out += "\nRepairs that were accepted:\n\n";
  for (const Repair& repair : variant->repairs) {
    out += "- " + escaped(repair.text) + " (" + fixed(repair.rung, 1) + ")\n";
  }
  return out + "\n";
}

// What the outage's own document wants done, whatever was drawn here.
std::string prevention(const Scenario& scenario) {
  if (scenario.documented.prevention.empty()) return "";
  std::string out = "## What would prevent it\n\nThe outage's own document asks for:\n\n";
  for (const std::string& measure : scenario.documented.prevention) {
    out += "- " + escaped(measure) + "\n";
  }
  return out + "\n";
}

std::string course(const Journal& journal, double start) {
  std::string out = "## What was looked at\n\n";
  size_t lines = 0;
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation) continue;
    if (++lines > kMaxCourseLines) {
      out += "- and more, in journal.jsonl\n";
      break;
    }
    out += "- " + moment(event, start) + " " + escaped(string_or(event.data, "id", "")) + " on " +
           escaped(string_or(event.data, "host", "")) + ": " +
           code(string_or(event.data, "command", "")) + "\n";
  }
  if (lines == 0) return out + "No command was recorded.\n\n";
  return out +
         "\nWhat shells showed lies in `recordings/` beside this report, a file for each shell; "
         "`asciinema play recordings/FILE.cast`, begun in this folder, plays one.\n\n";
}

}  // namespace

std::string interval_name(const std::string& name) {
  static const std::map<std::string, std::string> words = {
      {"warm_up", "warming up"},
      {"baseline", "baseline"},
      {"waiting", "healthy, before the cause"},
      {"onset", "from the cause to its effect"},
      {"outage", "outage"},
      {"settle", "watched afterwards"},
      {"retrigger", "while services were restarted"},
      {"retriggered", "after that restart"}};
  const auto found = words.find(name);
  return found == words.end() ? name : found->second;
}

namespace {

std::string suffering(const Journal& journal) {
  std::string out = "## What users met\n\n";
  out += table_row({"interval", "seconds", "requests", "failed", "slow", "users affected",
                    "p50", "p99"});
  out += table_row({"---", "---:", "---:", "---:", "---:", "---:", "---:", "---:"});
  for (const Event& event : journal.events) {
    if (event.kind != events::kInterval) continue;
    const auto number = [&event](const char* key, int digits, const char* unit) {
      const json::value* value = event.data.if_contains(key);
      return value && value->is_number()
                 ? fixed(value->to_number<double>(), digits) + unit
                 : std::string("-");
    };
    out += table_row({escaped(interval_name(string_or(event.data, "name", ""))),
                      number("seconds", 1, ""),
                      number("offered", 0, ""), number("requests_failed_percent", 1, " %"),
                      number("requests_slow_percent", 1, " %"),
                      number("users_affected_percent", 1, " %"), number("p50_ms", 0, " ms"),
                      number("p99_ms", 0, " ms")});
  }
  if (const Event* orders = journal.last(events::kOrders)) {
    const json::value* lost = orders->data.if_contains("lost");
    out += "\nOrders acknowledged: " + fixed(number_or(orders->data, "acknowledged", 0), 0) +
           ", lost: " + (lost && lost->is_number() ? fixed(lost->to_number<double>(), 0)
                                                   : std::string("unknown")) + "\n";
  }
  return out + "\n";
}

std::string scorecard(const Scenario& scenario, const Scorecard& card) {
  return "## Scorecard\n\n```text\n" + scorecard_text(scenario, card, false) + "```\n";
}

}  // namespace

std::string report_markdown(const Scenario& scenario, const Journal& journal,
                            const Scorecard& card) {
  const double start = std::max(0.0, journal.phase_at("verified"));
  return header(scenario, journal, card) + summary(journal, card) +
         answer(card) + lessons(card) + detours(card) + comparison(scenario, journal, card) + timeline(journal, start) +
         cause(scenario, card) + prevention(scenario) +
         course(journal, start) + suffering(journal) + scorecard(scenario, card);
}

}  // namespace gameday
