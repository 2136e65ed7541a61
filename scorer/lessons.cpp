// What a drill teaches whoever played it: what cost most, and what would have been done instead.
#include <algorithm>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/feedback_parts.hpp"
#include "scorer/losses.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

namespace {

constexpr size_t kMostLessons = 3;
constexpr double kWorthPoints = 0.5;
constexpr double kWorthSeconds = 15;

using Losses = std::map<std::string, double>;
using text::fixed;

double lost(const Losses& losses, const std::string& item) {
  const auto found = losses.find(item);
  return found == losses.end() ? 0 : found->second;
}

std::string how_to_see(const Feedback& feedback, const std::string& field) {
  for (const Told& told : feedback.told) {
    if (told.field == field) return " What tells it: " + told_text(told) + ".";
  }
  return "";
}

// The field that cost most, with all that the fields cost together.
Lesson of_fields(const DiagnosisBar& bar, const Losses& losses, const Feedback& feedback) {
  Lesson lesson;
  const FieldGrade* worst = nullptr;
  for (const FieldGrade& field : bar.grade.fields) {
    lesson.points += lost(losses, field.field);
    if (!worst || lost(losses, field.field) > lost(losses, worst->field)) worst = &field;
  }
  if (!worst || lesson.points <= 0) return lesson;
  lesson.text =
      "The " + worst->field + " was " + worst->truth +
      (worst->answer.empty() ? ", and none was stated." : ", not " + worst->answer + ".") +
      how_to_see(feedback, worst->field);
  lesson.lines = {bar.line};
  return lesson;
}

void add_diagnosis(const DiagnosisBar& bar, const Losses& losses, const Feedback& feedback,
                   std::vector<Lesson>& lessons) {
  if (!bar.answered) {
    lessons.push_back({"State a cause before the end, though it be a part of one: none was stated.",
                       lost(losses, "answer"),
                       {}});
    return;
  }
  lessons.push_back(of_fields(bar, losses, feedback));
  const std::string main_field = bar.grade.fields.size() == 1 ? "verdict" : "mechanism";
  const std::string cited = bar.answer.evidence.empty()
                                ? "none was cited"
                                : "what was cited is " + fixed(bar.evidence.value, 2) + " of one";
  lessons.push_back(
      {"Cite a proof with the answer: " + cited + "." + how_to_see(feedback, main_field),
       lost(losses, "evidence"),
       {bar.line}});
  lessons.push_back(
      {"Keep theories in `gameday note`, which is free: the answer changed component "
       "or mechanism " +
           std::to_string(bar.changes) + (bar.changes == 1 ? " time." : " times."),
       lost(losses, "revisions"), bar.change_lines});
  lessons.push_back(
      {"Ask the machines, or a team, before a hint: " + std::to_string(bar.hints_taken) +
           (bar.hints_taken == 1 ? " was taken." : " were taken."),
       lost(losses, "hints"), bar.hint_lines});
}

void add_mitigation(const Variant& variant, const RepairGrade& grade, const Losses& losses,
                    std::vector<Lesson>& lessons) {
  const Measure& mitigation = grade.mitigation;
  if (!mitigation.known || mitigation.notes.empty() || variant.repairs.empty()) return;
  if (leaves_something_broken(mitigation)) {
    lessons.push_back({"Leave the rest as it was: " + mitigation.notes.front() + ".",
                       lost(losses, "mitigation"), mitigation.lines});
    return;
  }
  lessons.push_back({"Remove the cause, and see that it stays away: " + mitigation.notes.front() +
                         ". A repair that was accepted: " + variant.repairs.front().text + ".",
                     lost(losses, "mitigation"), mitigation.lines});
}

std::string advice_on(const std::string& item) {
  if (item == "monitoring") return "Leave the monitoring as it is while you search";
  if (item == "access") return "Open nothing wider than it was";
  if (item == "second_primary") return "Make sure that the old primary takes no writes";
  if (item == "orders") return "Delete nothing that was acknowledged";
  if (item == "restarts") return "Restart only what lies between the cause and the users";
  return "Weigh what an attempt costs users";
}

void add_harm(const Scorecard& card, std::vector<Lesson>& lessons) {
  const double mended = card.repair.full * (card.twin ? 1 : card.repair.grade.mitigation.certain);
  for (const HarmItem& item : card.repair.grade.harm.items) {
    if (!item.known) continue;
    lessons.push_back({advice_on(item.item) + ": " + item.note + ".",
                       mended * std::min(1.0, item.penalty), item.lines});
  }
}

void add_response(const Scorecard& card, const Losses& losses, std::vector<Lesson>& lessons) {
  for (const ProcessItem& item : card.response.grade.items) {
    double points = lost(losses, item.item);
    std::string advice = "Acknowledge a page when it comes";
    if (item.item == "severity") {
      points += lost(losses, "detect");
      advice = "Declare the incident by what users feel";
    } else if (item.item == "escalation") {
      advice = "Call the team that owns the machine";
    } else if (item.item == "updates") {
      advice = "Tell people how it stands, and when they hear more";
    }
    lessons.push_back({advice + ": " + item.note + ".", points, item.lines});
  }
}

// Time that nothing was charged for.
void add_detours(const Feedback& feedback, std::vector<Lesson>& lessons) {
  for (const WrongTurn& turn : feedback.wrong_turns) {
    if (turn.points > 0 || turn.seconds < kWorthSeconds) continue;
    lessons.push_back({"Follow a failing request from the balancer on: " + fixed(turn.seconds, 0) +
                           " s went to another place: " + turn.what + ".",
                       0, turn.lines});
    return;
  }
}

}  // namespace

std::vector<Lesson> lessons_of(const Variant& variant, const Journal& journal,
                               const Scorecard& card, const Feedback& feedback) {
  std::vector<Lesson> lessons;
  if (!card.ungraded.empty() || journal.first(events::kAct)) return lessons;
  const Losses losses = losses_of(card);
  add_diagnosis(card.diagnosis, losses, feedback, lessons);
  if (!card.twin) add_mitigation(variant, card.repair.grade, losses, lessons);
  add_harm(card, lessons);
  add_response(card, losses, lessons);
  std::erase_if(lessons, [](const Lesson& one) { return one.points < kWorthPoints; });
  std::stable_sort(lessons.begin(), lessons.end(),
                   [](const Lesson& a, const Lesson& b) { return a.points > b.points; });
  add_detours(feedback, lessons);
  if (lessons.size() > kMostLessons) lessons.resize(kMostLessons);
  return lessons;
}

}  // namespace gameday
