// What behaviours that never look at the stack would have earned.
#pragma once

#include "scorer/scorer.hpp"

namespace gameday {

struct ConstantAnswer {
  Answer answer;
  double mean_raw = 0;  // D, averaged over scenarios first, then over their variants
};

// The one answer that earns most when it is given to every variant of every scenario, by
// enumeration of the values that any of them gives credit for.
ConstantAnswer best_constant_answer(const std::vector<const Scenario*>& catalogue,
                                    const Taxonomy& taxonomy);

// What answers to this variant earn on average, without evidence, when each word of a fault is
// drawn evenly from its list; by enumeration of all of them.
double random_answer_points(const Variant& variant, const Taxonomy& taxonomy);

// The answers' share of the baselines: what needs no drill.
Baselines baselines_of(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy);

}  // namespace gameday
