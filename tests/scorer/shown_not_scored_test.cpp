// What is said beside an answer and moves no point: confidence, alternatives, a tutor.
#include "report/report.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

TEST_CASE("a tutor says which parts are right and nothing of the truth") {
  const Catalogue catalogue;
  const Variant& variant = catalogue.scenario().variants[0];
  CHECK(tutor_reply(right_answer(), variant, catalogue.taxonomy) ==
        "recorded; verdict right, component right, class right, mechanism right, trigger right");
  json::object near = look_alike();
  near["component"] = "pooler";
  near.erase("trigger");
  CHECK(tutor_reply(near, variant, catalogue.taxonomy) ==
        "recorded; verdict right, component near, class right, mechanism near");
  const Variant twin = no_fault_twin(variant);
  CHECK(tutor_reply({{"verdict", "no_fault"}}, twin, catalogue.taxonomy) ==
        "recorded; verdict right");
  CHECK(tutor_reply(near, twin, catalogue.taxonomy) == "recorded; verdict wrong");
  DrillOnPaper drill = after_looking();
  drill.diagnose(right_answer()).end(100, true);
  for (Event& event : drill.journal.events) {
    if (event.kind == events::kTruth) event.data["tutor"] = true;
  }
  const Scorecard card = catalogue.score(drill.journal);
  CHECK_THAT(scorecard_text(catalogue.scenario(), card, false), Catch::Contains("tutor mode"));
}

TEST_CASE("alternatives with their probabilities move the Brier score and nothing else") {
  const Catalogue catalogue;
  const auto brier = [&](json::object answer, double confidence, const char* other, double likely) {
    answer["confidence"] = confidence;
    answer["alternatives"] =
        json::array{json::object{{"mechanism", other}, {"probability", likely}}};
    return *catalogue.score(after_looking().diagnose(answer).journal).diagnosis.brier;
  };
  // Wrong, but the right one was held likely: half of .6^2 + (.4 - 1)^2.
  CHECK(brier(look_alike(), 0.6, "standby_read_only", 0.4) == Approx(0.36));
  CHECK(brier(look_alike(), 0.6, "wrong_route", 0.4) == Approx((0.36 + 0.16 + 1) / 2));
  CHECK(brier(right_answer(), 1, "wrong_route", 0) == Approx(0));
}

TEST_CASE("a confidence is shown with its Brier score and moves no points") {
  const Catalogue catalogue;
  json::object sure = wrong_answer();
  sure["confidence"] = 0.9;
  const Scorecard card = catalogue.score(after_looking().diagnose(sure).journal);
  REQUIRE(card.diagnosis.brier);
  CHECK(*card.diagnosis.brier == Approx(0.81));
  json::object odd = right_answer();
  odd["confidence"] = 7;
  CHECK_FALSE(catalogue.score(after_looking().diagnose(odd).journal).diagnosis.brier);
}
