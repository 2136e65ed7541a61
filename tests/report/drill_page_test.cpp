#include "report/drill_page.hpp"

#include <catch2/catch.hpp>

#include "report/drill_account.hpp"
#include "report/drill_figures.hpp"
#include "report/drill_lanes.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

json::object second(double sent, double slow, double failed, double affected) {
  return {{"sent", sent}, {"succeeded", sent - failed}, {"slow", slow},
          {"failed", json::object{{"http_5xx", failed}, {"timeout", 0}}},
          {"p50_ms", 1.25}, {"p99_ms", nullptr}, {"users_affected", affected}};
}

DrillOnPaper with_seconds(int count) {
  DrillOnPaper drill;
  for (int i = 0; i < count; ++i) {
    drill.at(13 + i).add(events::kSecond, second(100, 10, 20, i % 50));
  }
  return drill;
}

}  // namespace

TEST_CASE("seconds become columns, and a long drill's share rows") {
  DrillOnPaper drill = with_seconds(4);
  drill.add(events::kInterval, {{"name", "outage"}, {"users_base", 200}});
  const json::object few = second_columns(drill.journal, 10, 100);
  CHECK(json::serialize(few.at("t")) == "[3E0,4E0,5E0,6E0]");
  CHECK(json::serialize(few.at("good")) == "[7E1,7E1,7E1,7E1]");
  CHECK(json::serialize(few.at("failed")) == "[2E1,2E1,2E1,2E1]");
  CHECK(json::serialize(few.at("affected")) == "[0E0,5E-1,1E0,1.5E0]");
  CHECK(few.at("p99").as_array()[0].is_null());
  const json::object many = second_columns(with_seconds(10'800).journal, 10, 2400);
  CHECK(many.at("every") == json::value(5));
  CHECK(many.at("t").as_array().size() < 2500);
  CHECK(many.at("good").as_array()[7] == json::value(70.0));
  CHECK(second_columns(Journal{}, 0, 100).at("t").as_array().empty());
}

TEST_CASE("users that were not served are shaded until they were") {
  DrillOnPaper drill;
  drill.at(30).add(events::kServed, {{"served", true}, {"since", 26}});
  drill.at(40).add(events::kServed, {{"served", false}, {"since", 39}});
  drill.at(41).add(events::kServed, {{"served", true}, {"since", 40.5}});
  CHECK(json::serialize(shades(drill.journal, 10)) ==
        R"([{"kind":"fault","name":"the drill breaks it","from":-1E0,"until":0E0},)"
        R"({"kind":"effect","name":"users are not served","from":0E0,"until":1.6E1},)"
        R"({"kind":"effect","name":"users are not served","from":2.9E1,"until":3.05E1}])");
}

TEST_CASE("a drill without a fault has none shaded, and a fault that nobody saw is") {
  DrillOnPaper drill;
  std::erase_if(drill.journal.events, [](const Event& event) {
    return event.kind == events::kVerified || word(event.data, "name") == "verified";
  });
  drill.at(20).add(events::kPhase, {{"name", "settle"}});
  CHECK(shades(drill.journal, 9).size() == 1);
  drill.add(events::kTruth, {{"twin", true}});
  CHECK(shades(drill.journal, 9).empty());
}

TEST_CASE("a lost point has its reason, its line and what would be better") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.at(14).desk("ack").desk("declare", {{"severity", "sev1"}});
  drill.at(20).observe("o1", "psql -h db1 -Atc 'SELECT pg_is_in_recovery()'", "t\n");
  drill.at(21).diagnose(right_answer());
  drill.end(60, false);
  const Variant& variant = catalogue.scenario().variants.front();
  Scorecard card = score(catalogue.scenario(), variant, catalogue.taxonomy, drill.journal);
  card.feedback = feedback_of(variant, catalogue.taxonomy, drill.journal, card);
  const DrillRecord record{catalogue.scenario(), variant, drill.journal, card, {}};
  const json::array lost = lost_points(record);
  REQUIRE_FALSE(lost.empty());
  CHECK(string_or(lost[0].as_object(), "item", "") == "mitigation");
  double sum = 0;
  for (const json::value& one : lost) {
    sum += number_or(one.as_object(), "points", 0);
    CHECK_FALSE(string_or(one.as_object(), "advice", "").empty());
    CHECK_FALSE(string_or(one.as_object(), "how", "").empty());
  }
  CHECK(sum == Approx(100 - card.total).margin(1));
  const json::object lines = named_lines(record, lost, 100);
  CHECK_FALSE(lines.empty());
  const json::array answers = answers_of(record, 10);
  CHECK_THAT(string_or(answers[0].as_object(), "answer", ""), Catch::Contains("standby_read_only"));
  CHECK_THAT(string_or(answers[2].as_object(), "answer", ""),
             Catch::Contains("Paged +2.0 s; acknowledged +4.0 s; declared sev1 +4.0 s"));
  CHECK_THAT(string_or(answers[3].as_object(), "answer", ""), Catch::Contains("mitigation"));
}

TEST_CASE("lanes hold so many things and say how many more there were") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  for (int i = 1; i <= 30; ++i) drill.observe("o" + std::to_string(i), "ls", std::string(100, 'x'));
  drill.end(60, false);
  const Variant& variant = catalogue.scenario().variants.front();
  const Scorecard card = score(catalogue.scenario(), variant, catalogue.taxonomy, drill.journal);
  const Lanes lanes = lanes_of({catalogue.scenario(), variant, drill.journal, card, {}}, 10, 20, 2100);
  CHECK(lanes.observations.size() == 20);
  REQUIRE(lanes.notes.size() == 2);
  CHECK_THAT(lanes.notes[0], Catch::Contains("the first 20 of 30"));
  CHECK_THAT(lanes.notes[1], Catch::StartsWith("10 texts and outputs"));
}
