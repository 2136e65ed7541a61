// What differs from seed to seed in a scenario file: `draws` names lists of values, and `${name}`
// anywhere else stands for the drawn one.
#include <algorithm>
#include <functional>

#include "core/error.hpp"
#include "scenarios/everyday.hpp"
#include "scenarios/loader.hpp"

namespace gameday {

namespace loading {

namespace {

// Every combination is loaded when a file is checked, so that no seed can fail later.
constexpr size_t kMaxCombinations = 400;
// Keys whose values are the same for every seed.
const std::vector<std::string> kFixedKeys = {"draws", "id"};

}  // namespace

std::vector<Draw> read_draws(const YamlNode& root) {
  std::vector<Draw> draws;
  const YamlNode* map = root.find("draws");
  if (!map) return draws;
  size_t combinations = 1;
  for (const YamlMember& member : map->members()) {
    Draw draw;
    draw.name = member.key;
    for (const char character : draw.name) {
      const bool plain = (character >= 'a' && character <= 'z') ||
                         (character >= '0' && character <= '9') || character == '_';
      if (!plain) member.value.fail("a draw's name is of lower-case letters, digits and _");
    }
    for (const YamlNode& value : member.value.list()) {
      draw.values.push_back(line_of(value));
      if (draw.values.back().find("${") != std::string::npos) {
        value.fail("a drawn value draws nothing itself");
      }
      if (std::count(draw.values.begin(), draw.values.end(), draw.values.back()) > 1) {
        value.fail("the value stands twice");
      }
    }
    if (draw.values.empty()) member.value.fail("the list is empty");
    combinations *= draw.values.size();
    if (combinations > kMaxCombinations) {
      member.value.fail("more than " + std::to_string(kMaxCombinations) +
                        " combinations with the draws before it: take fewer values");
    }
    draws.push_back(std::move(draw));
  }
  return draws;
}

YamlNode drawn(const YamlNode& root, const Choice& choice, std::vector<Draw>& draws) {
  const YamlNode* map = root.find("draws");
  std::vector<const YamlNode*> values;
  std::vector<std::string> names;
  for (Draw& draw : draws) {
    const size_t index = choice(draw.name, draw.values.size());
    draw.drawn = draw.values.at(index);
    values.push_back(&map->at(draw.name).list()[index]);
    names.push_back(draw.name);
  }
  const auto value_of = [&](const std::string& name) -> const YamlNode* {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return nullptr;
    draws[static_cast<size_t>(found - names.begin())].used = true;
    return values[static_cast<size_t>(found - names.begin())];
  };
  return root.substituted(value_of, names, kFixedKeys);
}

}  // namespace loading

namespace {

using namespace loading;

// The kinds of everyday work that a file leaves out.
std::vector<std::string> everyday_without(const YamlNode& node) {
  node.allow({"without"});
  std::vector<std::string> kinds;
  for (const YamlNode& kind : node.at("without").list()) {
    std::vector<std::string> known;
    for (const EverydayWork& work : everyday_work()) known.push_back(work.kind);
    kinds.push_back(one_of(kind, known));
  }
  return kinds;
}

Scenario load_with(const YamlNode& root, const std::filesystem::path& file,
                   const Taxonomy& taxonomy, const Choice& choice) {
  std::vector<Draw> draws = read_draws(root);
  Scenario scenario = read_scenario(drawn(root, choice, draws), file, taxonomy);
  scenario.draws = std::move(draws);
  if (const YamlNode* everyday = root.find("everyday")) everyday_without(*everyday);
  return scenario;
}

bool fails_alike(const std::function<void()>& load, const std::string& why) {
  try {
    load();
  } catch (const Error& error) {
    return error.what() == why;
  }
  return false;
}

}  // namespace

Scenario load_scenario(const std::filesystem::path& file, const Taxonomy& taxonomy,
                       uint64_t seed) {
  const YamlNode root = read_yaml(file);
  Scenario scenario = load_with(root, file, taxonomy, [seed](const std::string& name, size_t count) {
    return draw_index(seed, name, count);
  });
  if (const YamlNode* everyday = root.find("everyday")) {
    add_everyday_work(scenario, everyday_without(*everyday), seed);
  }
  return scenario;
}

Scenario load_scenario(const std::filesystem::path& file) {
  return load_scenario(file, load_taxonomy(file.parent_path() / "taxonomy.yaml"));
}

std::vector<Scenario> load_every_draw(const std::filesystem::path& file,
                                      const Taxonomy& taxonomy) {
  const YamlNode root = read_yaml(file);
  size_t combinations = 1;
  const std::vector<Draw> draws = read_draws(root);
  for (const Draw& draw : draws) combinations *= draw.values.size();
  std::string taken;
  const auto load = [&](size_t number) {
    size_t next = 0;
    taken.clear();
    return load_with(root, file, taxonomy, [&](const std::string& name, size_t count) {
      const size_t index = number % count;
      number /= count;
      taken += (taken.empty() ? "" : ", ") + name + "=" + draws[next++].values[index];
      return index;
    });
  };
  std::vector<Scenario> all;
  for (size_t number = 0; number < combinations; ++number) {
    try {
      all.push_back(load(number));
    } catch (const Error& error) {
      const std::string why = error.what(), with = taken;
      // What is wrong with the last values of all draws, too, has nothing to do with them.
      const bool always = number == 0 && fails_alike([&] { load(combinations - 1); }, why);
      throw usage_error(always || with.empty() ? why : why + " (drawn: " + with + ")");
    }
  }
  return all;
}

}  // namespace gameday
