// Many scenarios: the folder, finding one, drawing a variant.
#include <algorithm>

#include "core/error.hpp"
#include "core/yaml.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

// True of every stack in which nothing is broken; used where a scenario says nothing of its own.
const std::vector<std::string> kTwinHints = {
    "Place an order and read a product yourself, at the load balancer and at each web server, and "
    "see how they answer now.",
    "Compare errors and answer times of the last minutes with `gameday normal`.",
    "Ask each host in turn: sv status of its services, then the last lines of their logs.",
    "Nothing is broken (no_fault): users are served as ever, and what was reported has another "
    "explanation."};

}  // namespace

std::vector<Scenario> load_catalogue(const std::filesystem::path& folder, uint64_t seed) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path& path = entry.path();
    const bool is_scenario = path.filename() != "taxonomy.yaml" && path.filename() != "par.yaml";
    if (path.extension() == ".yaml" && is_scenario) files.push_back(path);
  }
  if (error) {
    throw usage_error("scenarios: cannot read the folder " + folder.string() + ": " +
                      error.message());
  }
  std::sort(files.begin(), files.end());
  const Taxonomy taxonomy = load_taxonomy(folder / "taxonomy.yaml");
  std::vector<Scenario> catalogue;
  for (const auto& file : files) {
    catalogue.push_back(load_scenario(file, taxonomy, seed));
    for (size_t i = 0; i + 1 < catalogue.size(); ++i) {
      if (catalogue[i].id == catalogue.back().id) {
        throw usage_error(file.string() + ":1:1: id: " + catalogue[i].file.string() +
                          " has the same id");
      }
    }
  }
  std::sort(catalogue.begin(), catalogue.end(),
            [](const Scenario& a, const Scenario& b) { return a.id < b.id; });
  return catalogue;
}

const Scenario& find_scenario(const std::vector<Scenario>& catalogue, std::string_view id) {
  std::vector<std::string> ids;
  for (const Scenario& scenario : catalogue) {
    if (scenario.id == id) return scenario;
    ids.push_back(scenario.id);
  }
  const std::string near = nearest_name(id, ids);
  throw usage_error("scenarios: no scenario is called " + std::string(id) + ": " +
                    (near.empty() ? "see `gameday scenarios`" : "did you mean " + near + "?"));
}

Scenario named_scenario(const std::filesystem::path& folder, const std::string& name,
                        uint64_t seed) {
  const auto load = [&](const std::filesystem::path& file) {
    return load_scenario(file, load_taxonomy(folder / "taxonomy.yaml"), seed);
  };
  if (std::filesystem::path(name).extension() == ".yaml") {
    return load(std::filesystem::absolute(name));
  }
  // A file of the catalogue is called by its id: the others need not be read to find it.
  const std::filesystem::path file = folder / (name + ".yaml");
  const bool is_id = std::none_of(name.begin(), name.end(), [](char letter) {
    return letter != '-' && (letter < 'a' || letter > 'z');
  });
  if (is_id && name != "taxonomy" && name != "par" && std::filesystem::exists(file)) {
    Scenario found = load(file);
    if (found.id == name) return found;
  }
  return find_scenario(load_catalogue(folder, seed), name);
}

size_t draw_index(uint64_t seed, std::string_view name, size_t count) {
  // The name by FNV-1a, then splitmix64 (Steele, Lea and Flood 2014): neighbouring seeds and names
  // fall apart.
  uint64_t mixed = 0xcbf29ce484222325u;
  for (const char character : name) {
    mixed = (mixed ^ static_cast<unsigned char>(character)) * 0x100000001b3u;
  }
  mixed = (name.empty() ? 0 : mixed) + seed + 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  mixed ^= mixed >> 31;
  return mixed % count;
}

const Variant& draw_variant(const Scenario& scenario, uint64_t seed) {
  return scenario.variants.at(draw_index(seed, "", scenario.variants.size()));
}

Variant no_fault_twin(const Variant& variant) {
  Variant twin;
  twin.id = variant.id;
  for (const TimelineEntry& entry : variant.timeline) {
    (entry.fault.empty() ? twin.timeline : twin.left_out).push_back(entry);
  }
  twin.timeline.insert(twin.timeline.end(), variant.twin_timeline.begin(),
                       variant.twin_timeline.end());
  twin.evidence = variant.twin_evidence;
  twin.twin_evidence = variant.twin_evidence;
  twin.told_by = twin.twin_told_by = variant.twin_told_by;
  // As many hints at the same prices: their number must not tell that nothing is broken.
  const std::vector<std::string>& texts =
      variant.twin_hints.empty() ? kTwinHints : variant.twin_hints;
  for (size_t i = 0; i < variant.hints.size(); ++i) {
    // The last one is the answer, however many there are.
    const size_t text = i + 1 == variant.hints.size() ? texts.size() - 1 : i;
    twin.hints.push_back({variant.hints[i].price, texts.at(text)});
  }
  return twin;
}

std::vector<SymptomLine> symptoms(const std::vector<Scenario>& catalogue) {
  std::vector<SymptomLine> lines;
  for (const Scenario& scenario : catalogue) lines.push_back({scenario.id, scenario.ticket});
  std::sort(lines.begin(), lines.end(),
            [](const SymptomLine& a, const SymptomLine& b) { return a.ticket < b.ticket; });
  return lines;
}

}  // namespace gameday
