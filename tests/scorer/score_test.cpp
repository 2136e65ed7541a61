#include "report/report.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

// An expert's course: looked, said, called, told, mended, stood down.
DrillOnPaper expert() {
  DrillOnPaper drill;
  drill.at(20).desk("ack").at(25).desk("declare", {{"severity", "sev1"}});
  drill.at(60).observe("o1", "psql -h db1 -c 'select pg_is_in_recovery()'", " t");
  drill.at(70).diagnose(right_answer());
  drill.at(75).desk("escalate", {{"team", "database"}, {"reason", "role"}});
  drill.at(80).desk("update",
                    {{"impact", "orders fail"}, {"action", "promote"}, {"next_minutes", 10}});
  drill.at(100).add(events::kServed, {{"served", true}, {"since", 97.5}});
  drill.at(120).desk("resolve", {{"text", "done"}});
  drill.end(121, true);
  return drill;
}

DrillOnPaper repaired_by_luck() {
  DrillOnPaper drill;
  drill.at(100).add(events::kServed, {{"served", true}, {"since", 98}});
  drill.end(120, true);
  return drill;
}

// The last result of one probe, changed.
Journal with_probe(Journal journal, const std::string& set, const std::string& name,
                   const std::string& result) {
  for (Event& event : journal.events) {
    if (event.kind == events::kProbe && string_or(event.data, "set", "") == set &&
        string_or(event.data, "name", "") == name) {
      event.data["result"] = result;
    }
  }
  return journal;
}

Journal without(Journal journal, const std::string& kind, const std::string& set = "") {
  std::erase_if(journal.events, [&](const Event& event) {
    return event.kind == kind && (set.empty() || string_or(event.data, "set", "") == set);
  });
  return journal;
}

}  // namespace

TEST_CASE("an expert's run earns at least 90") {
  const Scorecard card = Catalogue().score(expert().journal);
  CHECK(card.diagnosis.points == Approx(50));
  CHECK(card.repair.points == Approx(30));
  CHECK(card.total >= 90);
  CHECK(card.response.grade.process == Approx(1));
  CHECK_FALSE(card.capped);
}

TEST_CASE("doing nothing earns nothing on a fault") {
  DrillOnPaper drill;
  drill.end(1800, false);
  const Scorecard card = Catalogue().score(drill.journal);
  CHECK(card.total == Approx(0));
  CHECK(card.baselines.do_nothing == Approx(0));
}

TEST_CASE("repairing without a diagnosis and diagnosing without repair fill different bars") {
  const Catalogue catalogue;
  const Scorecard lucky = catalogue.score(repaired_by_luck().journal);
  CHECK(lucky.diagnosis.points == Approx(0));
  CHECK(lucky.repair.points == Approx(30));
  CHECK(lucky.response.grade.process == Approx(0));
  CHECK(lucky.total <= 36);

  DrillOnPaper talker = after_looking();
  talker.at(70).diagnose(right_answer()).end(1800, false);
  const Scorecard said = catalogue.score(talker.journal);
  CHECK(said.diagnosis.points == Approx(50));
  CHECK(said.repair.points == Approx(0));
  CHECK(said.total >= 45);
  CHECK(said.total <= 65);
}

TEST_CASE("restarting everything repairs nothing") {
  DrillOnPaper drill;
  drill.at(30).desk("declare", {{"severity", "sev1"}});
  for (const char* host : {"lb", "web1", "web2", "db1", "db2"}) {
    drill.at(40).observe(host, "sv restart postgresql", "ok", host);
  }
  drill.end(100, false);
  const Scorecard card = Catalogue().score(drill.journal);
  CHECK(card.repair.points == Approx(0));
  CHECK(card.total - 10 * card.response.grade.process <= 5);
}

TEST_CASE("the ladder of mitigation is climbed by outside probes only") {
  const Catalogue catalogue;
  const Journal good = repaired_by_luck().journal;
  const auto mitigation = [&](const Journal& journal) {
    return catalogue.score(journal).repair.grade.mitigation;
  };
  CHECK(mitigation(good).certain == Approx(1));
  CHECK(mitigation(with_probe(good, "mitigation", "cause_present", "yes")).certain == Approx(0.4));
  CHECK(mitigation(with_probe(good, "retrigger", "cause_present", "yes")).certain == Approx(0.4));
  CHECK(mitigation(with_probe(good, "mitigation", "redundancy", "no")).certain == Approx(0.7));
  CHECK(mitigation(with_probe(good, "mitigation", "users_served", "no")).certain == Approx(0));
  CHECK(mitigation(with_probe(good, "retrigger", "users_served", "no")).certain == Approx(0));
  CHECK(mitigation(with_probe(good, "retrigger", "users_served", "no")).known);
  CHECK(mitigation(with_probe(good, "retrigger", "one_writable_primary", "no")).certain ==
        Approx(0));
  CHECK(mitigation(with_probe(good, "mitigation", "services_same", "no")).certain == Approx(0));
  CHECK_FALSE(mitigation(without(good, events::kProbe)).known);
  CHECK_FALSE(mitigation(without(good, events::kProbe, "retrigger")).known);
  CHECK(mitigation(without(good, events::kProbe, "retrigger")).certain == Approx(0));
}

TEST_CASE("a probe that could not run is unknown and never a pass") {
  const Catalogue catalogue;
  const Journal good = repaired_by_luck().journal;
  const double best = catalogue.score(good).repair.points;
  for (const char* set : {"mitigation", "retrigger"}) {
    for (const char* name : {"users_served", "cause_present", "redundancy", "one_writable_primary",
                             "services_same", "monitoring_intact", "access_not_widened",
                             "orders_kept"}) {
      const Scorecard card = catalogue.score(with_probe(good, set, name, "unknown"));
      INFO(set << " " << name);
      const json::object repair = to_json(card).at("repair").as_object();
      CHECK((repair.at("mitigation") == "unknown" || repair.at("harm") == "unknown"));
      CHECK(card.repair.points < best);
    }
  }
  // A result that nobody knows is no pass either.
  CHECK(catalogue.score(with_probe(good, "mitigation", "users_served", "maybe")).repair.points ==
        Approx(0));
}

TEST_CASE("what was already wrong before the fault can be neither passed nor blamed") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.at(2).probe("baseline", "redundancy", "no");
  drill.at(100).end(120, true);
  const Scorecard card = catalogue.score(drill.journal);
  CHECK_FALSE(card.repair.grade.mitigation.known);
  CHECK(card.repair.grade.mitigation.certain == Approx(0.7));
}

TEST_CASE("harm is subtracted, and a lost order takes all of it and caps the total") {
  const Catalogue catalogue;
  const Journal good = expert().journal;
  CHECK(catalogue.score(with_probe(good, "mitigation", "monitoring_intact", "no")).repair.points ==
        Approx(15));
  CHECK(catalogue.score(with_probe(good, "mitigation", "access_not_widened", "no")).repair.points ==
        Approx(18));
  Journal lost = good;
  for (Event& event : lost.events) {
    if (event.kind == events::kOrders) event.data["lost"] = 1;
  }
  for (const Journal& journal : {lost, with_probe(good, "mitigation", "orders_kept", "no")}) {
    const Scorecard card = catalogue.score(journal);
    CHECK(card.repair.points == Approx(0));
    CHECK(card.total == Approx(40));
    CHECK(card.capped);
  }
}

TEST_CASE("harm that nobody probed is said to be unassessed") {
  const Catalogue catalogue;
  Journal journal = repaired_by_luck().journal;
  std::erase_if(journal.events, [](const Event& event) {
    const std::string name = string_or(event.data, "name", "");
    return name == "monitoring_intact" || name == "access_not_widened";
  });
  const RepairGrade grade = catalogue.score(journal).repair.grade;
  CHECK(grade.harm.value == Approx(1));
  CHECK(grade.harm.items.empty());
  REQUIRE(grade.harm.not_assessed.size() == 4);
  CHECK(grade.harm.not_assessed[0] == "whether monitoring is intact");
}

TEST_CASE("times run from the verified effect, and steps never reached earn nothing") {
  const Catalogue catalogue;
  const ResponseGrade grade = catalogue.score(expert().journal).response.grade;
  REQUIRE(grade.steps.size() == 4);
  CHECK(grade.steps[0].seconds == Approx(15));
  CHECK(grade.steps[1].seconds == Approx(60));
  CHECK(grade.steps[2].seconds == Approx(87.5));
  CHECK(grade.steps[3].seconds == Approx(110));
  CHECK(grade.steps[0].credit == Approx((1800.0 - 15) / 1800));
  CHECK(grade.time_is_provisional);
  DrillOnPaper idle;
  for (const StepTime& step : catalogue.score(idle.end(900, false).journal).response.grade.steps) {
    CHECK_FALSE(step.seconds);
    CHECK(step.credit == Approx(0));
  }
}

TEST_CASE("a cause is identified from the answer on that nobody took back") {
  const Catalogue catalogue;
  const auto identified = [&](DrillOnPaper& drill) {
    return catalogue.score(drill.end(1800, false).journal).response.grade.steps[1].seconds;
  };
  json::object wrong = right_answer();
  wrong["mechanism"] = "firewall_drop";
  DrillOnPaper kept = after_looking(), taken_back = after_looking(), returned = after_looking();
  kept.at(70).diagnose(right_answer()).at(90).diagnose(right_answer());
  CHECK(identified(kept) == 60);
  taken_back.at(70).diagnose(right_answer()).at(90).diagnose(wrong);
  CHECK_FALSE(identified(taken_back));
  returned.at(70).diagnose(right_answer()).at(90).diagnose(wrong).at(130).diagnose(right_answer());
  CHECK(identified(returned) == 120);
}

TEST_CASE("par is the median of three expert runs and nothing stands for it before") {
  Catalogue catalogue;
  const Journal journal = expert().journal;
  const auto add_run = [&](double seconds, const char* from) {
    catalogue.taxonomy.expert_runs.push_back(
        {"read-only-primary", "20260101", "x", from, seconds, seconds, seconds, seconds});
  };
  add_run(20, "3");
  add_run(600, "3");
  CHECK(catalogue.score(journal).response.grade.time_is_provisional);
  add_run(100, "3");
  const ResponseGrade grade = catalogue.score(journal).response.grade;
  CHECK_FALSE(grade.time_is_provisional);
  CHECK(grade.steps[0].par == Approx(100));
  CHECK(grade.steps[0].credit == Approx(1));                      // 15 s: faster than par
  CHECK(grade.steps[3].credit == Approx((1800.0 - 110) / 1700));  // 110 s: a little slower
  // Drills that were recorded under an older version keep their grade.
  Journal older = journal;
  for (Event& event : older.events) {
    if (event.kind == events::kTruth) event.data["catalogue"] = "2";
  }
  CHECK(catalogue.score(older).response.grade.time_is_provisional);
}

TEST_CASE("a repair that did not last is dated from the one that did") {
  DrillOnPaper drill;
  drill.at(50).add(events::kServed, {{"served", true}, {"since", 48}});
  drill.at(90).add(events::kServed, {{"served", false}, {"since", 90}});
  drill.at(150).add(events::kServed, {{"served", true}, {"since", 147}});
  CHECK(served_at(drill.journal, 10) == Approx(147));
  drill.at(200).add(events::kPhase, {{"name", "settle"}});
  drill.at(210).add(events::kServed, {{"served", false}, {"since", 210}});
  CHECK(served_at(drill.journal, 10) == Approx(147));
}

TEST_CASE("the process is rated against the policy") {
  const Catalogue catalogue;
  const auto rating = [&](const DrillOnPaper& drill, const std::string& item) {
    for (const ProcessItem& one : catalogue.score(drill.journal).response.grade.items) {
      if (one.item == item) return one.rating;
    }
    return -1.0;
  };
  const json::object update = {
      {"impact", "orders fail"}, {"action", "looking"}, {"next_minutes", 30}};
  CHECK(rating(DrillOnPaper().at(20).desk("ack"), "acknowledged") == Approx(1));
  CHECK(rating(DrillOnPaper().at(500).desk("ack"), "acknowledged") == Approx(0.75));
  CHECK(rating(DrillOnPaper(), "acknowledged") == Approx(0));
  CHECK(rating(DrillOnPaper().at(20).desk("declare", {{"severity", "SEV1"}}), "severity") ==
        Approx(1));
  CHECK(rating(DrillOnPaper().at(20).desk("declare", {{"severity", "sev3"}}), "severity") ==
        Approx(0.4));
  CHECK(rating(DrillOnPaper().at(9.5).add(events::kPage, {{"id", "p0"}}).desk("ack"),
               "acknowledged") == Approx(1));
  CHECK(rating(DrillOnPaper().at(5).desk("ack"), "acknowledged") == Approx(0));
  const auto corrected_after = [&](double seconds) {
    return rating(DrillOnPaper().at(20).desk("declare", {{"severity", "sev3"}})
                      .at(20 + seconds).desk("declare", {{"severity", "sev1"}}), "severity");
  };
  CHECK(corrected_after(30) == Approx(1));
  CHECK(corrected_after(1700) == Approx(0.75));
  CHECK(rating(DrillOnPaper().at(20).desk("escalate", {{"team", "DBA"}}), "escalation") ==
        Approx(1));
  CHECK(rating(DrillOnPaper().at(20).desk("escalate", {{"team", "network"}}), "escalation") ==
        Approx(0.4));
  // Two who could not know better are part of the search; calling everybody is none.
  const auto after_calls = [&](std::initializer_list<const char*> teams) {
    DrillOnPaper drill;
    for (const char* team : teams) drill.at(20).desk("escalate", {{"team", team}});
    return rating(drill.desk("escalate", {{"team", "database"}}), "escalation");
  };
  CHECK(after_calls({"network", "senior", "network"}) == Approx(1));
  CHECK(after_calls({"network", "senior", "application"}) == Approx(0.75));
  CHECK(after_calls({"network", "devops", "application", "platform"}) == Approx(0.4));
  CHECK(rating(DrillOnPaper().at(1700).desk("escalate", {{"team", "database"}}), "escalation") ==
        Approx(0.75));
  CHECK(rating(DrillOnPaper().at(60).desk("update", update), "updates") == Approx(1));
  CHECK(rating(DrillOnPaper().at(60).desk("update", {{"impact", "x"}}), "updates") == Approx(0.75));
  CHECK(rating(DrillOnPaper().at(1500).desk("update", update), "updates") == Approx(0.75));
  CHECK(rating(DrillOnPaper(), "updates") == Approx(0));
}

TEST_CASE("a twin asks for the verdict, its proof, no harm and the process") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.at(60).observe("o1", "psql -h db1 -c 'select pg_is_in_recovery()'", " f");
  drill.at(65).observe("o2", "psql -h db1 -c 'show default_transaction_read_only'", " off");
  drill.at(70).diagnose({{"verdict", "no_fault"}, {"evidence", json::array{"o1", "o2"}}});
  for (const char* name : {"users_served", "monitoring_intact", "access_not_widened"}) {
    drill.probe("mitigation", name, "yes");
  }
  const Scorecard card = catalogue.score_twin(drill.journal);
  CHECK(card.twin);
  CHECK(card.diagnosis.points == Approx(60));
  CHECK(card.repair.points == Approx(20));
  CHECK(card.response.full == Approx(20));
  DrillOnPaper alarmist = after_looking();
  alarmist.diagnose(right_answer());
  CHECK(catalogue.score_twin(alarmist.journal).diagnosis.points == Approx(0));
}

TEST_CASE("a voided drill yields no score and says why, and so does one that never began") {
  const Catalogue catalogue;
  DrillOnPaper drill = expert();
  drill.add(events::kVoid, {{"why", "the workload fell behind"}});
  const Scorecard card = catalogue.score(drill.journal);
  CHECK(card.ungraded == "void: the workload fell behind");
  CHECK(card.void_kind == "unknown");  // as older journals are
  const json::object object = to_json(card);
  CHECK(object.at("total").is_null());
  CHECK(object.at("diagnosis").as_object().at("points").is_null());
  CHECK(object.at("repair").as_object().at("mitigation").is_null());
  CHECK_THAT(scorecard_text(catalogue.scenario(), card, false),
             Catch::Contains("the workload fell behind"));

  Journal unborn = expert().journal;
  unborn.events.resize(2);
  CHECK_FALSE(catalogue.score(unborn).ungraded.empty());
}

TEST_CASE("grading the same journal twice gives the same bytes") {
  const Catalogue catalogue;
  const Journal journal = expert().journal;
  const Catalogue again;
  CHECK(pretty(to_json(catalogue.score(journal))) == pretty(to_json(again.score(journal))));
  CHECK(report_markdown(catalogue.scenario(), journal, catalogue.score(journal)) ==
        report_markdown(again.scenario(), journal, again.score(journal)));
}

TEST_CASE("any prefix of a journal can be graded and reported") {
  const Catalogue catalogue;
  const Journal whole = expert().journal;
  for (size_t length = 0; length <= whole.events.size(); ++length) {
    Journal prefix;
    prefix.events.assign(whole.events.begin(), whole.events.begin() + static_cast<long>(length));
    const Scorecard card = catalogue.score(prefix);
    CHECK(card.total >= 0);
    CHECK(card.total <= 100);
    CHECK_FALSE(report_markdown(catalogue.scenario(), prefix, card).empty());
    CHECK_FALSE(comparison_table(catalogue.scenario(), prefix).empty());
    CHECK(catalogue.score_twin(prefix).total <= 100);
  }
}

TEST_CASE("events with nonsense in them are graded as nothing, never as an error") {
  const Catalogue catalogue;
  for (const char* kind : {events::kDiagnosis, events::kObservation, events::kProbe, events::kDesk,
                           events::kServed, events::kOrders, events::kAct, events::kInterval,
                           events::kPage, events::kTruth, events::kPhase}) {
    for (const json::value& junk :
         {json::value(nullptr), json::value(-1e308), json::value("x"), json::value(json::array{1}),
          json::value(json::object{{"a", nullptr}})}) {
      DrillOnPaper drill;
      json::object data;
      for (const char* key :
           {"id", "name", "set", "result", "verb", "price", "component", "mechanism", "verdict",
            "evidence", "also", "confidence", "served", "since", "lost", "unknown", "seconds",
            "offered", "belief", "severity", "team", "command", "output", "host", "summary"}) {
        data[key] = junk;
      }
      drill.add(kind, data).end(100, true);
      const Scorecard card = catalogue.score(drill.journal);
      CHECK(card.total <= 100);
      CHECK_FALSE(json::serialize(to_json(card)).empty());
      CHECK_FALSE(report_markdown(catalogue.scenario(), drill.journal, card).empty());
    }
  }
}

TEST_CASE("an answer given afterwards replaces those of the journal") {
  const Catalogue catalogue;
  DrillOnPaper drill = after_looking();
  drill.at(70).diagnose(wrong_answer()).at(75).diagnose(look_alike()).end(200, false);
  const Scorecard card = catalogue.score(with_answer(drill.journal, right_answer()));
  CHECK(card.diagnosis.points == Approx(50));
  CHECK(card.diagnosis.revisions == Approx(1));
  DrillOnPaper silent = after_looking();
  silent.end(200, false);
  CHECK(catalogue.score(with_answer(silent.journal, right_answer())).diagnosis.points ==
        Approx(50));
  CHECK(catalogue.score(with_answer(after_looking().journal, right_answer())).diagnosis.points ==
        Approx(50));
}

TEST_CASE("the scorecard document has the promised shape") {
  const Catalogue catalogue;
  const json::object card = to_json(catalogue.score(expert().journal));
  for (const char* key : {"total", "diagnosis", "repair", "response", "catalogue", "baselines"}) {
    CHECK(card.contains(key));
  }
  for (const char* key : {"points", "raw", "corrected", "evidence", "fields"}) {
    CHECK(card.at("diagnosis").as_object().contains(key));
  }
  const json::object& fields = card.at("diagnosis").as_object().at("fields").as_object();
  for (const char* key : {"component", "class", "mechanism", "trigger"}) {
    CHECK(fields.at(key).as_object().at("credit").to_number<double>() == Approx(1));
  }
  CHECK(card.at("repair").as_object().at("mitigation").to_number<double>() == Approx(1));
  CHECK(card.at("response").as_object().contains("time"));
  CHECK(card.at("baselines").as_object().at("constant_answer").to_number<double>() <= 25);
}
