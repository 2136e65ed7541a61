// The pieces of the strict loader that its two halves share; nobody else includes this.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/taxonomy.hpp"

namespace gameday::loading {

// Which of a draw's values is taken.
using Choice = std::function<size_t(const std::string& name, size_t count)>;
// What `draws` says: names, values, nothing drawn yet.
std::vector<Draw> read_draws(const YamlNode& root);
// The document with its draws made; what was drawn and used is noted in `draws`.
YamlNode drawn(const YamlNode& root, const Choice& choice, std::vector<Draw>& draws);
// The whole scenario of a document whose draws were made.
Scenario read_scenario(const YamlNode& root, const std::filesystem::path& file,
                       const Taxonomy& taxonomy);

// A text on one line that is not empty.
std::string line_of(const YamlNode& node);
// The same for a key that may be missing: empty then.
std::string optional_line(const YamlNode& map, std::string_view key);
// A number for a key that may be missing.
double optional_number(const YamlNode& map, std::string_view key, double fallback, double low,
                       double high);
// "13:12"; hours up to 47.
StoryTime read_time(const YamlNode& node);
// A value of a taxonomy list, by its own name; the error lists or suggests what there is.
std::string named(const YamlNode& node, const Taxonomy& taxonomy, std::string_view field);
std::string optional_named(const YamlNode& map, std::string_view key, const Taxonomy& taxonomy,
                           std::string_view field);
// A list of mechanisms for a key that may be missing.
std::vector<std::string> read_mechanisms(const YamlNode& map, std::string_view key,
                                         const Taxonomy& taxonomy);
// One of a few fixed words.
std::string one_of(const YamlNode& node, const std::vector<std::string>& words);

std::vector<EvidenceSet> read_evidence(const YamlNode& list);
// `told_by` of a map, which tells each of these fields; empty where it is missing.
std::vector<Distinguisher> read_told_by(const YamlNode& map, const Taxonomy& taxonomy,
                                        const std::vector<std::string>& fields);
// One thing that happens; `timed`: with its times.
TimelineEntry read_entry(const YamlNode& node, const Taxonomy& taxonomy, bool timed);
std::vector<TimelineEntry> read_timeline(const YamlNode& list, const Taxonomy& taxonomy);
std::vector<Misdiagnosis> read_misdiagnoses(const YamlNode& list, const Taxonomy& taxonomy);
Variant read_variant(const YamlNode& node, const Taxonomy& taxonomy);
// The rules that hold between a variant's parts, once the common parts were added.
void check_loaded_variant(const YamlNode& node, const Variant& variant);

}  // namespace gameday::loading
