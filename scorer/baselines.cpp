#include "scorer/baselines.hpp"

#include <algorithm>

namespace gameday {

namespace {

constexpr double kDiagnosisPoints = 50;
constexpr double kWithoutEvidence = 0.5;

// The values of one field that some variant gives credit for: the others can only lose.
std::vector<size_t> worth_saying(
    const std::vector<AnswerSpace>& spaces,
    const std::vector<double>& (AnswerSpace::*credits)() const) {
  std::vector<size_t> values;
  const size_t count = spaces.empty() ? 0 : (spaces.front().*credits)().size();
  for (size_t value = 0; value < count; ++value) {
    const bool any = std::any_of(spaces.begin(), spaces.end(), [&](const AnswerSpace& space) {
      return (space.*credits)()[value] > 0;
    });
    if (any) values.push_back(value);
  }
  return values;
}

// The spaces of all variants, and what each weighs in the mean.
struct Weighed {
  std::vector<AnswerSpace> spaces;
  std::vector<double> weights;

  double mean_raw(size_t component, size_t cls, size_t mechanism, size_t trigger) const {
    double mean = 0;
    for (size_t i = 0; i < spaces.size(); ++i) {
      mean += weights[i] * spaces[i].raw(component, cls, mechanism, trigger);
    }
    return mean;
  }
};

Weighed weigh(const std::vector<const Scenario*>& catalogue, const Taxonomy& taxonomy) {
  Weighed all;
  for (const Scenario* scenario : catalogue) {
    for (const Variant& variant : scenario->variants) {
      all.spaces.emplace_back(variant, taxonomy);
      all.weights.push_back(
          1.0 / static_cast<double>(scenario->variants.size() * catalogue.size()));
    }
  }
  return all;
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
  const Weighed all = weigh(catalogue, taxonomy);
  const auto classes = worth_saying(all.spaces, &AnswerSpace::classes);
  const auto mechanisms = worth_saying(all.spaces, &AnswerSpace::mechanisms);
  const auto triggers = worth_saying(all.spaces, &AnswerSpace::triggers);
  ConstantAnswer best;
  best.mean_raw = -1;
  for (const size_t component : worth_saying(all.spaces, &AnswerSpace::components)) {
    for (const size_t cls : classes) {
      for (const size_t mechanism : mechanisms) {
        for (const size_t trigger : triggers) {
          const double mean = all.mean_raw(component, cls, mechanism, trigger);
          if (mean <= best.mean_raw) continue;
          best.mean_raw = mean;
          best.answer.component = taxonomy.components[component].name;
          best.answer.cls = taxonomy.classes[cls].name;
          best.answer.mechanism = taxonomy.mechanisms[mechanism].name;
          best.answer.trigger = taxonomy.triggers[trigger].name;
        }
      }
    }
  }
  best.answer.verdict = "fault";
  return best;
}

double random_answer_points(const Variant& variant, const Taxonomy& taxonomy) {
  const AnswerSpace space(variant, taxonomy);
  const auto best_trigger = static_cast<size_t>(
      std::max_element(space.triggers().begin(), space.triggers().end()) -
      space.triggers().begin());
  double sum = 0, count = 0;
  for (size_t component = 0; component < space.components().size(); ++component) {
    for (size_t cls = 0; cls < space.classes().size(); ++cls) {
      for (size_t mechanism = 0; mechanism < space.mechanisms().size(); ++mechanism) {
        count += static_cast<double>(space.triggers().size());
        const double cap = space.cap(component, cls, mechanism);
        const auto points = [&](size_t trigger) {
          const double raw = std::min(cap, space.uncapped(component, cls, mechanism, trigger));
          return corrected_diagnosis(raw, taxonomy);
        };
        if (points(best_trigger) == 0) continue;  // nearly all: what the others say is not asked
        for (size_t trigger = 0; trigger < space.triggers().size(); ++trigger) {
          sum += points(trigger);
        }
      }
    }
  }
  return count > 0 ? kDiagnosisPoints * kWithoutEvidence * sum / count : 0;
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
  baselines.random_answer = random_answer_points(variant, taxonomy);
  baselines.right_answer_without_evidence =
      points_without_evidence(truth_as_answer(variant.truth), variant, taxonomy);
  return baselines;
}

}  // namespace gameday
