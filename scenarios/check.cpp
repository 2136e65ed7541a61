// What an author should mend although the file loads.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "scenarios/prediction.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

// Of no fault, and yet an answer to what caused it.
const std::vector<std::string> kTriggerWords = {"maintenance", "misconfig"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char character) { return std::tolower(character); });
  return text;
}

std::string one_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// The first of the words that a word of the text begins with, or empty.
std::string word_in(const std::string& text, const std::vector<std::string>& words) {
  const std::string low = lower(text);
  for (const std::string& word : words) {
    for (size_t at = low.find(word); at != std::string::npos; at = low.find(word, at + 1)) {
      if (at == 0 || std::isalnum(static_cast<unsigned char>(low[at - 1])) == 0) return word;
    }
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

// A twin must not be known by its hints before the last one.
void check_twin_hints(const Scenario& scenario, std::vector<Warning>& warnings) {
  const std::vector<std::string>& hints = scenario.variants.front().twin_hints;
  if (hints.empty()) {
    warnings.push_back({"twin.hints", "none: the general ones tell that nothing is broken"});
  }
  for (size_t i = 0; i + 1 < hints.size(); ++i) {
    const std::string where = "twin.hints[" + std::to_string(i) + "]";
    if (lower(hints[i]).find("no_fault") != std::string::npos ||
        lower(hints[i]).find("nothing is broken") != std::string::npos) {
      warnings.push_back({where, "says that nothing is broken; only the last hint may"});
    }
  }
  if (!hints.empty() && hints.back().find("no_fault") == std::string::npos) {
    warnings.push_back({"twin.hints", "the last one does not give the answer, no_fault"});
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
  for (size_t i = 0; i < variant.evidence.size(); ++i) {
    const auto& all = variant.evidence[i].all;
    if (std::none_of(all.begin(), all.end(),
                     [](const EvidencePredicate& one) { return !one.output.empty(); })) {
      warnings.push_back({where + ".evidence[" + std::to_string(i) + "]",
                          "asks for no output: the command alone proves nothing"});
    }
  }
}

// Whatever fulfils `larger` fulfils `smaller`, too.
bool contained(const EvidenceSet& smaller, const EvidenceSet& larger) {
  return std::all_of(smaller.all.begin(), smaller.all.end(), [&](const EvidencePredicate& one) {
    return std::any_of(larger.all.begin(), larger.all.end(), [&](const EvidencePredicate& other) {
      return one.command == other.command && one.output == other.output && one.host == other.host;
    });
  });
}

void compare_evidence(const std::vector<EvidenceSet>& mine, const std::string& where,
                      const std::vector<EvidenceSet>& theirs, const std::string& other,
                      std::vector<Warning>& warnings) {
  for (size_t i = 0; i < mine.size(); ++i) {
    for (const EvidenceSet& set : theirs) {
      if (!contained(mine[i], set)) continue;
      warnings.push_back({where + ".evidence[" + std::to_string(i) + "]",
                          "is also fulfilled by `" + set.name + "` of " + other +
                              ": it cannot tell the two apart"});
    }
  }
}

bool accepts(const Truth& truth, const std::string& field, const std::string& own,
             const std::string& value) {
  const auto found = truth.equivalents.find(field);
  return own == value || (found != truth.equivalents.end() &&
                          std::find(found->second.begin(), found->second.end(), value) !=
                              found->second.end());
}

// Two variants must differ in what is asked for and in what proves it.
void check_neighbours(const Scenario& scenario, std::vector<Warning>& warnings) {
  const auto& variants = scenario.variants;
  for (size_t i = 0; i < variants.size(); ++i) {
    const std::string where = "variants[" + std::to_string(i) + "]";
    compare_evidence(variants[i].evidence, where, variants[i].twin_evidence, "the twin", warnings);
    for (size_t j = 0; j < variants.size(); ++j) {
      if (i == j) continue;
      const std::string other = "variants[" + std::to_string(j) + "]";
      compare_evidence(variants[i].evidence, where, variants[j].evidence, other, warnings);
      const Truth &mine = variants[i].truth, &theirs = variants[j].truth;
      if (mine.component == theirs.component && mine.also == theirs.also &&
          accepts(mine, "class", mine.cls, theirs.cls) &&
          accepts(mine, "mechanism", mine.mechanism, theirs.mechanism)) {
        warnings.push_back({where + ".truth", "accepts the answer of " + other +
                                                  ": the two cannot be told apart"});
      }
    }
  }
}

// Every documented step of the people must be taken by somebody at its clock time.
void check_documented_steps(const Scenario& scenario, std::vector<Warning>& warnings) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> steps = {
      {"wrong_turn", {"inspect", "change"}},
      {"cause_found", {"conclude"}},
      {"escalated", {"escalate"}},
      {"repaired", {"repair"}}};
  for (size_t i = 0; i < scenario.documented.timeline.size(); ++i) {
    const DocumentedEvent& event = scenario.documented.timeline[i];
    for (const auto& [kind, acts] : steps) {
      if (event.event != kind || scenario.responders.empty()) continue;
      const bool taken = std::any_of(
          scenario.responders.begin(), scenario.responders.end(),
          [&, acts = acts](const ResponderAct& act) {
            return act.at.minutes == event.at.minutes &&
                   std::find(acts.begin(), acts.end(), act.act) != acts.end();
          });
      if (!taken) {
        warnings.push_back({"documented.timeline[" + std::to_string(i) + "]",
                            "no responder does it at " + event.at.text + " (act " +
                                acts.front() + ")"});
      }
    }
  }
}

void check_prediction(const Scenario& scenario, std::vector<Warning>& warnings) {
  constexpr double kTolerancePoints = 5;
  const std::optional<Prediction> prediction = predict(scenario);
  if (!prediction) return;
  const auto& documented = prediction->figure == "goodput_lost_percent"
                               ? scenario.documented.goodput_lost_percent
                               : scenario.documented.users_affected_percent;
  if (!documented) {
    warnings.push_back({"expected", "predicts " + prediction->figure +
                                        ", of which nothing is documented"});
  } else if (std::abs(prediction->percent - *documented) > kTolerancePoints) {
    warnings.push_back({"expected", "the arithmetic gives " +
                                        one_decimal(prediction->percent) +
                                        " %, more than 5 points from what is documented"});
  }
}

void check_draws(const Scenario& scenario, std::vector<Warning>& warnings) {
  for (const Draw& draw : scenario.draws) {
    if (!draw.used) warnings.push_back({"draws." + draw.name, "nothing refers to it"});
    if (draw.values.size() < 2) {
      warnings.push_back({"draws." + draw.name, "one value: nothing is drawn"});
    }
  }
}

}  // namespace

bool is_wrong_turn(const Truth& truth, std::string_view believed_class,
                   std::string_view believed_mechanism) {
  return !believed_class.empty() && believed_class != truth.cls && believed_mechanism.empty();
}

std::vector<Warning> check_scenario(const Scenario& scenario,
                                    const std::vector<std::string>& giveaways) {
  std::vector<Warning> warnings;
  std::vector<std::string> words = giveaways;
  words.insert(words.end(), kTriggerWords.begin(), kTriggerWords.end());
  for (const auto& [where, text] :
       {std::pair{"ticket", scenario.ticket}, std::pair{"twin.ticket", scenario.twin_ticket}}) {
    const std::string word = word_in(text, words);
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
  check_twin_hints(scenario, warnings);
  check_neighbours(scenario, warnings);
  check_documented_steps(scenario, warnings);
  check_prediction(scenario, warnings);
  check_draws(scenario, warnings);
  return warnings;
}

std::vector<Warning> check_every_draw(const std::vector<Scenario>& draws,
                                      const std::vector<std::string>& giveaways) {
  std::vector<Warning> all;
  for (const Scenario& scenario : draws) {
    for (Warning& warning : check_scenario(scenario, giveaways)) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const Warning& one) {
        return one.where == warning.where && one.text == warning.text;
      });
      if (!known) all.push_back(std::move(warning));
    }
  }
  return all;
}

}  // namespace gameday
