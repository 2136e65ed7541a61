#include "scorer/baselines.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

double diagnosis_points(const Catalogue& catalogue, json::object answer, size_t variant = 0) {
  return catalogue.score(after_looking().at(70).diagnose(std::move(answer)).journal, variant)
      .diagnosis.points;
}

json::object without_evidence(json::object answer) {
  answer.erase("evidence");
  return answer;
}

const char* const kSeesRecovery = "psql -h db1 -U postgres shop -c 'SELECT pg_is_in_recovery()'";

double evidence_of(const Catalogue& catalogue, const char* command, const char* output,
                   const char* host, size_t variant = 0) {
  DrillOnPaper drill;
  drill.observe("o1", command, output, host).diagnose(right_answer());
  return catalogue.score(drill.journal, variant).diagnosis.evidence.value;
}

}  // namespace

TEST_CASE("the right answer with one decisive observation fills the diagnosis bar") {
  const Catalogue catalogue;
  const Scorecard card =
      catalogue.score(after_looking().at(70).diagnose(right_answer()).journal);
  CHECK(card.diagnosis.grade.raw == Approx(1));
  CHECK(card.diagnosis.grade.corrected == Approx(1));
  CHECK(card.diagnosis.evidence.value == Approx(1));
  CHECK(card.diagnosis.points == Approx(50));
  CHECK(diagnosis_points(catalogue, without_evidence(right_answer())) == Approx(25));
}

TEST_CASE("every wording that the document allows is worth as much") {
  const Catalogue catalogue;
  json::object answer = right_answer();
  answer["class"] = "configuration";
  CHECK(diagnosis_points(catalogue, answer) == Approx(50));
}

TEST_CASE("the look-alike earns between a third and two thirds of the bar, in both directions") {
  const Catalogue catalogue;
  json::object other = right_answer();  // of the first variant, given to the second
  for (const auto& [answer, variant] : {std::pair{look_alike(), size_t(0)}, {other, size_t(1)}}) {
    // With no evidence, with half a proof, and with a whole one.
    const Scenario& scenario = catalogue.scenario();
    const Answer read = read_answer(answer, catalogue.taxonomy);
    const double corrected =
        grade_answer(read, scenario.variants[variant], catalogue.taxonomy).corrected;
    for (const double evidence : {0.0, 0.5, 1.0}) {
      INFO("variant " << variant << ", evidence " << evidence);
      const double points = 50 * corrected * (0.5 + 0.5 * evidence);
      CHECK(points >= Approx(50.0 / 3));
      CHECK(points <= Approx(100.0 / 3));
    }
  }
  CHECK(diagnosis_points(catalogue, look_alike()) == Approx(100.0 / 3));
  CHECK(diagnosis_points(catalogue, without_evidence(look_alike())) == Approx(50.0 / 3));
}

TEST_CASE("a wrong answer earns nothing, and says what rules it out") {
  const Catalogue catalogue;
  const Scorecard card = catalogue.score(after_looking().at(70).diagnose(wrong_answer()).journal);
  CHECK(card.diagnosis.points == Approx(0));
  REQUIRE_FALSE(card.diagnosis.grade.feedback.empty());
  CHECK_THAT(card.diagnosis.grade.feedback[0], Catch::Contains("What rules it out"));
}

TEST_CASE("without any credit for the mechanism the rest is worth at most .35") {
  const Catalogue catalogue;
  json::object answer = right_answer();
  answer["mechanism"] = "client_auth_reject";
  const Scorecard card = catalogue.score(after_looking().diagnose(answer).journal);
  CHECK(card.diagnosis.grade.raw == Approx(0.35));
  CHECK(card.diagnosis.points == 0);  // less than a constant answer earns
}

TEST_CASE("a component on the causal path is worth less the farther it is from the cause") {
  const Catalogue catalogue;
  const auto raw = [&](const char* component) {
    json::object answer = right_answer();
    answer["component"] = component;
    return catalogue.score(after_looking().diagnose(answer).journal).diagnosis.grade.raw;
  };
  CHECK(raw("pooler") == Approx(0.7 + 0.3 * 0.25));
  CHECK(raw("web") == Approx(0.7 + 0.3 * 0.5 / 3));
  CHECK(raw("pay") == Approx(0.7));
}

TEST_CASE("every misdiagnosis of the catalogue is capped, however right the rest is") {
  const Catalogue catalogue;
  for (const Scenario& scenario : catalogue.scenarios) {
    for (const Variant& variant : scenario.variants) {
      for (const Misdiagnosis& wrong : variant.misdiagnoses) {
        Answer answer = read_answer(right_answer(), catalogue.taxonomy);
        answer.component = wrong.component.empty() ? variant.truth.component : wrong.component;
        answer.cls = wrong.cls.empty() ? variant.truth.cls : wrong.cls;
        answer.mechanism = wrong.mechanism.empty() ? variant.truth.mechanism : wrong.mechanism;
        INFO(variant.id << ": " << wrong.feedback);
        CHECK(grade_answer(answer, variant, catalogue.taxonomy).raw <= wrong.cap + 1e-9);
      }
    }
  }
}

TEST_CASE("a constant answer never looks: at most 25 where it hits, whatever it says") {
  const Catalogue catalogue;
  const Scenario& scenario = catalogue.scenario();
  Answer answer;
  answer.verdict = "fault";
  double best = 0;
  for (const std::string& component : catalogue.taxonomy.names("component")) {
    answer.component = component;
    for (const std::string& cls : catalogue.taxonomy.names("class")) {
      answer.cls = cls;
      for (const std::string& mechanism : catalogue.taxonomy.names("mechanism")) {
        answer.mechanism = mechanism;
        for (const std::string& trigger : catalogue.taxonomy.names("trigger")) {
          answer.trigger = trigger;
          for (const Variant& variant : scenario.variants) {
            best = std::max(best, 25 * grade_answer(answer, variant, catalogue.taxonomy).corrected);
          }
        }
      }
    }
  }
  CHECK(best == Approx(25));
  CHECK(best <= 25 + 1e-9);

  std::vector<const Scenario*> all;
  for (const Scenario& one : catalogue.scenarios) all.push_back(&one);
  const Answer constant = best_constant_answer(all, catalogue.taxonomy).answer;
  double mean = 0;
  for (const Scenario& one : catalogue.scenarios) {
    double of_scenario = 0;
    for (const Variant& variant : one.variants) {
      of_scenario += 25 * grade_answer(constant, variant, catalogue.taxonomy).corrected;
    }
    mean += of_scenario / static_cast<double>(one.variants.size());
  }
  mean /= static_cast<double>(catalogue.scenarios.size());
  INFO(constant.component << " " << constant.cls << " " << constant.mechanism << " "
                          << constant.trigger);
  CHECK(mean <= 5);
}

TEST_CASE("the frozen constant is what the best constant answer earns over the catalogue") {
  const Catalogue catalogue;
  std::vector<const Scenario*> all;
  for (const Scenario& one : catalogue.scenarios) all.push_back(&one);
  const double computed = best_constant_answer(all, catalogue.taxonomy).mean_raw;
  INFO("a drift needs a new catalogue version");
  CHECK(std::abs(computed - catalogue.taxonomy.catalogue.constant_answer) <= 0.02);
}

TEST_CASE("free text, alternatives and confidence add nothing") {
  const Catalogue catalogue;
  for (const auto& answer : {right_answer(), look_alike(), wrong_answer()}) {
    json::object stuffed = answer;
    stuffed["text"] = "standby_read_only session_read_only db1 maintenance pg_is_in_recovery t";
    stuffed["confidence"] = 0.99;
    json::array alternatives;
    for (const std::string& name : catalogue.taxonomy.names("mechanism")) {
      alternatives.push_back(json::object{{"component", "db1"},
                                          {"class", "role_state"},
                                          {"mechanism", name},
                                          {"trigger", "maintenance"},
                                          {"probability", 0.5}});
    }
    stuffed["alternatives"] = alternatives;
    CHECK(diagnosis_points(catalogue, stuffed) == Approx(diagnosis_points(catalogue, answer)));
  }
}

TEST_CASE("naming every mechanism shares the credit among them") {
  const Catalogue catalogue;
  json::object stuffed = right_answer();
  json::array also;
  for (const std::string& name : catalogue.taxonomy.names("mechanism")) also.emplace_back(name);
  stuffed["also"] = also;
  CHECK(diagnosis_points(catalogue, stuffed) < 0.75 * 50);
  json::object one_more = right_answer();
  one_more["also"] = json::array{"wrong_route"};
  const double guess = diagnosis_points(catalogue, one_more);
  CHECK(guess > 0);
  CHECK(guess < 50);
}

TEST_CASE("key order, letter case and synonyms change nothing") {
  const Catalogue catalogue;
  const json::object said = {{"evidence", json::array{"o1"}},
                             {"trigger", "Routine Maintenance"},
                             {"mechanism", "STANDBY-READ-ONLY"},
                             {"class", "Role State"},
                             {"component", "Primary"},
                             {"verdict", "FAULT"}};
  const auto graded = [&](const json::object& answer) {
    return json::serialize(
        to_json(catalogue.score(after_looking().at(70).diagnose(answer).journal)));
  };
  CHECK(graded(said) == graded(right_answer()));
}

TEST_CASE("the verdict counts: no fault and undetermined earn nothing on a fault") {
  const Catalogue catalogue;
  for (const char* verdict : {"no_fault", "undetermined"}) {
    json::object answer = right_answer();
    answer["verdict"] = verdict;
    CHECK(diagnosis_points(catalogue, answer) == Approx(0));
  }
}

TEST_CASE("evidence is asked of the right machine, in any form that shows it") {
  const Catalogue catalogue;
  struct Row {
    const char *command, *output, *host;
    double first, second;  // E for each variant
  };
  const Row rows[] = {
      {kSeesRecovery, " pg_is_in_recovery \n---\n t\n(1 row)", "ops", 1, 0},
      {kSeesRecovery, "t\n", "ops", 1, 0},
      {kSeesRecovery, "t\r\n", "ops", 1, 0},
      {"psql -h DB1 -c 'select PG_IS_IN_RECOVERY(), now()'", " t | 2026-01-01", "ops", 1, 0},
      {"select pg_is_in_recovery();", " t", "db1", 1, 0},
      {"select pg_is_in_recovery();", " t", "db2", 0, 0},
      {"psql -h db2 -c 'select pg_is_in_recovery()'", " t", "ops", 0, 0},
      {"psql -h 10.77.3.12 -c 'select pg_is_in_recovery()'", " t", "ops", 0, 0},
      {kSeesRecovery, "psql: error: connection refused", "ops", 0, 0},
      {kSeesRecovery, " f", "ops", 0, 1.0 / 3},
      {"echo hello", "t", "ops", 0, 0},
      {"ls /var/lib/postgresql/15/main", "base\nstandby.signal\nPG_VERSION", "db1", 1, 0},
      {"ls /var/lib/postgresql/15/main", "base\nstandby.signal\nPG_VERSION", "db2", 0, 0},
      {"tail /var/log/postgresql/current", "LOG:  entering standby mode", "db1", 1, 0},
      {"tail /var/log/storefront/current",
       "ERROR:  cannot execute INSERT in a read-only transaction", "web1", 0.5, 1.0 / 3},
      {"psql -h db1 -c 'show default_transaction_read_only'", " on", "ops", 0, 1},
      {"psql -h db1 -c 'show default_transaction_read_only'", " off", "ops", 0, 0},
      {"psql -h db1 -c \"select name, setting from pg_settings\"",
       " default_transaction_read_only | on", "ops", 0, 1},
      {"cat /var/lib/postgresql/15/main/postgresql.auto.conf",
       "default_transaction_read_only = 'on'", "db1", 0, 1},
      {"psql -h db1 -U postgres shop",
       "shop=# select pg_is_in_recovery();\n pg_is_in_recovery\n---\n t\n(1 row)", "ops", 1, 0},
      {"psql -h db1 -U postgres shop",
       "postgres@db1 shop=# select pg_is_in_recovery();\n t\n(1 row)", "ops", 1, 0},
      {"psql -U postgres shop",
       "postgres@db2 shop=# select pg_is_in_recovery();\n t\n(1 row)", "ops", 0, 0},
      {"psql -h db2 -U postgres shop",
       "shop=# select pg_is_in_recovery();\n pg_is_in_recovery\n---\n t\n(1 row)", "ops", 0, 0},
  };
  for (const Row& row : rows) {
    INFO(row.host << ": " << row.command << " => " << row.output);
    CHECK(evidence_of(catalogue, row.command, row.output, row.host, 0) == Approx(row.first));
    CHECK(evidence_of(catalogue, row.command, row.output, row.host, 1) == Approx(row.second));
  }
}

TEST_CASE("a statement inside psql is evidence about the server it was asked of") {
  const Catalogue catalogue;
  for (const auto& [within, expected] : {std::pair{"psql -h db1", 1.0}, {"psql -h db2", 0.0}}) {
    DrillOnPaper drill;
    drill.add(events::kObservation,
              {{"id", "o1"}, {"host", "ops"}, {"command", "SELECT\npg_is_in_recovery();"},
               {"within", within}, {"output", " pg_is_in_recovery\n---\n t\n(1 row)\n"}});
    drill.diagnose(right_answer());
    INFO(within);
    CHECK(catalogue.score(drill.journal).diagnosis.evidence.value == Approx(expected));
  }
}

TEST_CASE("what the documented people look at is evidence") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  json::array cited;
  for (const ResponderAct& act : catalogue.scenario().responders) {
    for (const std::string& command : act.commands) {
      const std::string id = "o" + std::to_string(drill.journal.events.size());
      const bool decisive = command.find("pg_is_in_recovery") != std::string::npos;
      drill.observe(id, command, decisive ? "t\n" : "", act.target);
      if (decisive) cited.emplace_back(id);
    }
  }
  REQUIRE(cited.size() == 1);
  json::object answer = right_answer();
  answer["evidence"] = cited;
  CHECK(catalogue.score(drill.diagnose(answer).journal).diagnosis.points == Approx(50));
}

TEST_CASE("three citations outside the proof are free, each further one costs a tenth") {
  const Catalogue catalogue;
  for (const auto& [others, expected] :
       {std::pair{0, 1.0}, {3, 1.0}, {4, 0.9}, {8, 0.5}, {40, 0.0}}) {
    DrillOnPaper drill = after_looking();
    json::array cited = {"o1"};
    for (int i = 0; i < others; ++i) {
      const std::string id = "x" + std::to_string(i);
      drill.observe(id, "uptime", "up");
      cited.emplace_back(id);
    }
    json::object answer = right_answer();
    answer["evidence"] = cited;
    INFO(others);
    CHECK(catalogue.score(drill.diagnose(answer).journal).diagnosis.evidence.value ==
          Approx(expected).margin(1e-9));
  }
}

TEST_CASE("only what was recorded before the answer is evidence, and each id counts once") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.diagnose(right_answer());
  drill.observe("o1", kSeesRecovery, "t");
  const Scorecard late = catalogue.score(drill.journal);
  CHECK(late.diagnosis.evidence.value == Approx(0));
  CHECK(late.diagnosis.evidence.unknown == std::vector<std::string>{"o1"});

  json::object answer = right_answer();
  answer["evidence"] = json::array{"o1", "o1", "o1", "o1", "o1", "o1", "o1"};
  CHECK(diagnosis_points(catalogue, answer) == Approx(50));
  answer["evidence"] = json::array{"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "o99"};
  CHECK(diagnosis_points(catalogue, answer) == Approx(25));
}

TEST_CASE("a huge output and hostile text neither crash nor hang the grader") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.observe("o1", std::string(100'000, 'p') + "psql pg_is_in_recovery",
                std::string(2'000'000, 't'));
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "(((((*****\n";
  drill.observe("o2", kSeesRecovery, lines);
  json::object answer = right_answer();
  answer["evidence"] = json::array{"o1", "o2"};
  CHECK(catalogue.score(drill.diagnose(answer).journal).diagnosis.evidence.value == Approx(0));
}

TEST_CASE("revisions cost when component or mechanism changes, and the last answer counts") {
  const Catalogue catalogue;
  json::object network = wrong_answer();
  network["component"] = "network";
  network["mechanism"] = "wrong_route";
  json::object reworded = right_answer();
  reworded["trigger"] = "deploy";
  struct Row {
    std::vector<json::object> answers;
    double factor;
  };
  const Row rows[] = {
      {{right_answer()}, 1},
      {{right_answer(), right_answer()}, 1},
      {{reworded, right_answer()}, 1},
      {{wrong_answer(), right_answer()}, 0.8},
      {{wrong_answer(), network, right_answer()}, 0.65},
      {{wrong_answer(), network, look_alike(), right_answer()}, 0.5},
      {{wrong_answer(), network, wrong_answer(), network, wrong_answer(), right_answer()}, 0.5},
  };
  for (const Row& row : rows) {
    DrillOnPaper drill = after_looking();
    for (const json::object& answer : row.answers) drill.diagnose(answer);
    const Scorecard card = catalogue.score(drill.journal);
    CHECK(card.diagnosis.revisions == Approx(row.factor));
    CHECK(card.diagnosis.points == Approx(50 * row.factor));
  }
}

TEST_CASE("hints taken before the answer cost the lowest price among them") {
  const Catalogue catalogue;
  const double prices[] = {0.95, 0.85, 0.7, 0.4};
  for (int taken = 0; taken <= 4; ++taken) {
    DrillOnPaper drill = after_looking();
    for (int i = 0; i < taken; ++i) drill.desk("hint", {{"number", i + 1}, {"price", prices[i]}});
    const Scorecard card = catalogue.score(drill.diagnose(right_answer()).journal);
    CHECK(card.diagnosis.points == Approx(50 * (taken ? prices[taken - 1] : 1)));
  }
  DrillOnPaper without_price = after_looking();
  without_price.desk("hint").desk("hint");
  CHECK(catalogue.score(without_price.diagnose(right_answer()).journal).diagnosis.hints ==
        Approx(0.85));
  DrillOnPaper afterwards = after_looking();
  afterwards.diagnose(right_answer()).desk("hint", {{"price", 0.4}});
  CHECK(catalogue.score(afterwards.journal).diagnosis.points == Approx(50));
}

TEST_CASE("answers after the truth was told do not count") {
  const Catalogue catalogue;
  DrillOnPaper drill = after_looking();
  drill.end(200, false).diagnose(right_answer());
  CHECK_FALSE(catalogue.score(drill.journal).diagnosis.answered);
}
