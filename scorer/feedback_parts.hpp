// The pieces of the feedback that stand in files of their own; nobody but the scorer includes this.
#pragma once

#include "scorer/feedback.hpp"

namespace gameday {

std::vector<Told> told_of(const Variant& variant, const Journal& journal, const Scorecard& card);

// From what the rest of the feedback says; at most three.
std::vector<Lesson> lessons_of(const Variant& variant, const Journal& journal,
                               const Scorecard& card, const Feedback& feedback);

}  // namespace gameday
