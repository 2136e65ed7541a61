// The first bar: the last answer that was given, what proves it, and what was paid for it.
#pragma once

#include <optional>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/answer.hpp"
#include "scorer/evidence.hpp"

namespace gameday {

struct Submission {
  size_t position = 0;  // among the events
  int64_t line = 0;     // of the journal; 0: it was given afterwards
  double at_seconds = 0;
  Answer answer;
};

struct DiagnosisBar {
  double points = 0, full = 50;
  bool answered = false;
  Answer answer;         // the last one submitted
  AnswerGrade grade;     // D, D'
  EvidenceGrade evidence;
  double revisions = 1;  // a
  double hints = 1;      // h
  int changes = 0;       // of component or mechanism
  int hints_taken = 0;
  int64_t line = 0;  // of the last answer in the journal; 0: it was given afterwards
  std::vector<int64_t> change_lines, hint_lines;
  std::optional<double> brier;  // of the stated confidence: shown, never scored
};

// Every answer in its order. Answers count until the truth is told.
std::vector<Submission> submissions_of(const Journal& journal, const Taxonomy& taxonomy);

DiagnosisBar grade_diagnosis(const Variant& variant, const Taxonomy& taxonomy,
                             const Journal& journal, const std::vector<Submission>& submissions);

// The answer from which on every one was nearly right and had some proof; null when the last is
// not. Before catalogue 4 the first such answer, whatever followed.
const Submission* identification(const Variant& variant, const Taxonomy& taxonomy,
                                 const Journal& journal,
                                 const std::vector<Submission>& submissions);

// What a tutor says to an answer: each field right, near or wrong, and nothing of the truth.
std::string tutor_reply(const json::object& diagnosis, const Variant& variant,
                        const Taxonomy& taxonomy);

}  // namespace gameday
