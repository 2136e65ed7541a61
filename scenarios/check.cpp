// What an author should mend although the file loads.
#include <algorithm>
#include <cctype>

#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

// Words that give a cause away where only symptoms may stand.
const std::vector<std::string> kCauseWords = {
    "read-only", "read only", "standby",   "recovery", "promote",     "pg_hba",   "route",
    "firewall",  "pool",      "exhausted", "lock",     "maintenance", "nftables", "misconfig"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char character) { return std::tolower(character); });
  return text;
}

// The first cause word in a text, or empty.
std::string cause_word(const std::string& text) {
  const std::string low = lower(text);
  for (const std::string& word : kCauseWords) {
    if (low.find(word) != std::string::npos) return word;
  }
  return "";
}

// A mechanism that a text names, by its own name or with blanks for underscores.
std::string named_mechanism(const std::string& text, const Scenario& scenario) {
  const std::string low = lower(text);
  for (const Variant& variant : scenario.variants) {
    std::string spaced = variant.truth.mechanism;
    std::replace(spaced.begin(), spaced.end(), '_', ' ');
    if (low.find(variant.truth.mechanism) != std::string::npos ||
        low.find(spaced) != std::string::npos) {
      return variant.truth.mechanism;
    }
  }
  return "";
}

void check_hints(const Scenario& scenario, const Variant& variant, const std::string& where,
                 std::vector<Warning>& warnings) {
  if (variant.hints.size() < 4) warnings.push_back({where + ".hints", "fewer than four hints"});
  for (size_t i = 0; i + 1 < variant.hints.size(); ++i) {
    const std::string mechanism = named_mechanism(variant.hints[i].text, scenario);
    if (!mechanism.empty()) {
      warnings.push_back({where + ".hints[" + std::to_string(i) + "]",
                          "names the mechanism " + mechanism + "; only the last hint may"});
    }
  }
}

void check_variant(const Scenario& scenario, const Variant& variant, const std::string& where,
                   std::vector<Warning>& warnings) {
  const auto count = [&](auto test) {
    return std::count_if(variant.timeline.begin(), variant.timeline.end(), test);
  };
  if (count([](const TimelineEntry& entry) { return !entry.decoy.empty(); }) == 0) {
    warnings.push_back({where + ".timeline", "no decoy"});
  }
  if (count([](const TimelineEntry& entry) { return !entry.change.empty(); }) < 4) {
    warnings.push_back({where + ".timeline",
                        "fewer than four change-log entries: the trigger stands out"});
  }
  if (variant.evidence.empty()) warnings.push_back({where + ".evidence", "no evidence set"});
  if (variant.misdiagnoses.empty()) warnings.push_back({where + ".misdiagnoses", "none"});
  const bool mends = std::any_of(variant.repairs.begin(), variant.repairs.end(),
                                 [](const Repair& repair) { return repair.rung == 1.0; });
  if (!mends) warnings.push_back({where + ".repairs", "no repair removes the whole cause"});
  if (variant.truth.equivalents.empty()) {
    warnings.push_back({where + ".truth.equivalents", "no other wording is accepted"});
  }
  check_hints(scenario, variant, where, warnings);
}

}  // namespace

std::vector<Warning> check_scenario(const Scenario& scenario) {
  std::vector<Warning> warnings;
  for (const auto& [where, text] :
       {std::pair{"ticket", scenario.ticket}, std::pair{"twin.ticket", scenario.twin_ticket}}) {
    const std::string word = cause_word(text);
    if (!word.empty()) warnings.push_back({where, "gives a cause away: `" + word + "`"});
  }
  if (scenario.variants.size() < 2) {
    warnings.push_back({"variants", "only one: whoever has played it knows the answer"});
  }
  if (scenario.distractors.empty()) warnings.push_back({"distractors", "none"});
  if (scenario.responders.empty()) {
    warnings.push_back({"responders", "none: the outage cannot be replayed"});
  }
  if (scenario.escalation.right_teams.empty()) {
    warnings.push_back({"escalation.right_teams", "nobody to escalate to"});
  }
  for (size_t i = 0; i < scenario.variants.size(); ++i) {
    check_variant(scenario, scenario.variants[i], "variants[" + std::to_string(i) + "]", warnings);
  }
  return warnings;
}

}  // namespace gameday
