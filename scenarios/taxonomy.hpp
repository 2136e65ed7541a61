// The closed lists that a diagnosis is made of, read from taxonomy.yaml: every value with a line of
// help, and for a mechanism what tells it from its neighbours. Plain data.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct TaxonomyValue {
  std::string name;
  std::string help;                   // one line
  std::string tells;                  // mechanisms: what tells it from its neighbours
  std::vector<std::string> synonyms;  // other words for the same value
};

struct Taxonomy {
  std::string catalogue_version;
  // What the best constant answer earns on the raw diagnosis, averaged over the catalogue. Frozen
  // with the version, so that old grades never move.
  double constant_answer = 0;
  bool constant_is_provisional = false;  // until the catalogue is complete enough to compute it
  double time_box_seconds = 1800;  // a live drill's length; the slowest time that earns points

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

// Strict: throws a usage Error "file:line:column: key: why".
Taxonomy load_taxonomy(const std::filesystem::path& file);

}  // namespace gameday
