// What the scorer must withstand, over every variant of every scenario: bounds, by enumeration.
#include <algorithm>

#include "scorer/baselines.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

template <typename Check>
void for_every_variant(const Catalogue& catalogue, Check check) {
  for (const Scenario& scenario : catalogue.scenarios) {
    for (const Variant& variant : scenario.variants) {
      INFO(scenario.id << " " << variant.id);
      check(scenario, variant);
    }
  }
}

json::object truth_of(const Variant& variant) {
  const Truth& truth = variant.truth;
  return {{"verdict", "fault"},
          {"component", truth.component},
          {"class", truth.cls},
          {"mechanism", truth.mechanism},
          {"also", json::array(truth.also.begin(), truth.also.end())},
          {"trigger", truth.trigger}};
}

double without_process(const Scorecard& card) {
  return card.total - 10 * card.response.grade.process;
}

DrillOnPaper mended_quickly() {
  DrillOnPaper drill;
  drill.at(12).desk("declare", {{"severity", "sev1"}});
  return drill;
}

}  // namespace

TEST_CASE("the numbers of an answer are those of its words") {
  const Catalogue catalogue;
  const Taxonomy& taxonomy = catalogue.taxonomy;
  size_t number = 0;
  for_every_variant(catalogue, [&](const Scenario&, const Variant& variant) {
    const AnswerSpace space(variant, taxonomy);
    for (size_t c = 0; c < taxonomy.components.size(); ++c) {
      for (size_t k = 0; k < taxonomy.classes.size(); ++k) {
        for (size_t m = 0; m < taxonomy.mechanisms.size(); ++m) {
          for (size_t t = 0; t < taxonomy.triggers.size(); ++t) {
            if (++number % 23 != 0) continue;
            Answer answer;
            answer.verdict = "fault";
            answer.component = taxonomy.components[c].name;
            answer.cls = taxonomy.classes[k].name;
            answer.mechanism = taxonomy.mechanisms[m].name;
            answer.trigger = taxonomy.triggers[t].name;
            if (space.raw(c, k, m, t) != grade_answer(answer, variant, taxonomy).raw) {
              FAIL_CHECK(answer.component + " " + answer.cls + " " + answer.mechanism);
            }
          }
        }
      }
    }
  });
}

TEST_CASE("no answer that never looks earns more than 25 nor a random one more than 1") {
  const Catalogue catalogue;
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    const Baselines baselines = baselines_of(scenario, variant, catalogue.taxonomy);
    CHECK(baselines.constant_answer <= 25 + 1e-9);
    CHECK(baselines.random_answer <= 1);
    CHECK(baselines.random_answer > 0);
    CHECK(baselines.right_answer_without_evidence == Approx(25));
  });
}

TEST_CASE("the best constant answer earns at most 5 on average over the catalogue") {
  const Catalogue catalogue;
  const Taxonomy& taxonomy = catalogue.taxonomy;
  std::vector<const Scenario*> all;
  for (const Scenario& one : catalogue.scenarios) all.push_back(&one);
  const Answer constant = best_constant_answer(all, taxonomy).answer;
  double mean = 0;
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    mean += 25 * grade_answer(constant, variant, taxonomy).corrected /
            static_cast<double>(scenario.variants.size() * catalogue.scenarios.size());
  });
  CHECK(mean <= 5);
}

TEST_CASE("doing nothing earns nothing and restarting everything at most 5 without the process") {
  const Catalogue catalogue;
  json::array everything;
  for (const TaxonomyValue& component : catalogue.taxonomy.components) {
    everything.push_back(json::object{{"host", component.name}, {"service", component.name}});
  }
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    DrillOnPaper restarted = mended_quickly();
    restarted.at(100).add(events::kRestarts, {{"services", everything}});
    const Journal journal = restarted.end(101, false).journal;
    const Scorecard card = score(scenario, variant, catalogue.taxonomy, journal);
    CHECK(without_process(card) <= 5);
    CHECK(card.repair.grade.harm.value == Approx(0));
    CHECK(card.baselines.do_nothing == Approx(0));
    CHECK(card.baselines.restart_everything <= 5);
    const Scorecard twin =
        score(scenario, no_fault_twin(variant), catalogue.taxonomy, journal);
    CHECK(twin.baselines.do_nothing == Approx(20));
    CHECK(twin.baselines.restart_everything == Approx(0));
  });
}

TEST_CASE("a right repair by luck earns at most 37 without the process") {
  const Catalogue catalogue;
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    DrillOnPaper lucky = mended_quickly();
    lucky.at(15).add(events::kServed, {{"served", true}, {"since", 13}});
    const Scorecard card =
        score(scenario, variant, catalogue.taxonomy, lucky.end(20, true).journal);
    CHECK(card.repair.points == Approx(30));
    // Detected, mitigated and resolved in no time is 7 of the 10 for times: all but identified.
    CHECK(without_process(card) <= 37);
    CHECK(card.diagnosis.points == Approx(0));
  });
}

TEST_CASE("a right diagnosis with a whole proof and no repair earns 45 to 65") {
  const Catalogue catalogue;
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    for (const bool talks : {false, true}) {
      DrillOnPaper drill;
      drill.at(30).diagnose(truth_of(variant));
      if (talks) {
        drill.at(13).desk("ack").desk("declare", {{"severity", "sev1"}});
        drill.desk("escalate", {{"team", scenario.escalation.right_teams.empty()
                                             ? "database"
                                             : scenario.escalation.right_teams.front()}});
        drill.desk("update", {{"impact", "i"}, {"action", "a"}, {"next_minutes", 9}});
      }
      Scorecard card =
          score(scenario, variant, catalogue.taxonomy, drill.end(1000, false).journal);
      CHECK(card.diagnosis.grade.corrected == Approx(1));
      const double proven = card.total + 50 - card.diagnosis.points;
      CHECK(proven >= 45);
      CHECK(proven <= 65);
    }
  });
}

TEST_CASE("no single wrong word of the mechanism earns more than two thirds of the bar") {
  const Catalogue catalogue;
  for_every_variant(catalogue, [&](const Scenario&, const Variant& variant) {
    const Truth& truth = variant.truth;
    for (const TaxonomyValue& value : catalogue.taxonomy.mechanisms) {
      const auto& equal = truth.equivalents.contains("mechanism")
                              ? truth.equivalents.at("mechanism")
                              : std::vector<std::string>();
      const bool is_right = value.name == truth.mechanism ||
                            std::find(equal.begin(), equal.end(), value.name) != equal.end() ||
                            std::find(truth.also.begin(), truth.also.end(), value.name) !=
                                truth.also.end();
      if (is_right) continue;
      json::object said = truth_of(variant);
      said["mechanism"] = value.name;
      said.erase("also");
      const Answer answer = read_answer(said, catalogue.taxonomy);
      INFO(value.name);
      CHECK(grade_answer(answer, variant, catalogue.taxonomy).corrected <= 2.0 / 3 + 1e-9);
    }
  });
}

TEST_CASE("wrong alternatives and words in free text move no point in any variant") {
  const Catalogue catalogue;
  json::array alternatives;
  std::string words;
  for (const TaxonomyValue& value : catalogue.taxonomy.mechanisms) {
    alternatives.push_back(json::object{{"mechanism", value.name}, {"probability", 0.05}});
    words += value.name + " " + value.help + " ";
  }
  for_every_variant(catalogue, [&](const Scenario& scenario, const Variant& variant) {
    for (json::object said : {truth_of(variant), wrong_answer()}) {
      const auto total_of = [&](const json::object& answer) {
        DrillOnPaper drill;
        drill.at(30).diagnose(answer).end(100, false);
        return score(scenario, variant, catalogue.taxonomy, drill.journal).total;
      };
      const double plain = total_of(said);
      said["alternatives"] = alternatives;
      said["text"] = words;
      said["confidence"] = 0.5;
      CHECK(total_of(said) == Approx(plain));
    }
  });
}
