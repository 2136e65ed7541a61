// What the pages of one drill are made from.
#pragma once

#include <vector>

#include "journal/journal.hpp"
#include "report/casts.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

struct DrillRecord {
  const Scenario& scenario;
  const Variant& variant;
  const Journal& journal;
  const Scorecard& card;  // with its feedback
  const std::vector<CastFile>& casts;
};

// Machine seconds of the journal that a page counts from: the effect that users saw first, else the
// moment in which it was to be made.
double start_of(const Journal& journal);

// `at` from there, in milliseconds' precision.
inline double from_start(double at, double start) { return rounded(at - start, 3); }

// A text of an event; empty when there is none.
std::string word(const json::object& data, const char* key);

// The parts that are not empty.
std::string parts_joined(const std::vector<std::string>& parts, const char* between);

// At most `limit` bytes of a text, cut between characters, and an ellipsis.
std::string shortened(std::string_view text, size_t limit);

}  // namespace gameday
