// What `scenarios check` finds although a file loads, and what it predicts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "scenarios/prediction.hpp"
#include "scenarios/scenario.hpp"

using namespace gameday;

namespace {

Scenario read_only_primary() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root != nullptr);
  return load_scenario(std::filesystem::path(root) / "scenarios" / "read-only-primary.yaml");
}

bool warned(const Scenario& scenario, const std::string& where, const std::string& text) {
  const std::vector<Warning> warnings = check_scenario(scenario, {"lock", "pool"});
  return std::any_of(warnings.begin(), warnings.end(), [&](const Warning& warning) {
    return warning.where == where && warning.text.find(text) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("variants with one truth, or with evidence that proves both, are warned of") {
  Scenario scenario = read_only_primary();
  scenario.variants[1].evidence.push_back(scenario.variants[0].evidence[0]);
  CHECK(warned(scenario, "variants[0].evidence[0]", "of variants[1]: it cannot tell"));
  CHECK(warned(scenario, "variants[1].evidence[5]", "of variants[0]: it cannot tell"));

  scenario = read_only_primary();
  // Half of what proves the other: whoever has that has this, too.
  EvidenceSet half = scenario.variants[1].evidence.back();
  half.all.resize(1);
  scenario.variants[0].evidence.push_back(half);
  CHECK(warned(scenario, "variants[0].evidence[5]", "is also fulfilled by"));

  scenario = read_only_primary();
  scenario.variants[0].evidence.push_back(scenario.variants[0].twin_evidence[1]);
  CHECK(warned(scenario, "variants[0].evidence[5]", "of the twin"));

  scenario = read_only_primary();
  scenario.variants[0].truth.equivalents["mechanism"] = {"session_read_only"};
  CHECK(warned(scenario, "variants[0].truth", "accepts the answer of variants[1]"));
  CHECK_FALSE(warned(scenario, "variants[1].truth", ""));
}

TEST_CASE("a ticket gives a cause away by a word that begins like one of a fault's") {
  Scenario scenario = read_only_primary();
  struct Row {
    const char* ticket;
    const char* word;  // null: none
  };
  const Row rows[] = {{"Orders are locked", "lock"},
                      {"POOLED orders fail", "pool"},
                      {"a misconfigured shop", "misconfig"},
                      {"The clock is blocked", nullptr},
                      {"Customers wait", nullptr}};
  for (const Row& row : rows) {
    INFO(row.ticket);
    scenario.ticket = row.ticket;
    CHECK(warned(scenario, "ticket", row.word ? std::string("`") + row.word + "`" : "") ==
          (row.word != nullptr));
  }
}

TEST_CASE("evidence that asks for no output is warned of") {
  Scenario scenario = read_only_primary();
  for (EvidencePredicate& one : scenario.variants[0].evidence[0].all) one.output.clear();
  CHECK(warned(scenario, "variants[0].evidence[0]", "the command alone proves nothing"));
}

TEST_CASE("a documented step that nobody takes at its time is warned of") {
  Scenario scenario = read_only_primary();
  std::erase_if(scenario.responders, [](const ResponderAct& act) { return act.act == "escalate"; });
  CHECK(warned(scenario, "documented.timeline[6]", "no responder does it at 13:57 (act escalate)"));
}

TEST_CASE("the prediction follows the load and the stated inputs, and nothing else") {
  Scenario scenario = read_only_primary();
  REQUIRE(predict(scenario));
  scenario.expected.order_budget_ms = 1600;
  // Orders come at 2000 * .55 / 18 = 61.11 a second and fill 36 connections in .5891 s, so that
  // q = (1.6 - .5891 - .5) / 4 = .1277; then .55 + .45 (1 - (1 - q)^(21 / 18)).
  CHECK(predict(scenario)->percent == Approx(61.63).margin(0.01));
  CHECK(predict(scenario)->figure == "users_affected_percent");
  scenario.expected.order_budget_ms = 900;  // the pool is full less than the objective long
  CHECK(predict(scenario)->percent == Approx(55));
  scenario.expected.order_budget_ms = 2400;
  CHECK(predict(scenario)->percent == Approx(71.69).margin(0.01));
  CHECK(warned(scenario, "expected", "more than 5 points from what is documented"));
  scenario.expected.order_budget_ms = 1600;
  scenario.load.writers = 0.2;  // never fill the pool in time
  CHECK(predict(scenario)->percent == Approx(20));
  scenario.load.visiting_share = 0.5;
  CHECK(predict(scenario)->percent == Approx(10));

  scenario.expected = {};
  CHECK_FALSE(predict(scenario));
  scenario.expected.arithmetic = "total_outage";
  scenario.load.visiting_share = 0.8;
  scenario.load.visiting_share_reason = "the rest was asleep";
  CHECK(predict(scenario)->percent == Approx(80));
  CHECK(predict(scenario)->assumptions.at(0) ==
        "v = 0.8, the share that visits: the rest was asleep");
  scenario.documented.users_affected_percent = 10;
  scenario.load.visiting_share = 1;
  CHECK(warned(scenario, "expected", "the arithmetic gives 100.0 %, more than"));
  scenario.load.visiting_share = 0.8;
  scenario.expected.outage_seconds = 9;  // half of a period: half of them come
  CHECK(predict(scenario)->percent == Approx(40));
}

TEST_CASE("load that is shed is what lies above the capacity") {
  Scenario scenario = read_only_primary();
  scenario.load = {};
  scenario.load.users = 1500;
  scenario.load.writers = 0.5;
  scenario.load.reads_per_visit = 1;
  scenario.load.period_seconds = 15;  // 150 requests a second
  scenario.expected.arithmetic = "shed_load";
  scenario.expected.connections = 20;
  scenario.expected.hold_ms = 100;  // 200 a second
  scenario.expected.factor = 1;
  CHECK(predict(scenario)->percent == 0);
  scenario.expected.factor = 2;
  CHECK(predict(scenario)->percent == Approx(33.33).margin(0.01));
  CHECK(predict(scenario)->figure == "goodput_lost_percent");
  CHECK(predict(scenario)->arithmetic == "1 - 200 / 300");
  CHECK(warned(scenario, "expected", "of which nothing is documented"));
}

TEST_CASE("a twin's hints are as many as the variant's, at its prices, and true of it") {
  Scenario scenario = read_only_primary();
  for (const bool own_texts : {true, false}) {
    for (Variant& variant : scenario.variants) {
      if (!own_texts) variant.twin_hints.clear();
      const Variant twin = no_fault_twin(variant);
      REQUIRE(twin.hints.size() == variant.hints.size());
      for (size_t i = 0; i < twin.hints.size(); ++i) {
        CHECK(twin.hints[i].price == variant.hints[i].price);
        CHECK(twin.hints[i].text != variant.hints[i].text);
        CHECK((twin.hints[i].text.find("no_fault") != std::string::npos) ==
              (i + 1 == twin.hints.size()));
      }
    }
  }
}

TEST_CASE("hints that tell a twin before the last one are warned of") {
  Scenario scenario = read_only_primary();
  auto& hints = scenario.variants[0].twin_hints;
  std::swap(hints[0], hints[3]);
  CHECK(warned(scenario, "twin.hints[0]", "only the last hint may"));
  CHECK(warned(scenario, "twin.hints", "does not give the answer"));
  hints.clear();
  CHECK(warned(scenario, "twin.hints", "none: the general ones tell"));
}
