// Holds every sentence of a scorecard and a report against the journal. It reads the journal, the
// scenario and the lists by itself and shares no code with what chose the sentences; a sentence of
// a kind that it does not know is not borne out.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "journal/events.hpp"
#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"

namespace gameday::testing {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
inline bool near(double a, double b, double by) { return a - b <= by && b - a <= by; }

// What a drill's journal says, as somebody reads it who did not play.
class Reading {
 public:
  Reading(const Journal& journal, const Scenario& scenario, const Variant& variant,
          const Taxonomy& taxonomy);

  // A field of the last answer by the lists' own word; "" where nothing was said.
  std::string answered(const std::string& field) const;
  std::vector<std::string> cited() const;
  // Of the truth: equal or as good as it; several parts joined by " + ".
  std::string truth(const std::string& field) const;
  const Event* observation(const std::string& id) const;
  std::vector<const Event*> desk(const std::string& verb) const;
  // yes, no, unknown; "" when it was not asked. The worst of both sets for an empty set.
  std::string probe(const std::string& set, const std::string& name) const;
  double lost_orders() const;
  // Bad requests and all requests of the whole seconds between two moments of the journal.
  std::pair<double, double> suffered(double from, double until) const;
  bool any_at(double seconds_after_start, const std::string& kind) const;

  const Journal& journal;
  const Scenario& scenario;
  const Variant& variant;
  const Taxonomy& taxonomy;
  double start = 0, served = -1, end = 0;
  bool twin = false;
  std::optional<json::object> answer;
};

// One sentence with its place, and what a pattern found in it.
struct Claim {
  const Reading& read;
  std::smatch found;
  std::string operator[](size_t group) const { return found[group].str(); }
  double number(size_t group) const { return std::stod(found[group].str()); }
};

struct Kind {
  std::string places;  // a regular expression over "section/label"
  std::regex pattern;  // of the whole sentence
  bool (*holds)(const Claim&);
};

// "" when a kind of the table fits and holds; else why not.
std::string judge(const std::vector<Kind>& kinds, const Reading& read, const std::string& place,
                  const std::string& sentence);

// Whether a note of the repair's grade is true, each of the harms that a note names, and a note of
// the response's process.
bool mitigation_holds(const Reading& read, const std::string& note);
bool harms_hold(const Reading& read, std::string notes);
bool process_holds(const Reading& read, const std::string& note);

// The same of the parts of an answer, of what it cites, of what would have told a field, and of how
// often it changed.
bool field_holds(const Claim& c, const std::string& field, const std::string& said,
                 const std::string& of_it, const std::string& truth);
bool evidence_holds(const Claim& c);
bool sight_holds(const Claim& c, bool cited);
bool has_told(const Claim& c, const std::string& field, const std::string& text);
size_t changes_of_mind(const Reading& read);

// The kinds of sentences that stand in both.
const std::vector<Kind>& scorecard_kinds();

// Each sentence that is not borne out, with why. The scorecard is one of a very wide page without
// color; the report is checked with the scorecard that stands in it left out.
std::vector<std::string> untrue_in_scorecard(const std::string& scorecard, const Reading& read);
std::vector<std::string> untrue_in_report(const std::string& report, const Reading& read);

}  // namespace gameday::testing
