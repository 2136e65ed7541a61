#include "scorer/losses.hpp"

#include <algorithm>

namespace gameday {

namespace {

void add_diagnosis(const DiagnosisBar& bar, std::map<std::string, double>& losses) {
  const double lost = bar.full * (1 - bar.grade.corrected);
  double wrong = 0;
  for (const FieldGrade& field : bar.grade.fields) wrong += field.weight * (1 - field.credit);
  if (!bar.answered || wrong <= 0) {
    losses["answer"] = lost;
  } else {
    for (const FieldGrade& field : bar.grade.fields) {
      losses[field.field] = lost * field.weight * (1 - field.credit) / wrong;
    }
  }
  const double right = bar.full - lost, proven = 0.5 + 0.5 * bar.evidence.value;
  losses["evidence"] = right * (1 - proven);
  losses["revisions"] = right * proven * (1 - bar.revisions);
  losses["hints"] = right * proven * bar.revisions * (1 - bar.hints);
}

void add_repair(const Scorecard& card, std::map<std::string, double>& losses) {
  const double mitigation = card.twin ? 1 : card.repair.grade.mitigation.certain;
  losses["mitigation"] = card.repair.full * (1 - mitigation);
  losses["harm"] = card.repair.full * mitigation * (1 - card.repair.grade.harm.value);
}

void add_response(const Scorecard& card, std::map<std::string, double>& losses) {
  const ResponseGrade& grade = card.response.grade;
  const double half = card.response.full / 2;
  if (!card.twin) {
    for (const StepTime& step : grade.steps) {
      losses[step.step] = half * step.weight * (1 - step.credit);
    }
  }
  const double each = (card.twin ? card.response.full : half) /
                      static_cast<double>(std::max<size_t>(1, grade.items.size()));
  for (const ProcessItem& item : grade.items) losses[item.item] = each * (1 - item.rating);
}

}  // namespace

std::map<std::string, double> losses_of(const Scorecard& card) {
  std::map<std::string, double> losses;
  if (!card.ungraded.empty()) return losses;
  add_diagnosis(card.diagnosis, losses);
  add_repair(card, losses);
  add_response(card, losses);
  return losses;
}

}  // namespace gameday
