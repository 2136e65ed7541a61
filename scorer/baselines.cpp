#include "scorer/baselines.hpp"

#include <set>

namespace gameday {

namespace {

constexpr double kDiagnosisPoints = 50;
constexpr double kWithoutEvidence = 0.5;

struct Candidates {
  std::set<std::string> components, classes, mechanisms, triggers;
};

void add_equivalents(const Truth& truth, const std::string& field, std::set<std::string>& into) {
  const auto found = truth.equivalents.find(field);
  if (found != truth.equivalents.end()) into.insert(found->second.begin(), found->second.end());
}

// A value that no variant gives credit for can only lose.
Candidates candidates_of(const std::vector<const Scenario*>& catalogue) {
  Candidates all;
  for (const Scenario* scenario : catalogue) {
    for (const Variant& variant : scenario->variants) {
      const Truth& truth = variant.truth;
      all.components.insert(truth.component);
      for (const auto& [component, hops] : truth.causal_path) all.components.insert(component);
      all.classes.insert(truth.cls);
      all.mechanisms.insert(truth.mechanism);
      all.mechanisms.insert(truth.also.begin(), truth.also.end());
      all.mechanisms.insert(truth.siblings.begin(), truth.siblings.end());
      all.mechanisms.insert(truth.cousins.begin(), truth.cousins.end());
      all.triggers.insert(truth.trigger);
      add_equivalents(truth, "component", all.components);
      add_equivalents(truth, "class", all.classes);
      add_equivalents(truth, "mechanism", all.mechanisms);
      add_equivalents(truth, "trigger", all.triggers);
    }
  }
  return all;
}

double mean_raw(const Answer& answer, const std::vector<const Scenario*>& catalogue,
                const Taxonomy& taxonomy) {
  double sum = 0;
  for (const Scenario* scenario : catalogue) {
    double of_scenario = 0;
    for (const Variant& variant : scenario->variants) {
      of_scenario += grade_answer(answer, variant, taxonomy).raw;
    }
    sum += of_scenario / static_cast<double>(scenario->variants.size());
  }
  return sum / static_cast<double>(catalogue.size());
}

double points_without_evidence(const Answer& answer, const Variant& variant,
                               const Taxonomy& taxonomy) {
  return kDiagnosisPoints * kWithoutEvidence *
         grade_answer(answer, variant, taxonomy).corrected;
}

Answer truth_as_answer(const Truth& truth) {
  Answer answer;
  answer.verdict = "fault";
  answer.component = truth.component;
  answer.cls = truth.cls;
  answer.mechanism = truth.mechanism;
  answer.trigger = truth.trigger;
  answer.also = truth.also;
  return answer;
}

}  // namespace

ConstantAnswer best_constant_answer(const std::vector<const Scenario*>& catalogue,
                                    const Taxonomy& taxonomy) {
  const Candidates all = candidates_of(catalogue);
  ConstantAnswer best;
  best.mean_raw = -1;
  Answer answer;
  answer.verdict = "fault";
  for (const std::string& component : all.components) {
    answer.component = component;
    for (const std::string& cls : all.classes) {
      answer.cls = cls;
      for (const std::string& mechanism : all.mechanisms) {
        answer.mechanism = mechanism;
        for (const std::string& trigger : all.triggers) {
          answer.trigger = trigger;
          const double mean = mean_raw(answer, catalogue, taxonomy);
          if (mean > best.mean_raw) best = {answer, mean};
        }
      }
    }
  }
  return best;
}

Baselines baselines_of(const Scenario& scenario, const Variant& variant,
                       const Taxonomy& taxonomy) {
  Baselines baselines;
  if (variant.fault_free()) return baselines;
  const ConstantAnswer best = best_constant_answer({&scenario}, taxonomy);
  baselines.constant_answer = points_without_evidence(best.answer, variant, taxonomy);
  for (const Variant& one : scenario.variants) {
    baselines.constant_answer_mean += points_without_evidence(best.answer, one, taxonomy) /
                                      static_cast<double>(scenario.variants.size());
  }
  baselines.right_answer_without_evidence =
      points_without_evidence(truth_as_answer(variant.truth), variant, taxonomy);
  return baselines;
}

}  // namespace gameday
