#include "scorer/diagnosis.hpp"

#include <algorithm>

#include "journal/events.hpp"

namespace gameday {

namespace {

constexpr double kDiagnosisFull = 50, kTwinDiagnosisFull = 60;
constexpr double kRevisionFactors[] = {1, 0.8, 0.65, 0.5};
constexpr double kIdentifiedFrom = 0.6;
constexpr size_t kMaxHints = 4;

std::vector<std::string> mechanisms_of(const Answer& answer) {
  std::vector<std::string> all = answer.also;
  all.push_back(answer.mechanism);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Lines of the answers that changed component or mechanism.
std::vector<int64_t> changes_of(const std::vector<Submission>& submissions) {
  std::vector<int64_t> changes;
  for (size_t i = 1; i < submissions.size(); ++i) {
    const Answer &before = submissions[i - 1].answer, &after = submissions[i].answer;
    const bool changed = before.component != after.component ||
                         mechanisms_of(before) != mechanisms_of(after);
    if (changed) changes.push_back(submissions[i].line);
  }
  return changes;
}

// The cheapest hint taken before the answer sets the price: they are given in order.
void apply_hints(const Journal& journal, const Variant& variant, size_t before,
                 DiagnosisBar& bar) {
  for (size_t at = 0; at < before; ++at) {
    const Event& event = journal.events[at];
    if (event.kind != events::kDesk || string_or(event.data, "verb", "") != "hint") continue;
    const size_t index = std::min(static_cast<size_t>(bar.hints_taken), kMaxHints - 1);
    const double listed = index < variant.hints.size() ? variant.hints[index].price : 1;
    const double price = number_or(event.data, "price", listed);
    bar.hints = std::min(bar.hints, std::clamp(price, 0.0, 1.0));
    ++bar.hints_taken;
    bar.hint_lines.push_back(event.seq);
  }
}

// Half the sum of squares over what was said and "something else": 0 is perfect, 1 the worst, and
// with a confidence alone the familiar (confidence - right)^2.
void add_brier(const Truth& truth, DiagnosisBar& bar) {
  if (!bar.answer.confidence) return;
  const bool right = std::any_of(
      bar.grade.fields.begin(), bar.grade.fields.end(), [](const FieldGrade& field) {
        return (field.field == "mechanism" || field.field == "verdict") && field.credit == 1;
      });
  double rest = 1 - *bar.answer.confidence, sum = 0;
  bool found = right;
  const auto add = [&sum](double likely, bool is_so) {
    sum += (likely - (is_so ? 1 : 0)) * (likely - (is_so ? 1 : 0));
  };
  add(*bar.answer.confidence, right);
  for (const auto& [mechanism, probability] : bar.answer.alternatives) {
    const bool is_so = !found && mechanism == truth.mechanism;
    found = found || is_so;
    rest -= probability;
    add(probability, is_so);
  }
  add(std::max(0.0, rest), !found);
  bar.brier = sum / 2;
}

AnswerGrade grade_twin_answer(const Answer& answer) {
  AnswerGrade grade;
  const bool right = answer.verdict == "no_fault";
  grade.raw = grade.corrected = right ? 1 : 0;
  grade.fields = {{"verdict", answer.verdict, "no_fault", grade.raw, 1,
                   right ? "right" : "nothing was broken"}};
  return grade;
}

}  // namespace

std::vector<Submission> submissions_of(const Journal& journal, const Taxonomy& taxonomy) {
  std::vector<Submission> all;
  for (size_t at = 0; at < journal.events.size(); ++at) {
    const Event& event = journal.events[at];
    if (event.kind == events::kTruth) break;
    if (event.kind != events::kDiagnosis) continue;
    all.push_back({at, event.seq, event.at_seconds, read_answer(event.data, taxonomy)});
  }
  return all;
}

DiagnosisBar grade_diagnosis(const Variant& variant, const Taxonomy& taxonomy,
                             const Journal& journal,
                             const std::vector<Submission>& submissions) {
  DiagnosisBar bar;
  bar.full = variant.fault_free() ? kTwinDiagnosisFull : kDiagnosisFull;
  const size_t before = submissions.empty() ? 0 : submissions.back().position;
  if (!submissions.empty()) {
    bar.answered = true;
    bar.answer = submissions.back().answer;
    bar.line = submissions.back().line;
    bar.change_lines = changes_of(submissions);
    bar.changes = static_cast<int>(bar.change_lines.size());
    bar.revisions = kRevisionFactors[std::min(bar.changes, 3)];
    apply_hints(journal, variant, before, bar);
  }
  bar.grade = variant.fault_free() ? grade_twin_answer(bar.answer)
                                   : grade_answer(bar.answer, variant, taxonomy);
  bar.evidence = grade_evidence(bar.answer.evidence, variant.evidence, journal, before,
                                taxonomy.catalogue.spares_other_sets);
  if (!bar.answered) bar.grade.raw = bar.grade.corrected = 0;
  bar.points = bar.full * bar.grade.corrected * (0.5 + 0.5 * bar.evidence.value) *
               bar.revisions * bar.hints;
  add_brier(variant.truth, bar);
  return bar;
}

const Submission* identification(const Variant& variant, const Taxonomy& taxonomy,
                                 const Journal& journal,
                                 const std::vector<Submission>& submissions) {
  const Submission* since = nullptr;
  for (const Submission& one : submissions) {
    const double corrected = variant.fault_free()
                                 ? grade_twin_answer(one.answer).corrected
                                 : grade_answer(one.answer, variant, taxonomy).corrected;
    const auto evidence =
        grade_evidence(one.answer.evidence, variant.evidence, journal, one.position,
                       taxonomy.catalogue.spares_other_sets);
    const bool holds = corrected >= kIdentifiedFrom && evidence.value > 0;
    if (holds && !since) since = &one;
    if (!holds && taxonomy.catalogue.counts_corrections) since = nullptr;
  }
  return since;
}

std::string tutor_reply(const json::object& diagnosis, const Variant& variant,
                        const Taxonomy& taxonomy) {
  const Answer answer = read_answer(diagnosis, taxonomy);
  const AnswerGrade grade = variant.fault_free() ? grade_twin_answer(answer)
                                                 : grade_answer(answer, variant, taxonomy);
  std::string reply = "recorded";
  const char* before = "; ";
  if (!variant.fault_free()) {
    reply += std::string("; verdict ") + (answer.verdict == "fault" ? "right" : "wrong");
    before = ", ";
  }
  for (const FieldGrade& field : grade.fields) {
    if (field.answer.empty()) continue;
    reply += before + field.field +
             (field.credit == 1 ? " right" : field.credit > 0 ? " near" : " wrong");
    before = ", ";
  }
  return reply;
}

}  // namespace gameday
