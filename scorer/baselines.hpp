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

Baselines baselines_of(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy);

}  // namespace gameday
