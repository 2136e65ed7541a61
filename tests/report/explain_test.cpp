#include "report/explain.hpp"

#include <map>

#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

// A course with something of everything: hint, revision, half a proof, harm, late process.
DrillOnPaper mixed() {
  DrillOnPaper drill = after_looking();
  drill.desk("ack").desk("declare", {{"severity", "sev3"}}).desk("hint", {{"price", 0.7}});
  drill.at(90).diagnose(wrong_answer());
  drill.at(300).diagnose(look_alike());
  drill.at(400).add(events::kServed, {{"served", true}, {"since", 380}});
  return drill.end(900, true);
}

std::map<std::string, double> sums_of(const Scorecard& card) {
  std::map<std::string, double> sums;
  for (const Reason& reason : explain(card)) sums[reason.bar] += reason.points;
  return sums;
}

Journal with_lost_order(Journal journal) {
  for (Event& event : journal.events) {
    if (event.kind == events::kOrders) event.data["lost"] = 1;
  }
  return journal;
}

}  // namespace

TEST_CASE("what is explained of each bar adds up to it, and all of it to the total") {
  const Catalogue catalogue;
  DrillOnPaper idle, right = after_looking();
  right.at(70).diagnose(right_answer()).desk("update", {{"impact", "i"}}).end(200, true);
  for (const Journal& journal : {mixed().journal, idle.end(900, false).journal, right.journal,
                                 with_lost_order(right.journal)}) {
    for (const bool twin : {false, true}) {
      const Scorecard card = twin ? catalogue.score_twin(journal) : catalogue.score(journal);
      auto sums = sums_of(card);
      CHECK(sums["diagnosis"] == Approx(card.diagnosis.points).margin(1e-9));
      CHECK(sums["repair"] == Approx(card.repair.points).margin(1e-9));
      CHECK(sums["response"] == Approx(card.response.points).margin(1e-9));
      CHECK(sums["diagnosis"] + sums["repair"] + sums["response"] + sums["total"] ==
            Approx(card.total).margin(1e-9));
    }
  }
}

TEST_CASE("every reason names lines of the journal that hold what it speaks of") {
  const Catalogue catalogue;
  const Journal journal = mixed().journal;
  const auto kind_of = [&journal](const Reason& reason) {
    REQUIRE_FALSE(reason.lines.empty());
    return journal.events.at(static_cast<size_t>(reason.lines.front()) - 1).kind;
  };
  int seen = 0;
  for (const Reason& reason : explain(catalogue.score(journal))) {
    if (reason.item == "component" || reason.item == "constant" || reason.item == "revisions") {
      CHECK(kind_of(reason) == events::kDiagnosis);
    } else if (reason.item == "hints" || reason.item == "severity" || reason.item == "detect") {
      CHECK(kind_of(reason) == events::kDesk);
    } else if (reason.item == "evidence") {
      CHECK(kind_of(reason) == events::kObservation);
    } else if (reason.item == "mitigation") {
      CHECK(kind_of(reason) == events::kProbe);
    } else if (reason.item == "mitigate") {
      CHECK(kind_of(reason) == events::kServed);
    } else {
      continue;
    }
    ++seen;
  }
  CHECK(seen == 9);
}

TEST_CASE("an answer given afterwards is graded at its line of none and moves no other line") {
  const Catalogue catalogue;
  const Scorecard card = catalogue.score(with_answer(mixed().journal, right_answer()));
  CHECK(card.diagnosis.evidence.value == Approx(1));
  for (const Reason& reason : explain(card)) {
    if (reason.item == "component") CHECK(reason.lines == std::vector<int64_t>{0});
    if (reason.item == "evidence") CHECK(reason.lines == std::vector<int64_t>{7, 0});
  }
  CHECK_THAT(explanation_text(card), Catch::Contains("[line given afterwards]"));
}

TEST_CASE("what was taken from nothing is no negative zero") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.at(100).add(
      events::kRestarts,
      {{"services", json::array{json::object{{"host", "pay"}, {"service", "x"}},
                                json::object{{"host", "mon"}, {"service", "y"}}}}});
  const std::string text = explanation_text(catalogue.score(drill.end(101, false).journal));
  CHECK_THAT(text, Catch::Contains("restarts       +0.00  "));
  CHECK(text.find("-0.00") == std::string::npos);
}

TEST_CASE("the explanation keeps its width and says when there is no score") {
  const Catalogue catalogue;
  const std::string text = explanation_text(catalogue.score(mixed().journal), 72);
  INFO(text);
  for (size_t from = 0; from < text.size();) {
    const size_t end = text.find('\n', from);
    CHECK(end - from <= 72);
    from = end + 1;
  }
  Journal none;
  CHECK_THAT(explanation_text(catalogue.score(none)), Catch::StartsWith("no score: "));
  CHECK(explain(catalogue.score(none)).empty());
}
