#include "scorer/feedback.hpp"
#include "scorer/report.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

Scorecard graded(const Journal& journal, size_t variant = 0) {
  const Catalogue catalogue;
  Scorecard card = catalogue.score(journal, variant);
  card.feedback = feedback_of(catalogue.scenario().variants.at(variant), catalogue.taxonomy,
                              journal, card);
  return card;
}

// The router first, a wrong answer, the look that tells, and the look-alike at last.
DrillOnPaper detour() {
  DrillOnPaper drill;
  for (int second = 11; second < 200; ++second) {
    drill.at(second).add(events::kSecond, {{"succeeded", 75}, {"failed", {{"http_5xx", 25}}}});
    if (second == 20) drill.observe("o0", "page p1", "errors", "desk");
    if (second == 30) drill.observe("o1", "ip route", "10.77.3.0/24", "router");
    if (second == 50) drill.observe("o2", "nft list ruleset", "table inet filter", "router");
    if (second == 60) drill.diagnose(wrong_answer());
    if (second == 90) {
      drill.observe("o3", "psql -h db1 -Atc 'SELECT pg_is_in_recovery()'", "t\n");
    }
    if (second == 100) drill.diagnose(look_alike());
  }
  drill.at(200).add(events::kRestarts,
                    {{"services", json::array{json::object{
                                      {"host", "web1"}, {"role", "web"},
                                      {"service", "storefront"}, {"up_seconds", 130}}}}});
  return drill.end(201, false);
}

}  // namespace

TEST_CASE("the report shows what the decisive command printed in this very drill") {
  const Scorecard card = graded(detour().journal);
  const auto& proofs = card.feedback.proofs;
  REQUIRE_FALSE(proofs.empty());
  CHECK(proofs[0].name == "the primary says that it is in recovery");
  REQUIRE(proofs[0].sights.size() == 1);
  CHECK(proofs[0].sights[0].id == "o3");
  CHECK(proofs[0].sights[0].shown == "t");
  const Catalogue catalogue;
  const std::string report = report_markdown(catalogue.scenario(), detour().journal, card);
  INFO(report);
  CHECK_THAT(report, Catch::Contains("o3 on ops: `psql -h db1 -Atc 'SELECT pg_is_in_recovery()'` "
                                     "printed `t`"));
  CHECK_THAT(report, Catch::Contains("standby_read_only: pg_is_in_recovery"));
  CHECK_THAT(report, Catch::Contains("session_read_only: pg_is_in_recovery"));
  CHECK(report.find("- response: **") < report.find("- total: "));
  const std::string text = scorecard_text(catalogue.scenario(), card, false);
  INFO(text);
  CHECK_THAT(text, Catch::Contains("What would have told"));
  CHECK(text.find("Wrong turns") < text.find("\nTotal"));
}

TEST_CASE("what nobody asked is said as a question, and a team that was called counts as asking") {
  DrillOnPaper blind;
  blind.at(60).diagnose(wrong_answer());
  const Scorecard card = graded(blind.end(100, false).journal);
  for (const Proof& proof : card.feedback.proofs) CHECK(proof.sights.empty());
  const Catalogue catalogue;
  CHECK_THAT(report_markdown(catalogue.scenario(), blind.journal, card),
             Catch::Contains("Nobody asked. The question: Ask db1"));
  DrillOnPaper called;
  called.at(80).add(
      events::kAnswer,
      {{"team", "database"},
       {"text", "db1 is in recovery"},
       {"looked", json::array{json::object{{"host", "db1"},
                                           {"command", "psql -c 'select pg_is_in_recovery()'"},
                                           {"output", " t"}}}}});
  const Scorecard told = graded(called.end(100, false).journal);
  REQUIRE(told.feedback.proofs[0].sights.size() == 1);
  CHECK(told.feedback.proofs[0].sights[0].by == "database");
}

TEST_CASE("wrong turns come in their order with seconds and points and what users met meanwhile") {
  const Scorecard card = graded(detour().journal);
  const auto& turns = card.feedback.wrong_turns;
  REQUIRE(turns.size() == 3);
  CHECK_THAT(turns[0].what, Catch::StartsWith("2 commands on router"));
  CHECK(turns[0].from == Approx(30));
  CHECK(turns[0].seconds == Approx(60));
  CHECK(turns[0].meanwhile.bad == Approx(60 * 25));
  CHECK_THAT(turns[1].what, Catch::StartsWith("the answer pooler pool_exhausted_demand"));
  CHECK(turns[1].seconds == Approx(40));
  CHECK(turns[1].points == Approx(card.diagnosis.points / 0.8 * 0.2));
  CHECK_THAT(turns[2].what, Catch::StartsWith("web1's storefront was restarted"));
  CHECK(turns[2].from == Approx(70));
  CHECK_THAT(wrong_turn_text(turns[0], 10),
             Catch::StartsWith("+20.0 s, for 60.0 s: 2 commands on router"));
  CHECK(to_json(card).at("feedback").as_object().at("wrong_turns").as_array().size() == 3);
}

TEST_CASE("a straight course has no wrong turn, and every prefix of a crooked one gets feedback") {
  DrillOnPaper straight = after_looking();
  straight.at(70).diagnose(right_answer()).end(100, true);
  CHECK(graded(straight.journal).feedback.wrong_turns.empty());
  CHECK(graded(straight.journal).feedback.proofs[0].cited);
  const Journal whole = detour().journal;
  const Catalogue catalogue;
  for (size_t length = 0; length <= whole.events.size(); length += 3) {
    Journal prefix;
    prefix.events.assign(whole.events.begin(), whole.events.begin() + static_cast<long>(length));
    Scorecard card = catalogue.score(prefix);
    card.feedback = feedback_of(catalogue.scenario().variants[0], catalogue.taxonomy, prefix, card);
    CHECK_FALSE(report_markdown(catalogue.scenario(), prefix, card).empty());
  }
}
