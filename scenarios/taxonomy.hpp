// The closed lists that a diagnosis is made of, read from taxonomy.yaml: every value with a line of
// help, and for a mechanism what tells it from its neighbours. Plain data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct TaxonomyValue {
  std::string name;
  std::string help;                   // one line
  std::string tells;                  // mechanisms: what tells it from its neighbours
  std::vector<std::string> synonyms;  // other words for the same value
  std::string since;  // the catalogue version that it came with; empty: it was always there
};

// What a grade depends on beside scenario and journal. Frozen with its name, so that old grades
// never move.
struct CatalogueVersion {
  std::string name;
  // What the best constant answer earns on the raw diagnosis, averaged over the catalogue.
  double constant_answer = 0;
  bool judges_restarts = false;  // harm: restarts off the causal path
  bool judges_budget = false;    // harm: error budget burnt beyond doing nothing
  bool spares_early_restarts = false;  // harm: what restarts before anybody's command is nobody's
  bool harm_spares_dips = false;  // harm: what users met while the machine was starved
  bool time_spares_dips = false;  // response: nor does it end the time of being served
  // Response: who corrects the severity before the first update is due was right, and a cause that is
  // taken back again was not identified.
  bool counts_corrections = false;
  bool counts_onset = false;  // response: what was done before users saw the effect
  // Evidence: a citation that belongs to any sufficient set proves something.
  bool spares_other_sets = false;
  bool counts_calls = false;  // response: a call is right when few others were called with it
};

// A recorded expert's drill, in machine seconds from the verified effect.
struct ExpertRun {
  std::string scenario, date, by;
  std::string from;  // the catalogue version from which on it counts
  double detect = 0, identify = 0, mitigate = 0, resolve = 0;
};

struct Taxonomy {
  CatalogueVersion catalogue;              // the one to grade by
  std::vector<CatalogueVersion> versions;  // all, the oldest first
  std::string unnamed_version;             // of journals that name none
  double time_box_seconds = 1800;  // a live drill's length; the slowest time that earns points

  std::vector<ExpertRun> expert_runs;  // those that count for this version

  // The lists to grade by another version, without the values that came later. Returns nullopt when
  // there is no version of that name.
  std::optional<Taxonomy> as_of(std::string_view version) const;

  std::vector<TaxonomyValue> verdicts, components, classes, mechanisms, triggers;
  std::vector<TaxonomyValue> decoys, teams, severities;

  // The list of a field: verdict, component, class, mechanism, trigger, decoy, team, severity.
  // Throws Error for another name (our own mistake).
  const std::vector<TaxonomyValue>& values(std::string_view field) const;
  std::vector<std::string> names(std::string_view field) const;
  // The one name for what a person wrote: letter case, blanks, hyphens and synonyms do not matter.
  // Empty when the list has no such value.
  std::string canonical(std::string_view field, std::string_view text) const;
};

// With the expert runs of the par.yaml that stands beside it, if one does. Strict: throws a usage
// Error "file:line:column: key: why".
Taxonomy load_taxonomy(const std::filesystem::path& file);

}  // namespace gameday
