// The guided questions for a cause, and the lists that it is taken from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/desk/usage.hpp"
#include "journal/observation.hpp"
#include "scenarios/taxonomy.hpp"
#include "scorer/answer_form.hpp"

namespace gameday {

// How a verb talks to a person at a terminal.
struct Dialogue {
  std::function<void(const std::string&)> say;
  std::function<std::optional<std::string>(const std::string&)> ask;  // nothing: nobody answers
  size_t columns = 80;  // of the terminal
  // When something was seen, of its machine second; null: not said.
  std::function<std::string(double at_seconds)> when = nullptr;
};

// Question by question: by number or by name, "b" goes back, "q" leaves. Nothing: the person left.
std::optional<Diagnosis> guided_diagnosis(const Dialogue& dialogue, const Taxonomy& taxonomy,
                                          const std::vector<Observation>& observations);

// What a verb's help shows, with every value of the lists that it takes from.
std::string verb_help_with_lists(const Verb& verb, const Taxonomy& taxonomy, size_t columns);

// Every list of an answer with the meaning of its values.
std::string taxonomy_screen(const Taxonomy& taxonomy, size_t columns);

}  // namespace gameday
