// A scenario file as a type: the stack's load, what happens when, the truth, and what counts as
// evidence and as a repair. Plain data; the strict loader is in loader.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/taxonomy.hpp"

namespace gameday {

// Minutes of story time, the documented clock ("13:12"). A file writes 03:00 of the next day as
// "27:00"; `text` is then "03:00+1".
struct StoryTime {
  int minutes = 0;
  std::string text;
};

struct DocumentedEvent {
  StoryTime at;
  // maintenance, detected, investigation, wrong_turn, cause_found, escalated, repaired, normal, …
  std::string event;
  std::string text;  // one line, in our own words
};

struct Documented {
  std::string source;
  std::string note;  // where the document differs from itself, or is silent
  std::string impact;
  StoryTime start, end;
  std::optional<double> users_affected_percent;
  std::optional<double> goodput_lost_percent;
  // A total outage: fewer than this share of the requests succeed from the verified effect to the
  // first repair. Set where the document says unavailable, rejected or inaccessible.
  std::optional<double> success_below_percent;
  std::string root_cause;  // in our own words
  std::vector<std::string> prevention;  // what the document wants done, one line each
  std::vector<DocumentedEvent> timeline;
};

struct Load {
  int users = 2000;
  double visiting_share = 1.0;
  std::string visiting_share_reason;
  double writers = 0.55;
  int reads_per_visit = 3;
  double period_seconds = 15;
  double think_seconds = 0.5;
  double objective_ms = 500;
  double timeout_ms = 3000;
};

// Which arithmetic predicts the impact, and its inputs beside those of `load`. Assumptions of the
// author, printed as such by `scenarios check`; a drill never reads them.
struct Expected {
  std::string arithmetic;  // total_outage, slow_reads, failing_reads, shed_load; empty: none
  std::string because;     // where the inputs come from
  std::optional<double> outage_seconds;       // machine time from the effect to the repair
  // slow_reads: refused orders that arrive within their budget of the next retry round hold their
  // connection until it comes.
  std::optional<double> retry_round_ms, order_budget_ms;
  std::optional<double> failing_read_share;   // failing_reads: of reads, q
  std::optional<double> connections, hold_ms; // in all pools; shed_load: capacity = connections / hold
  std::optional<double> capacity_per_second;  // shed_load: instead of the two
  double factor = 1;                          // shed_load: of the plan's arrivals
};

// One thing that happens. Exactly one of change, decoy and fault is set.
struct TimelineEntry {
  StoryTime at;
  std::string change;  // text of a change-log entry
  std::string decoy;   // deploy, traffic
  std::string fault;   // a mechanism of the injectors' registry; empty in the twin
  std::string target;  // a host, or "primary", "web"
  std::map<std::string, std::string> parameters;  // what a decoy or fault is given: its other keys
  std::string where;  // "file:line:column", for errors that the loader cannot see
  // The same of each key, followed by its path: "file:line:column: timeline[1].target".
  std::map<std::string, std::string> places;
  // When the files that it writes were written; absent: `at`. A fault's files are as old as its
  // trigger.
  std::optional<StoryTime> files_at;
};

// A scripted person acts (replay only). `conclude` is the documented people's stated diagnosis:
// the conductor writes it to the journal as one.
struct ResponderAct {
  StoryTime at;
  // ack, declare, inspect, change, conclude, escalate, update, repair. A change is a wrong turn that
  // is really carried out: its commands must succeed.
  std::string act;
  std::string who;
  std::string target;  // a host, or a role ("web"): every host of it, spares not counted
  std::vector<std::string> commands;  // shell lines really run on the target
  std::string team;    // escalate
  std::string severity;     // declare
  double next_minutes = 0;  // update: when the next is promised; 0: they promise none
  std::string using_repair;  // repair: the id of an entry of `repairs`
  std::string text;
  // What they think now; values of the taxonomy, empty where they do not say.
  std::string belief_component, belief_class, belief_mechanism, belief_trigger;
  std::string where;  // "file:line:column"
  std::string path;   // "responders[2]"
  std::vector<std::string> belief_also;  // further mechanisms
};

struct Truth {
  std::string component;
  std::string cls;  // taxonomy `class`
  std::string mechanism;
  std::vector<std::string> also;  // further parts of a truth of several parts
  std::string trigger;
  // Per field (component, class, mechanism, trigger): other values worth full credit.
  std::map<std::string, std::vector<std::string>> equivalents;
  // Mechanisms worth half, and a quarter.
  std::vector<std::string> siblings, cousins;
  // Components on the causal path, by hops from the cause (1, 2, …).
  std::map<std::string, int> causal_path;
};

struct Misdiagnosis {
  std::string mechanism, component, cls;  // the pattern; empty matches anything
  double cap = 1;            // on D
  std::string killed_by;     // the evidence that rules it out
  std::string feedback;
};

// A predicate over one recorded observation: regular expressions (ECMAScript, case-insensitive),
// each searched line by line: in its command, in its output, and in the host's name where it ran.
// Empty matches all.
struct EvidencePredicate {
  std::string command, output, host;
  std::string host_where = {};  // "file:line:column: path"
};
// Together enough to prove the cause. One decisive command may be a whole set.
struct EvidenceSet {
  std::string name;
  std::vector<EvidencePredicate> all;
};

// A look that tells fields of the answer, for the debrief. The contract runs its command on the host
// while the fault is in force (of a twin: while nothing is) and compares what it prints.
struct Distinguisher {
  std::vector<std::string> fields;  // component, class, mechanism, trigger; of a twin: verdict
  std::string host;
  std::string command;  // a shell line
  std::string prints;   // all of it, without the last line's end
  std::string because;  // why that tells, one line
};

struct Repair {
  std::string id;
  std::string text;      // for the report
  struct Step {
    std::string target;  // a host, or a role ("web"): every host of it, spares not counted
    std::vector<std::string> commands;  // shell lines
    std::vector<std::string> restarts;  // services of the target that the commands end or restart
  };
  std::vector<Step> steps;
  double rung = 1.0;     // M when the outside probes agree
  std::string where;     // "file:line:column"
};

struct Hint {
  double price = 1;  // the factor h once it is taken
  std::string text;
};

// What the service's policy asks of whoever is on call. Machine minutes.
struct Escalation {
  std::vector<std::string> right_teams;
  double within_minutes = 0;            // from verified
  std::vector<std::string> severities;  // right answers to "how severe?"
  double ack_within_minutes = 5;        // from the page
  double first_update_minutes = 15;     // from declared
  double update_every_minutes = 30;     // from one update to the next, until the end
};

// One mechanism behind the scenario's symptom. The first is the documented one.
struct Variant {
  std::string id;
  std::vector<TimelineEntry> timeline;
  Truth truth;
  std::vector<Misdiagnosis> misdiagnoses;
  std::vector<EvidenceSet> evidence;
  std::vector<TimelineEntry> twin_timeline;  // what happens in the twin instead of the fault
  std::vector<Distinguisher> told_by;
  std::vector<Distinguisher> twin_told_by;
  std::vector<EvidenceSet> twin_evidence;  // what proves that nothing is broken, in the twin
  std::vector<std::string> twin_hints;     // the twin's hints, at this variant's prices
  std::vector<Repair> repairs;
  std::vector<Hint> hints;
  // Of a twin only: the faults that it leaves out, whose state of things before the trigger is its
  // own as well.
  std::vector<TimelineEntry> left_out;

  // The twin of a variant: nothing is broken.
  bool fault_free() const { return truth.mechanism.empty(); }
};

// A value that differs from seed to seed. `${name}` in the file stands for the drawn one.
struct Draw {
  std::string name;
  std::vector<std::string> values;
  std::string drawn;
  bool used = false;  // whether anything of the file refers to it
};

struct Scenario {
  std::filesystem::path file;
  std::string catalogue;     // the version of the taxonomy that it was read with
  std::string id;
  std::string ticket;        // what the first reporter saw; neutral
  std::string twin_ticket;   // another ticket, neutral too: either opens faults and twins
  // The alert that pages first when an alert opens a drill, and what makes it fire in the twin, where
  // nothing stays broken. Empty: every live drill is opened by a ticket.
  std::string first_alert;
  TimelineEntry passing;
  std::string alerts;        // the rule set it is played with: a folder name
  std::string alerts_where;  // "file:line:column"
  std::string yesterday;     // the day of metrics that its stack remembers: usual, calm, small
  Documented documented;
  Load load;
  Expected expected;
  std::string probe;         // how a user notices: write or read
  std::vector<Variant> variants;
  std::vector<ResponderAct> responders;  // for the first variant
  Escalation escalation;
  std::vector<std::string> distractors;  // true but irrelevant facts, for the report
  std::vector<Draw> draws;
};

struct Warning {
  std::string where, text;
};

// Whether a replay counts what somebody believes as a wrong turn: a class that is not the truth's,
// and no mechanism yet.
bool is_wrong_turn(const Truth& truth, std::string_view believed_class,
                   std::string_view believed_mechanism);

// The seed whose draws a listing shows, where no drill is meant.
inline constexpr uint64_t kListingSeed = 1;

// Strict: unknown or doubled keys, bad values, times out of order and names that the taxonomy does
// not have throw a usage Error "file:line:column: key: why". `seed` decides every draw of the file:
// whoever loads a drill's scenario again does so with the drill's seed.
Scenario load_scenario(const std::filesystem::path& file, const Taxonomy& taxonomy,
                       uint64_t seed = kListingSeed);
// The same with the taxonomy.yaml that stands beside the file.
Scenario load_scenario(const std::filesystem::path& file);
// The file in each combination of its drawn values, the first values first. Throws as
// load_scenario, and names the values with which the error appears.
std::vector<Scenario> load_every_draw(const std::filesystem::path& file, const Taxonomy& taxonomy);
// What an author should mend although it loads: no decoys, no hints, no repairs, a documented event
// that nobody replays, variants whose evidence or truth does not tell one from the other, …. A
// ticket must hold no word that begins like one of `giveaways`.
std::vector<Warning> check_scenario(const Scenario& scenario,
                                    const std::vector<std::string>& giveaways);
// The same over every draw, each warning once.
std::vector<Warning> check_every_draw(const std::vector<Scenario>& draws,
                                      const std::vector<std::string>& giveaways);
// Every *.yaml of a folder but the taxonomy and par.yaml, sorted by id. Throws as load_scenario.
std::vector<Scenario> load_catalogue(const std::filesystem::path& folder,
                                     uint64_t seed = kListingSeed);

// The scenario of a catalogue with this id. Throws a usage Error that names the nearest one.
const Scenario& find_scenario(const std::vector<Scenario>& catalogue, std::string_view id);
// What a person names: an id of the catalogue in `folder`, or the file of a scenario of their own,
// which ends in .yaml. Throws as load_scenario and find_scenario.
Scenario named_scenario(const std::filesystem::path& folder, const std::string& name,
                        uint64_t seed = kListingSeed);

// Which of `count` things a seed draws for a name: evenly spread, the same for the same three.
size_t draw_index(uint64_t seed, std::string_view name, size_t count);
// The variant that a seed draws. A replay of the documented incident takes variants[0] instead.
const Variant& draw_variant(const Scenario& scenario, uint64_t seed);
// How a live drill begins for whoever is on call: the same for fault and twin and whatever variant, so
// that the first page tells neither.
struct FirstPage {
  std::string source;        // alert, ticket
  std::string severity;      // page, ticket
  std::string wording;       // of a ticket; of an alert its name
  double delay_seconds = 0;  // of a ticket: from the moment when users notice
};
FirstPage draw_first_page(const Scenario& scenario, uint64_t seed);
// Of the documented day, or of the day after it from 24 hours on. `minutes` is not negative.
StoryTime story_time(int minutes);
// A twin of a variant: same id, decoys and changes, no fault, an empty truth.
Variant no_fault_twin(const Variant& variant);

// One line a scenario for a list that gives no cause away: the ticket, in alphabetical order.
struct SymptomLine {
  std::string id;
  std::string ticket;
};
std::vector<SymptomLine> symptoms(const std::vector<Scenario>& catalogue);

}  // namespace gameday
