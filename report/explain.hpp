// Where every point of a scorecard came from. Pure.
#pragma once

#include <string>
#include <vector>

#include "scorer/scorer.hpp"

namespace gameday {

// One entry of a bar's account. What all entries of a bar add up to is what the bar shows.
struct Reason {
  std::string bar;   // diagnosis, repair, response, total
  std::string item;  // component, …, constant, evidence, …, mitigation, …, detect, …, cap
  double points = 0; // earned, or taken away when it is below 0
  std::string how;   // the arithmetic, and what was found
  std::vector<int64_t> lines;  // of journal.jsonl; 0 is an answer given afterwards
};

// Empty when there is no score.
std::vector<Reason> explain(const Scorecard& card);

// The same for people, within `width` columns, and for programs.
std::string explanation_text(const Scorecard& card, size_t width = 80);
json::array explanation_to_json(const Scorecard& card);

}  // namespace gameday
