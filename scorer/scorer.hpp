// Grades a drill: pure functions of the scenario and the journal. The same input gives the same
// bytes; any prefix of a journal can be graded; a probe that could not run is never a pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/diagnosis.hpp"
#include "scorer/feedback.hpp"
#include "scorer/repair.hpp"
#include "scorer/response.hpp"

namespace gameday {

struct RepairBar {
  double points = 0, full = 30;
  RepairGrade grade;
};

struct ResponseBar {
  double points = 0, full = 20;
  ResponseGrade grade;
};

// What other behaviours would have earned on the same drill.
struct Baselines {
  double constant_answer = 0;       // the best answer to this ticket that never looks
  double constant_answer_mean = 0;  // the same over the scenario's variants
  double random_answer = 0;  // expected, each word drawn evenly from its list
  double right_answer_without_evidence = 0;
  double do_nothing = 0;
  double restart_everything = 0;
};

struct Scorecard {
  std::string scenario, variant;
  bool twin = false;               // nothing was broken
  bool known_beforehand = false;   // the trainee named the scenario
  bool tutor = false;              // every answer was told right or wrong
  std::string ungraded;            // why there is no score; empty when there is one
  // Of a void drill its kind: machine, stack, effect, or `unknown` of an older one. Else empty.
  std::string void_kind;
  double total = 0;
  bool capped = false;             // data was lost: at most 40
  DiagnosisBar diagnosis;
  RepairBar repair;
  ResponseBar response;
  std::string catalogue;           // the version that it is graded by
  std::vector<std::string> lacks;  // what the journal does not say, one line each
  // What the harness saw and no grade rests on, one line each: pages that nobody vouches for.
  std::vector<std::string> noticed;
  Baselines baselines;
  Feedback feedback;  // what teaches; score() leaves it empty, feedback_of() makes it
};

// Grades a variant's drill; a variant without fault is graded as a twin. A voided drill, and one
// whose effect was never verified, yields no score and says why. Never throws for what a journal
// says.
Scorecard score(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy,
                const Journal& journal);

// {"total","diagnosis":{"points","raw","corrected","evidence","fields"},"repair":{"points",
// "mitigation","harm"},"response":{"points","time","process"},"catalogue","baselines"} and more;
// "unknown" where a probe could not run; "ungraded" and null points where there is no score.
json::object to_json(const Scorecard& card);

// The journal with this answer in place of those that were given, at the moment of the last one (or
// at the end of the response).
Journal with_answer(const Journal& journal, const json::object& diagnosis);

}  // namespace gameday
