#include "scenarios/taxonomy.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/yaml.hpp"

namespace gameday {

namespace {

// " Wrong-Route " and "wrong_route" are the same word.
std::string folded(std::string_view text) {
  std::string word;
  for (const char character : text) {
    const bool joins = character == ' ' || character == '-' || character == '\t';
    if (joins && word.empty()) continue;
    const bool upper = character >= 'A' && character <= 'Z';
    word += joins ? '_' : upper ? static_cast<char>(character - 'A' + 'a') : character;
  }
  while (word.ends_with('_')) word.pop_back();
  return word;
}

std::vector<TaxonomyValue> read_values(const YamlNode& map, bool mechanism) {
  std::vector<TaxonomyValue> values;
  std::set<std::string> words;
  const auto take_word = [&](const std::string& word, const YamlNode& where) {
    if (word.empty() || folded(word) != word) {
      where.fail("`" + word + "` must be lower case with underscores");
    }
    if (!words.insert(word).second) where.fail("`" + word + "` stands twice in this list");
  };
  for (const YamlMember& member : map.members()) {
    TaxonomyValue value;
    value.name = member.key;
    take_word(value.name, member.value);
    if (member.value.is_scalar()) {
      value.help = member.value.string();
    } else {
      member.value.allow({"help", "tells", "synonyms", "since"});
      value.help = member.value.at("help").string();
      if (mechanism) value.tells = member.value.at("tells").string();
      if (const YamlNode* since = member.value.find("since")) value.since = since->string();
      if (const YamlNode* synonyms = member.value.find("synonyms")) {
        value.synonyms = synonyms->strings();
        for (const std::string& synonym : value.synonyms) take_word(synonym, *synonyms);
      }
    }
    if (mechanism && value.tells.empty()) member.value.fail("a mechanism needs `tells`");
    values.push_back(value);
  }
  if (values.empty()) map.fail("the list is empty");
  return values;
}

// The rules that versions name, by the part of the grade that they belong to.
struct NamedRule {
  const char* part;
  const char* name;
  bool CatalogueVersion::*on;
};

constexpr NamedRule kRules[] = {
    {"harm", "restarts", &CatalogueVersion::judges_restarts},
    {"harm", "budget", &CatalogueVersion::judges_budget},
    {"harm", "own_restarts", &CatalogueVersion::spares_early_restarts},
    {"harm", "machine", &CatalogueVersion::harm_spares_dips},
    {"response", "corrections", &CatalogueVersion::counts_corrections},
    {"response", "onset", &CatalogueVersion::counts_onset},
    {"response", "calls", &CatalogueVersion::counts_calls},
    {"response", "machine", &CatalogueVersion::time_spares_dips},
    {"evidence", "any_set", &CatalogueVersion::spares_other_sets},
};

void read_rules(const YamlNode& list, std::string_view part, CatalogueVersion& version) {
  for (const YamlNode& one : list.list()) {
    const std::string name = one.string();
    std::string names;
    bool known = false;
    for (const NamedRule& rule : kRules) {
      if (rule.part != part) continue;
      names += (names.empty() ? "" : ", ") + std::string(rule.name);
      if (rule.name != name) continue;
      version.*rule.on = known = true;
    }
    if (!known) one.fail("must be one of " + names);
  }
}

CatalogueVersion read_version(const YamlNode& node) {
  node.allow({"name", "constant_answer", "harm", "response", "evidence"});
  CatalogueVersion version;
  version.name = node.at("name").string();
  version.constant_answer = node.at("constant_answer").number(0, 0.9);
  read_rules(node.at("harm"), "harm", version);
  for (const char* part : {"response", "evidence"}) {
    if (const YamlNode* rules = node.find(part)) read_rules(*rules, part, version);
  }
  return version;
}

void read_catalogue(const YamlNode& node, Taxonomy& taxonomy) {
  node.allow({"version", "unnamed", "versions", "time_box_seconds"});
  taxonomy.time_box_seconds = node.at("time_box_seconds").number(60, 86400);
  for (const YamlNode& one : node.at("versions").list()) {
    CatalogueVersion version = read_version(one);
    if (taxonomy.as_of(version.name)) one.fail("`" + version.name + "` stands twice in this list");
    taxonomy.versions.push_back(std::move(version));
  }
  for (const char* key : {"version", "unnamed"}) {
    const auto named = taxonomy.as_of(node.at(key).string());
    if (!named) node.at(key).fail("must be the name of one of `versions`");
    if (std::string_view(key) == "version") taxonomy.catalogue = named->catalogue;
  }
  taxonomy.unnamed_version = node.at("unnamed").string();
}

void read_expert_runs(const YamlNode& root, double time_box_seconds, Taxonomy& taxonomy) {
  root.allow({"runs"});
  for (const YamlNode& node : root.at("runs").list()) {
    node.allow({"scenario", "date", "by", "from", "detect", "identify", "mitigate", "resolve"});
    ExpertRun run;
    run.scenario = node.at("scenario").string();
    run.date = node.at("date").string();
    run.by = node.at("by").string();
    run.from = node.at("from").string();
    if (!taxonomy.as_of(run.from)) node.at("from").fail("no catalogue version has this name");
    for (const auto& [key, seconds] :
         {std::pair{"detect", &run.detect}, {"identify", &run.identify},
          {"mitigate", &run.mitigate}, {"resolve", &run.resolve}}) {
      *seconds = node.at(key).number(0, time_box_seconds / 2);
    }
    taxonomy.expert_runs.push_back(std::move(run));
  }
}

}  // namespace

std::optional<Taxonomy> Taxonomy::as_of(std::string_view version) const {
  const auto found =
      std::find_if(versions.begin(), versions.end(),
                   [&](const CatalogueVersion& one) { return one.name == version; });
  if (found == versions.end()) return std::nullopt;
  Taxonomy other = *this;
  other.catalogue = *found;
  // What came with a later version does not count yet.
  const auto is_later = [&](const std::string& name) {
    return std::none_of(versions.begin(), found + 1,
                        [&](const CatalogueVersion& one) { return one.name == name; });
  };
  std::erase_if(other.expert_runs, [&](const ExpertRun& run) { return is_later(run.from); });
  std::erase_if(other.mechanisms, [&](const TaxonomyValue& value) {
    return !value.since.empty() && is_later(value.since);
  });
  return other;
}

const std::vector<TaxonomyValue>& Taxonomy::values(std::string_view field) const {
  if (field == "verdict") return verdicts;
  if (field == "component") return components;
  if (field == "class") return classes;
  if (field == "mechanism") return mechanisms;
  if (field == "trigger") return triggers;
  if (field == "decoy") return decoys;
  if (field == "team") return teams;
  if (field == "severity") return severities;
  throw Error("taxonomy: no list is called " + std::string(field));
}

std::vector<std::string> Taxonomy::names(std::string_view field) const {
  std::vector<std::string> all;
  for (const TaxonomyValue& value : values(field)) all.push_back(value.name);
  return all;
}

std::string Taxonomy::canonical(std::string_view field, std::string_view text) const {
  const std::string word = folded(text);
  for (const TaxonomyValue& value : values(field)) {
    const auto& synonyms = value.synonyms;
    if (value.name == word ||
        std::find(synonyms.begin(), synonyms.end(), word) != synonyms.end()) {
      return value.name;
    }
  }
  return "";
}

Taxonomy load_taxonomy(const std::filesystem::path& file) {
  const YamlNode root = read_yaml(file);
  root.allow({"catalogue", "verdicts", "components", "classes", "mechanisms", "triggers", "decoys",
              "teams", "severities"});
  Taxonomy taxonomy;
  read_catalogue(root.at("catalogue"), taxonomy);
  taxonomy.verdicts = read_values(root.at("verdicts"), false);
  taxonomy.components = read_values(root.at("components"), false);
  taxonomy.classes = read_values(root.at("classes"), false);
  taxonomy.mechanisms = read_values(root.at("mechanisms"), true);
  for (const TaxonomyValue& value : taxonomy.mechanisms) {
    if (value.since.empty() || taxonomy.as_of(value.since)) continue;
    root.at("mechanisms").at(value.name).at("since").fail("no catalogue version has this name");
  }
  taxonomy.triggers = read_values(root.at("triggers"), false);
  taxonomy.decoys = read_values(root.at("decoys"), false);
  taxonomy.teams = read_values(root.at("teams"), false);
  taxonomy.severities = read_values(root.at("severities"), false);
  const std::filesystem::path par = file.parent_path() / "par.yaml";
  if (std::filesystem::exists(par)) {
    read_expert_runs(read_yaml(par), taxonomy.time_box_seconds, taxonomy);
    taxonomy = *taxonomy.as_of(taxonomy.catalogue.name);
  }
  return taxonomy;
}

}  // namespace gameday
