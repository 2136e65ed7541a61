// What an expression of PromQL reads, and how its top level is made. It understands no more than it
// needs to give a reason for a rule that stays silent; whether an expression is right is said by
// Prometheus itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gameday {

struct LabelMatcher {
  std::string label, op, value;  // op: = != =~ !~
};

// "pg_up{job="x"}"
struct Selector {
  std::string text;
  std::string metric;  // empty when no matcher of the name says it
  std::vector<LabelMatcher> matchers;
};

// "left > 0.05": a comparison with a number at the top level.
struct Comparison {
  std::string left, op;
  double threshold = 0;
};

// Every selector, in order.
std::vector<Selector> selectors_of(const std::string& expr);
// What `and` joins at the top level; the whole expression where nothing does, or where it is joined
// by `or` as well. What stands behind `unless` is left out.
std::vector<std::string> conjuncts_of(const std::string& expr);
// nullopt: no comparison with a number, or one with `bool`.
std::optional<Comparison> comparison_of(const std::string& expr);
// How far back an evaluation can look, in seconds, from ranges, subqueries and offsets; not less
// than it really looks.
double window_seconds(const std::string& expr);

}  // namespace gameday
