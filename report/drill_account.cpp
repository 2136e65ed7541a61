#include "report/drill_account.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "report/explain.hpp"
#include "scorer/losses.hpp"

namespace gameday {

namespace {

using text::fixed;
using text::since;

constexpr double kNothing = 0.05;  // points that no page shows
constexpr size_t kNamedLosses = 4, kAdvice = 3, kLongestLine = 400, kLongestHow = 400;

bool is_replay(const Journal& journal) { return journal.first(events::kAct) != nullptr; }

std::string what_broke(const DrillRecord& record) {
  if (record.card.twin) return "Nothing: this drill was the control without a fault.";
  const Truth& truth = record.variant.truth;
  std::string said = truth.component + ": " + truth.mechanism;
  for (const std::string& also : truth.also) said += " and " + also;
  said += " (" + truth.cls + "), begun by " + truth.trigger + ".";
  if (record.variant.id == record.scenario.variants.front().id) {
    said += " As documented: " + record.scenario.documented.root_cause + ".";
  }
  return said;
}

std::string orders_text(const Journal& journal) {
  const Event* orders = journal.last(events::kOrders);
  const json::value* lost = orders ? orders->data.if_contains("lost") : nullptr;
  if (!lost || !lost->is_number()) return " Whether an acknowledged order was lost is not known.";
  const double count = lost->to_number<double>();
  return count > 0 ? " " + fixed(count, 0) + " acknowledged orders were lost."
                   : " No acknowledged order was lost.";
}

std::string who_was_hurt(const DrillRecord& record) {
  const Event* outage = record.journal.interval("outage");
  if (!outage) return "Not measured: the drill has no closed outage." + orders_text(record.journal);
  const json::object& data = outage->data;
  return "In " + fixed(number_or(data, "seconds", 0), 1) + " s, " +
         fixed(number_or(data, "users_affected_percent", 0), 1) + " % of " +
         fixed(number_or(data, "users_base", 0), 0) + " users met an error or a slow answer; of " +
         fixed(number_or(data, "offered", 0), 0) + " requests " +
         fixed(number_or(data, "requests_failed_percent", 0), 1) + " % failed and " +
         fixed(number_or(data, "requests_slow_percent", 0), 1) + " % were slow." +
         orders_text(record.journal);
}

// The first event of a kind, and of a verb, after the start.
const Event* first_of(const Journal& journal, const char* kind, const char* verb, double start) {
  for (const Event& event : journal.events) {
    if (event.at_seconds < start || event.kind != kind || of_unknown_origin(event.data)) continue;
    if (!verb || word(event.data, "verb") == verb) return &event;
  }
  return nullptr;
}

std::string what_was_done(const DrillRecord& record, double start) {
  const Journal& journal = record.journal;
  std::multimap<double, std::string> by_time;
  const auto add = [&](const Event* event, const std::string& what) {
    if (event) by_time.emplace(event->at_seconds, what + " " + since(event->at_seconds, start));
  };
  add(first_of(journal, events::kPage, nullptr, start), "paged");
  add(first_of(journal, events::kDesk, "ack", start), "acknowledged");
  const Event* declared = first_of(journal, events::kDesk, "declare", start);
  add(declared, declared ? "declared " + word(declared->data, "severity") : "");
  const Event* called = first_of(journal, events::kDesk, "escalate", start);
  add(called, called ? "called the team " + word(called->data, "team") : "");
  if (const Event* answer = journal.last(events::kDiagnosis)) {
    const double right = record.card.diagnosis.grade.corrected;
    const bool graded = record.card.ungraded.empty();
    add(answer, std::string("stated the cause") +
                    (!graded ? "" : right >= 0.999 ? ", rightly," : right > 0 ? ", partly rightly,"
                                                                             : ", wrongly,"));
  }
  if (const auto served = served_at(journal, start); served && !record.card.twin) {
    by_time.emplace(*served, "users served again from " + since(*served, start) + " on");
  }
  add(first_of(journal, events::kDesk, "resolve", start), "closed");
  if (by_time.empty()) return "Nothing was said or done.";
  std::vector<std::string> steps;
  for (const auto& [at, step] : by_time) steps.push_back(step);
  std::string all = parts_joined(steps, "; ") + ".";
  all[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(all[0])));
  if (is_replay(journal)) all = "The documented people, in seconds of this machine: " + all;
  return all;
}

// What to do about a kind of loss, beyond what its reason says.
std::string advice_for(const std::string& item, const DrillRecord& record) {
  const Scenario& scenario = record.scenario;
  const std::string proof = record.variant.evidence.empty() ? "" : record.variant.evidence.front().name;
  static const std::map<std::string, std::string> plain = {
      {"answer", "State a cause before the end, even in part: gameday diagnose."},
      {"revisions", "State the cause once it is proved: every change of mind costs a fifth and more."},
      {"hints", "Look longer before taking a hint."},
      {"detect", "Say sooner that there is an incident: gameday declare."},
      {"identify", "State the cause with its proof sooner."},
      {"mitigate", "Bring users back sooner, and see that it lasts."},
      {"resolve", "Close it once users are served and the cause is gone: gameday resolve."},
      {"acknowledged", "Take the page first: gameday ack."},
      {"updates", "Say what is hurt and what you do, and again before the time you promised: "
                  "gameday update."},
      {"cap", "An order that was acknowledged must never be lost: it caps everything else."}};
  if (const auto found = plain.find(item); found != plain.end()) return found->second;
  if (item == "severity") {
    return "The impact asked for " + parts_joined(scenario.escalation.severities, " or ") + ".";
  }
  if (item == "escalation") {
    return "Call whom it belongs to, soon: " + parts_joined(scenario.escalation.right_teams, " or ") + ".";
  }
  if (item == "mitigation") {
    const auto& repairs = record.variant.repairs;
    return repairs.empty() ? "" : "A repair that was accepted: " + repairs.front().text + ".";
  }
  for (const char* field : {"component", "class", "mechanism", "trigger", "verdict", "evidence"}) {
    if (item == field) return proof.empty() ? "" : "What would have told: " + proof + ".";
  }
  return "Touch only what the cause needs, and put back what you tried.";
}

json::object loss(const DrillRecord& record, const std::string& bar, const std::string& item,
                  double points, const std::string& how, const std::vector<int64_t>& lines) {
  return {{"bar", bar}, {"item", item}, {"points", rounded(points, 2)},
          {"how", shortened(how, kLongestHow)}, {"lines", json::array(lines.begin(), lines.end())},
          {"advice", advice_for(item, record)}};
}

std::string where_points_went(const DrillRecord& record, const json::array& lost) {
  const Scorecard& card = record.card;
  if (!card.ungraded.empty()) return "No score: " + card.ungraded + ".";
  if (lost.empty()) return "Nowhere: " + fixed(card.total, 1) + " of 100.";
  std::string all = fixed(card.total, 1) + " of 100. Lost:";
  for (size_t i = 0; i < lost.size() && i < kNamedLosses; ++i) {
    const json::object& one = lost[i].as_object();
    all += std::string(i == 0 ? " " : "; ") + fixed(number_or(one, "points", 0), 1) + " for " +
           word(one, "item") + " (" + text::one_line(word(one, "how"), 120) + ")";
  }
  if (lost.size() > kNamedLosses) all += "; and less elsewhere";
  return all + ".";
}

std::string what_to_do_better(const DrillRecord& record, const json::array& lost) {
  std::vector<std::string> all;
  for (const json::value& one : lost) {
    const std::string advice = word(one.as_object(), "advice");
    const bool is_new = std::find(all.begin(), all.end(), advice) == all.end();
    if (!advice.empty() && is_new && all.size() < kAdvice) all.push_back(advice);
  }
  if (!record.card.ungraded.empty()) return "Play it again: this run has no score.";
  return all.empty() ? "Nothing that the score could name." : parts_joined(all, " ");
}

}  // namespace

json::array lost_points(const DrillRecord& record) {
  json::array lost;
  const std::vector<Reason> reasons = explain(record.card);
  for (const auto& [item, points] : losses_of(record.card)) {
    if (points < kNothing || item == "harm") continue;
    const auto reason = std::find_if(reasons.begin(), reasons.end(),
                                     [&](const Reason& one) { return one.item == item; });
    if (reason == reasons.end()) continue;
    std::string how = reason->how;
    for (const FieldGrade& field : record.card.diagnosis.grade.fields) {
      if (field.field == item) how += ": " + field.feedback;
    }
    lost.push_back(loss(record, reason->bar, item, points, how, reason->lines));
  }
  for (const Reason& reason : reasons) {
    const bool harm = reason.bar == "repair" && reason.item != "mitigation";
    if ((harm || reason.bar == "total") && -reason.points >= kNothing) {
      lost.push_back(loss(record, reason.bar, reason.item, -reason.points, reason.how, reason.lines));
    }
  }
  std::stable_sort(lost.begin(), lost.end(), [](const json::value& a, const json::value& b) {
    return number_or(a.as_object(), "points", 0) > number_or(b.as_object(), "points", 0);
  });
  return lost;
}

json::array answers_of(const DrillRecord& record, double start) {
  const json::array lost = lost_points(record);
  json::array answers;
  const auto add = [&answers](const char* question, const std::string& answer) {
    answers.push_back(json::object{{"question", question}, {"answer", shortened(answer, 1500)}});
  };
  add("What broke", what_broke(record));
  add("Who was hurt", who_was_hurt(record));
  add("What was done, and when", what_was_done(record, start));
  add("Where points were lost", where_points_went(record, lost));
  add("What to do better", what_to_do_better(record, lost));
  return answers;
}

json::object named_lines(const DrillRecord& record, const json::array& lost, size_t most_lines) {
  std::set<int64_t> wanted;
  for (const json::value& one : lost) {
    for (const json::value& line : one.as_object().at("lines").as_array()) {
      wanted.insert(line.to_number<int64_t>());
    }
  }
  for (const WrongTurn& turn : record.card.feedback.wrong_turns) {
    wanted.insert(turn.lines.begin(), turn.lines.end());
  }
  json::object lines;
  for (const Event& event : record.journal.events) {
    if (lines.size() >= most_lines) break;
    if (!wanted.contains(event.seq)) continue;
    lines[std::to_string(event.seq)] = shortened(json::serialize(to_json(event)), kLongestLine);
  }
  return lines;
}

}  // namespace gameday
