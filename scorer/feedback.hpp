// What a drill teaches: what would have told the right answer from the one that was given, and the
// wrong turns with what they cost. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/evidence.hpp"
#include "scorer/suffering.hpp"

namespace gameday {

struct Scorecard;

// One sufficient proof, and who saw its parts in this very drill.
struct Proof {
  std::string name;
  std::vector<Sight> sights;  // of its parts, those that anybody saw
  size_t parts = 0;
  bool cited = false;         // the answer rests on it
};

// What would have told a field of the answer: a command, and what it prints. Somebody's in this very
// drill, else the scenario's, which its contract holds to its word.
struct Told {
  std::string field;
  double credit = 0;       // that the answer got for the field
  std::string id, by;      // of the observation; empty: the scenario says it
  std::string host, command;
  std::string prints;      // may be of several lines
  std::string because;     // why that tells
  double at_seconds = 0;
  int64_t line = 0;        // of the journal
};

// What this drill teaches whoever played it.
struct Lesson {
  std::string text;
  double points = 0;           // that it would have been worth; 0: only time
  std::vector<int64_t> lines;  // of the journal
};

// Something that led away from the cause, or made it worse.
struct WrongTurn {
  double from = 0, seconds = 0;  // journal seconds; 0 long: a moment
  std::string what;
  double points = 0;             // that it cost; 0: only time
  Suffering meanwhile;           // what users met while it lasted
  std::vector<int64_t> lines;    // of the journal
};

struct Feedback {
  double start = 0;  // the verified effect, in journal seconds
  std::vector<Proof> proofs;
  // What to ask when nobody did: the scenario's third hint, which names the command.
  std::string question;
  // What tells the truth's mechanism, and the one that was said, from their neighbours.
  std::vector<std::string> tells;
  std::vector<Told> told;              // by field, in the order of the answer
  std::vector<WrongTurn> wrong_turns;  // in their order
  std::vector<Lesson> lessons;         // at most three, the dearest first
};

Feedback feedback_of(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                     const Scorecard& card);

// "+12.0 s, for 30.0 s: …": a wrong turn in one line of plain text.
std::string wrong_turn_text(const WrongTurn& turn, double start);

// "on db1, `ss -ltn` prints `…`: why" in one line of plain text, or what somebody saw.
std::string told_text(const Told& told);

json::object to_json(const Feedback& feedback);

}  // namespace gameday
