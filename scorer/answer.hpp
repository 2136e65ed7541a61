// A stated diagnosis and how near it is to the truth, before evidence, revisions and hints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// Values are canonical names of the taxonomy; a word that no list has is kept as it was written and
// matches nothing.
struct Answer {
  std::string verdict, component, cls, mechanism, trigger;
  std::vector<std::string> also;
  std::vector<std::string> evidence;  // ids of observations, each once
  std::optional<double> confidence;   // 0 to 1
  // What else it could be, by mechanism, each with how likely: shown, never scored.
  std::vector<std::pair<std::string, double>> alternatives;
  std::string text, by;
};

// Reads what a journal recorded; never throws: the desk has checked it before.
Answer read_answer(const json::object& diagnosis, const Taxonomy& taxonomy);

struct FieldGrade {
  std::string field;   // component, class, mechanism, trigger; verdict in a twin
  std::string answer;  // empty: not said
  std::string truth;
  double credit = 0;   // 0 to 1
  double weight = 0;
  std::string feedback;
};

struct AnswerGrade {
  std::vector<FieldGrade> fields;
  double raw = 0;        // D
  double corrected = 0;  // D': what is left above the best constant answer
  std::vector<std::string> feedback;  // of the misdiagnoses that it matches
};

// Grades an answer against a variant that has a fault.
AnswerGrade grade_answer(const Answer& answer, const Variant& variant, const Taxonomy& taxonomy);

// What grade_answer makes of one mechanism in each field, without words: every value of every list
// at once, for enumerations. Indices are those of the taxonomy's lists.
class AnswerSpace {
 public:
  AnswerSpace(const Variant& variant, const Taxonomy& taxonomy);

  // D of a fault with these values.
  double raw(size_t component, size_t cls, size_t mechanism, size_t trigger) const;
  // The misdiagnoses' part of it, which no trigger moves, and the rest.
  double cap(size_t component, size_t cls, size_t mechanism) const;
  double uncapped(size_t component, size_t cls, size_t mechanism, size_t trigger) const;
  const std::vector<double>& components() const { return components_; }  // credits, 0 to 1
  const std::vector<double>& classes() const { return classes_; }
  const std::vector<double>& mechanisms() const { return mechanisms_; }
  const std::vector<double>& triggers() const { return triggers_; }

 private:
  struct Bound {
    double cap = 1;
    std::optional<size_t> component, cls, mechanism;  // nothing matches anything
  };

  std::vector<double> components_, classes_, mechanisms_, triggers_;
  std::vector<Bound> bounds_;
};

// D' of D: what is left above the best constant answer.
double corrected_diagnosis(double raw, const Taxonomy& taxonomy);

}  // namespace gameday
