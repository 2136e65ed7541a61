#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "report/report.hpp"
#include "scorer/answer_form.hpp"
#include "scorer/losses.hpp"

namespace gameday {

namespace {

using text::fixed;
using text::pad;

constexpr size_t kLabelWidth = 14;
constexpr size_t kBarWidth = 30;
constexpr double kLeastShown = 0.05;  // points: less would read 0.0

class Page {
 public:
  Page(bool color, size_t width, std::map<std::string, double> losses)
      : color_(color), width_(std::max<size_t>(width, 40)), losses_(std::move(losses)) {}

  void line(const std::string& text = "") { out_ += text + "\n"; }

  void bar(const std::string& name, double points, double full, const std::string& note) {
    const double share = full > 0 ? std::clamp(points / full, 0.0, 1.0) : 0;
    const auto filled = static_cast<size_t>(std::lround(share * kBarWidth));
    const char* paint = share >= 0.75 ? "32" : share >= 0.4 ? "33" : "31";
    out_ += pad(name, kLabelWidth) + pad(fixed(points, 1) + " of " + fixed(full, 0) + " ", 12) +
            painted(paint, std::string(filled, '#')) + std::string(kBarWidth - filled, '.');
    out_ += (note.empty() ? "" : "  " + note) + "\n";
  }

  // A label and a text that is wrapped beside it, with what the item of this name cost.
  void item(const std::string& label, const std::string& text) {
    const size_t left = 2 + kLabelWidth;
    const auto loss = losses_.find(label);
    const bool cost = loss != losses_.end() && loss->second >= kLeastShown;
    const std::string whole = text + (cost ? " [-" + fixed(loss->second, 1) + "]" : "");
    bool first = true;
    for (const std::string& part : text::wrap(whole, width_ > left ? width_ - left : 20)) {
      line("  " + pad(first ? label : "", kLabelWidth) + part);
      first = false;
    }
  }

  // The same without its cost.
  void remark(const std::string& label, const std::string& text) {
    const auto kept = std::exchange(losses_, {});
    item(label, text);
    losses_ = kept;
  }

  std::string painted(const std::string& code, const std::string& text) const {
    return color_ && !text.empty() ? "\x1b[" + code + "m" + text + "\x1b[0m" : text;
  }
  std::string heading(const std::string& text) const { return painted("1", text); }
  const std::string& text() const { return out_; }

 private:
  bool color_;
  size_t width_;
  std::map<std::string, double> losses_;
  std::string out_;
};

std::string measure_text(const Measure& measure) {
  std::string line = measure.known
                         ? fixed(measure.certain, 2)
                         : "unknown (at least " + fixed(measure.certain, 2) + ")";
  const char* before = ": ";
  for (const std::string& note : measure.notes) {
    line += before + note;
    before = "; ";
  }
  return line;
}

std::string harm_text(const HarmGrade& harm) {
  if (harm.items.empty()) return "none seen";
  Measure measure{harm.value, harm.known, {}, {}};
  for (const HarmItem& item : harm.items) measure.notes.push_back(item.note);
  return measure_text(measure);
}

std::string baselines_text(const Baselines& baselines, bool twin) {
  std::string text = "doing nothing earns " + fixed(baselines.do_nothing, 1) +
                     ", restarting everything " + fixed(baselines.restart_everything, 1);
  if (twin) return text;
  return text + "; a random answer " + fixed(baselines.random_answer, 1) +
         ", the best fixed answer, given without a look, " + fixed(baselines.constant_answer, 1) +
         ", the right answer without evidence " +
         fixed(baselines.right_answer_without_evidence, 1);
}

void add_diagnosis(Page& page, const DiagnosisBar& bar) {
  page.line(page.heading("Diagnosis"));
  if (!bar.answered) page.item("answer", "no diagnosis was submitted");
  for (const FieldGrade& field : bar.grade.fields) {
    const std::string said = field.answer.empty() ? "-" : field.answer;
    std::string text = said + ": " + field.feedback;
    if (field.credit < 1) text += " (truth: " + field.truth + ")";
    page.item(field.field, text);
  }
  for (const std::string& feedback : bar.grade.feedback) page.item("note", feedback);
  std::string proof = fixed(bar.evidence.value, 2) + " of a sufficient set";
  if (!bar.evidence.best_set.empty()) {
    proof += ": " + bar.evidence.best_set;
    if (bar.evidence.met < bar.evidence.parts) {
      proof += " (" + std::to_string(bar.evidence.met) + " of its " +
               std::to_string(bar.evidence.parts) + " parts)";
    }
  }
  if (bar.evidence.penalty > 0) {
    proof += "; less " + fixed(bar.evidence.penalty, 1) + " for more than three others";
  }
  for (const std::string& id : bar.evidence.unknown) proof += "; " + id + " was not recorded";
  page.item("evidence", bar.answer.evidence.empty() ? "none was cited" : proof);
  for (const NotSeen& one : bar.evidence.not_seen) {
    page.item("", one.id + ": not seen on the system: " + text::one_line(one.why, 120));
  }
  if (bar.changes > 0) {
    page.item("revisions", std::to_string(bar.changes) + ", times " + fixed(bar.revisions, 2));
  }
  if (bar.hints_taken > 0) {
    page.item("hints", std::to_string(bar.hints_taken) + " taken, times " + fixed(bar.hints, 2));
  }
  if (bar.brier) {
    page.item("confidence", fixed(*bar.answer.confidence, 2) +
                                ": the answer's error by it is " + fixed(*bar.brier, 2) +
                                ", where 0 is sure and right and 1 is sure and wrong (Brier "
                                "score; shown, not scored)");
  }
}

void add_repair(Page& page, const Scorecard& card) {
  page.line(page.heading("Repair"));
  const RepairGrade& grade = card.repair.grade;
  if (!card.twin) page.item("mitigation", measure_text(grade.mitigation));
  page.item("harm", harm_text(grade.harm));
  if (!grade.harm.not_assessed.empty()) {
    page.item("", "not looked at, and free: " + text::joined(grade.harm.not_assessed, ", "));
  }
  if (grade.harm.data_lost) page.item("", "acknowledged orders were lost: the total is at most 40");
}

// What the drill takes for a step of the response.
std::string meaning_of(const std::string& step) {
  if (step == "detect") return "the incident declared";
  if (step == "identify") return "the cause stated, with proof";
  if (step == "mitigate") return "users served again, to stay so";
  return "the incident closed, repaired for good";
}

void add_response(Page& page, const Scorecard& card) {
  page.line(page.heading("Response"));
  const ResponseGrade& grade = card.response.grade;
  if (!card.twin) {
    for (const StepTime& step : grade.steps) {
      const std::string what = meaning_of(step.step);
      std::string text =
          (step.seconds ? "+" + fixed(*step.seconds, 1) + " s: " : std::string("never: ")) + what;
      if (!grade.time_is_provisional) text += " (par " + fixed(step.par, 0) + " s)";
      page.item(step.step, text);
    }
    if (grade.time_is_provisional) {
      page.item("", "times are provisional: of three expert runs to compare with, " +
                        std::to_string(grade.expert_runs) + " are recorded");
    }
  }
  for (const ProcessItem& item : grade.items) {
    page.item(item.item, item.note);
  }
}

void add_lessons(Page& page, const Feedback& feedback) {
  if (feedback.lessons.empty()) return;
  page.line(page.heading("Lessons"));
  for (const Lesson& lesson : feedback.lessons) page.item("", lesson.text);
}

// What would have told, and what led away from it.
void add_feedback(Page& page, const Scorecard& card) {
  const Feedback& feedback = card.feedback;
  const bool whole =
      card.diagnosis.grade.corrected >= 0.999 && card.diagnosis.evidence.value >= 0.999;
  if (!whole && !feedback.proofs.empty()) {
    page.line(page.heading("What would have told"));
    for (const std::string& tell : feedback.tells) page.item("", tell);
    std::set<std::string> seen;
    for (const Proof& proof : feedback.proofs) {
      for (const Sight& sight : proof.sights) {
        const std::string who = sight.id.empty() ? sight.by : sight.id;
        if (!seen.insert(who + sight.shown).second) continue;
        page.item(sight.cited ? "cited" : "seen",
                  who + " on " + sight.host + ": " + text::one_line(sight.command, 120) + " => " +
                      text::one_line(sight.shown, 120));
      }
    }
    if (seen.empty() && feedback.told.empty() && !feedback.question.empty()) {
      page.item("not asked", feedback.question);
    }
    for (const Told& told : feedback.told) {
      const bool needed = told.credit < 1 || (told.field == "mechanism" && seen.empty());
      if (needed) page.remark(told.field, told_text(told));
    }
  }
  if (feedback.wrong_turns.empty()) return;
  page.line(page.heading("Wrong turns"));
  for (const WrongTurn& turn : feedback.wrong_turns) {
    page.item("", wrong_turn_text(turn, feedback.start));
  }
}

}  // namespace

std::string scorecard_text(const Scenario& scenario, const Scorecard& card, bool color,
                           size_t width) {
  Page page(color, width, losses_of(card));
  page.line(page.heading("Scorecard") + "  " + scenario.ticket);
  if (!card.ungraded.empty()) {
    page.item("no score", card.ungraded);
    return page.text();
  }
  page.line();
  page.bar("Diagnosis", card.diagnosis.points, card.diagnosis.full, "");
  page.bar("Repair", card.repair.points, card.repair.full,
           card.repair.grade.mitigation.known || card.twin ? "" : "partly unknown");
  page.bar("Response", card.response.points, card.response.full,
           card.response.grade.time_is_provisional && !card.twin ? "times provisional" : "");
  page.line("Points that an item cost stand behind it, as in [-1.5].");
  page.line();
  add_diagnosis(page, card.diagnosis);
  add_repair(page, card);
  add_response(page, card);
  add_feedback(page, card);
  add_lessons(page, card.feedback);
  for (const std::string& notice : card.noticed) page.item("noticed", notice);
  page.line(page.heading("For comparison"));
  page.item("", baselines_text(card.baselines, card.twin));
  for (const std::string& lack : card.lacks) page.item("", "this record lacks " + lack);
  if (card.known_beforehand) page.item("", "the scenario was known beforehand");
  if (card.tutor) page.item("", "tutor mode: every answer was told right or wrong");
  page.line();
  page.bar("Total", card.total, 100, card.capped ? "capped: orders were lost" : "");
  return page.text();
}

}  // namespace gameday
