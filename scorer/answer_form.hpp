// The form of a stated cause, and its check against the closed lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "journal/observation.hpp"
#include "scenarios/taxonomy.hpp"

namespace gameday {

struct Diagnosis {
  std::string verdict;  // fault, no_fault, undetermined
  std::string component, cls, mechanism, trigger;
  std::vector<std::string> also;  // further mechanisms of the same cause
  std::optional<double> confidence;
  std::vector<std::string> evidence;  // observation ids
  // What else it could be: {mechanism, probability}, and further fields if given.
  json::array alternatives;
  std::string text;
};

// The data of a diagnosis event, but for who gave it.
json::object to_json(const Diagnosis& diagnosis);

// Reads the JSON form. Throws a usage Error for unknown keys and wrong types.
Diagnosis parse_diagnosis(std::string_view text);

// Brings every field to its one name and checks that it is in its list, that a fault names
// component and mechanism, that `also` names others, and that the evidence exists. Throws a usage
// Error that lists what would be right.
Diagnosis checked(Diagnosis diagnosis, const Taxonomy& taxonomy,
                  const std::vector<Observation>& observations);

// How sure somebody is, from 0 to 1: "0.8" and "80%" are the same. Nothing: it is neither.
inline constexpr const char* kConfidenceForm = "a number from 0 to 1, or a percentage as in 80%";
std::optional<double> confidence_of(std::string_view text);

// What else it could be, each with how likely: "stale_pool=20%, lock_contention=0.1". Throws a
// usage Error.
inline constexpr const char* kAlternativesForm = "as in stale_pool=20%, lock_contention=0.1";
json::array alternatives_of(const std::string& text);

}  // namespace gameday
