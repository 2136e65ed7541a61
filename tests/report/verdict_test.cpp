// The verdict over a replay, and several beside each other, from journals written on paper.
#include "report/verdict.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "journal/events.hpp"
#include "report/series.hpp"

using namespace gameday;

namespace {

// A replay as its journal tells it: verified at 10 s, repaired from 20 s on.
struct Paper {
  DrillPlan plan;
  Journal journal;

  Paper() {
    plan.scenario.id = "small";
    plan.scenario.documented.users_affected_percent = 80;
    plan.scenario.documented.success_below_percent = 2;
    plan.scenario.documented.timeline.push_back({{}, "detected", "an alert"});
    add(10, events::kPhase, {{"name", "verified"}});
    add(12, events::kPage, {{"id", "p1"}});
    for (int second = 11; second <= 24; ++second) load(second, second > 20 ? 100 : 0);
    add(20.3, events::kAct, {{"act", "repair"}, {"started", 20.1}});
    add(25, events::kInterval, {{"name", "outage"}, {"users_affected_percent", 78.2}});
    add(30, events::kProbe, {{"set", "retrigger"}, {"name", "users_served"}, {"result", "yes"}});
    add(30, events::kProbe, {{"set", "retrigger"}, {"name", "cause_present"}, {"result", "no"}});
    add(31, events::kOrders, {{"acknowledged", 5}, {"lost", 0}});
    add(32, events::kResidue, {{"left", json::array()}});
  }
  void add(double at, const char* kind, json::object data) {
    Event event;
    event.at_seconds = at;
    event.kind = kind;
    event.data = std::move(data);
    const auto later = std::find_if(journal.events.begin(), journal.events.end(),
                                    [at](const Event& one) { return one.at_seconds > at; });
    journal.events.insert(later, event);
  }
  // A second of load that ended at `at`: of 100 requests so many were answered well.
  void load(double at, int good, int slow = 0) {
    add(at, events::kSecond, {{"succeeded", good + slow},
                              {"slow", slow},
                              {"failed", json::object{{"http_5xx", 100 - good - slow}}}});
  }
  void remove(std::string_view kind) {
    std::erase_if(journal.events, [kind](const Event& event) { return event.kind == kind; });
  }
  std::vector<std::string> found() const {
    std::vector<std::string> texts;
    for (const Deviation& one : deviations(plan, journal, 5)) texts.push_back(one.text);
    return texts;
  }
};

}  // namespace

TEST_CASE("a replay that came out as documented deviates in nothing") {
  const Paper paper;
  CHECK(paper.found().empty());
  CHECK(outage_success_percent(paper.journal) == 0);
  CHECK_FALSE(served_before_repair(paper.journal));
}

TEST_CASE("a figure off by more than the tolerance deviates, and so does one that is missing") {
  Paper paper;
  paper.plan.scenario.documented.users_affected_percent = 83.3;
  CHECK(paper.found() ==
        std::vector<std::string>{"users_affected_percent is 78.2, documented 83.3"});
  paper.plan.scenario.documented.users_affected_percent = 83.1;
  CHECK(paper.found().empty());
  paper.remove(events::kInterval);
  CHECK(paper.found() ==
        std::vector<std::string>{"users_affected_percent was not measured, documented 83.1"});
}

TEST_CASE("an outage in which requests still succeed is none where the document says so") {
  Paper paper;
  paper.load(15.5, 30);  // 30 of 1000 and these 100
  CHECK(outage_success_percent(paper.journal).value() == Approx(100.0 * 30 / 1100));
  CHECK(paper.found() ==
        std::vector<std::string>{"outage_success_percent is 2.7, documented below 2.0"});
  // Slow answers are answers.
  Paper slow;
  slow.load(15.5, 0, 30);
  CHECK(slow.found().size() == 1);
  // What was answered before the effect or after the repair began says nothing.
  Paper around;
  around.load(10.5, 100);
  around.load(20.2, 100);
  CHECK(around.found().empty());
  // Nothing ends at all: nothing succeeds.
  Paper hanging;
  hanging.remove(events::kSecond);
  CHECK_FALSE(outage_success_percent(hanging.journal));
  hanging.add(15, events::kSecond, {{"sent", 100}, {"succeeded", 0}, {"slow", 0}});
  CHECK(outage_success_percent(hanging.journal) == 0);
}

TEST_CASE("relief before anybody repaired is named with the wrong turn before it") {
  Paper paper;
  paper.plan.scenario.documented.success_below_percent.reset();
  paper.remove(events::kSecond);
  for (int second = 11; second <= 20; ++second) paper.load(second, second >= 17 ? 99 : 70);
  CHECK(served_before_repair(paper.journal) == 19);
  CHECK(paper.found() ==
        std::vector<std::string>{"users were served at +9.0 s, nobody had repaired anything"});
  paper.add(16, events::kAct, {{"act", "change"}, {"target", "lb"}, {"text", "more servers"}});
  CHECK(paper.found() == std::vector<std::string>{
                             "users were served at +9.0 s, after the wrong turn on lb (more servers)"});
  // Two good seconds are chance.
  Paper chance;
  chance.plan.scenario.documented.success_below_percent.reset();
  chance.remove(events::kSecond);
  for (int second = 11; second <= 20; ++second) chance.load(second, second % 3 ? 99 : 70);
  CHECK(chance.found().empty());
}

TEST_CASE("no alert, lost orders, something left and a cure that does not last all deviate") {
  Paper paper;
  paper.remove(events::kPage);
  paper.remove(events::kOrders);
  paper.remove(events::kResidue);
  paper.add(21, events::kPage, {{"id", "late"}});
  paper.add(32, events::kResidue, {{"left", json::array{"a process"}}});
  paper.add(30.5, events::kProbe,
            {{"set", "retrigger"}, {"name", "redundancy"}, {"result", "unknown"}, {"detail", "x"}});
  CHECK(paper.found() ==
        std::vector<std::string>{"no alert paged anybody before the repair", "orders lost: unknown",
                                 "left behind: [\"a process\"]",
                                 "after the repair and a restart: redundancy is unknown x"});
  paper.add(33, events::kVoid, {{"why", "too busy"}});
  CHECK(paper.found() == std::vector<std::string>{"void: too busy"});
}

TEST_CASE("only slowness on a machine that lacked processor time voids a replay, and says what it saw") {
  struct Row {
    const char* what;
    double affected, failed;  // percent of users; the rest of the affected only waited
    const char* during;
    bool lacking, voids;
  };
  for (const Row& row : {Row{"slow answers, and a lack", 90, 78, "outage", true, true},
                         Row{"slow answers, no lack", 90, 78, "outage", false, false},
                         Row{"a lack at another time", 90, 78, "mitigation", true, false},
                         Row{"failing answers, and a lack", 90, 88, "outage", true, false},
                         Row{"too few, and a lack", 60, 60, "outage", true, false},
                         Row{"as documented, and a lack", 80, 80, "outage", true, false}}) {
    INFO(row.what);
    Paper paper;
    paper.remove(events::kInterval);
    paper.add(25, events::kInterval, {{"name", "outage"},
                                      {"users_affected_percent", row.affected},
                                      {"users_failed_percent", row.failed}});
    paper.add(26, events::kMachine, {{"during", row.during}, {"cores", 2}, {"outside", 1.7},
                                     {"starved_percent", 100}, {"lacking", row.lacking}});
    const auto why = starved(deviations(paper.plan, paper.journal, 5), paper.journal);
    CHECK(why.has_value() == row.voids);
    if (!why) continue;
    CHECK(why->kind == "machine");
    CHECK(why->why == "users_affected_percent is 90.0, documented 80.0, while other programs took "
                      "1.7 of 2 processors, and nothing was idle for 100 % of the time");
    CHECK(number_or(why->measured, "outside", 0) == 1.7);
  }
  // One thing that no lack explains is enough.
  Paper paper;
  paper.remove(events::kPage);
  paper.remove(events::kResidue);
  paper.add(26, events::kMachine, {{"during", "outage"}, {"lacking", true}});
  CHECK_FALSE(starved(deviations(paper.plan, paper.journal, 5), paper.journal));
  paper.add(32, events::kResidue, {{"left", json::array()}});
  CHECK(starved(deviations(paper.plan, paper.journal, 5), paper.journal));
  // An older journal's void has no kind, and is none of the machine's.
  paper.add(33, events::kVoid, {{"why", "too busy"}});
  CHECK_FALSE(starved(deviations(paper.plan, paper.journal, 5), paper.journal));
  CHECK(void_of(paper.journal)->kind == "unknown");
}

TEST_CASE("the exit code tells what deviates from what this machine could not show") {
  const Void machine{"machine", "busy", {}}, stack{"stack", "sick", {}};
  ReplaySeries series;
  const auto run = [&](const std::optional<Void>& voided, bool good) {
    ReplayRun one;
    one.scenario = "small";
    if (!good) one.deviations = {"x"};
    one.voided = voided;
    series.runs = {one};
    return exit_code(series);
  };
  CHECK(run(std::nullopt, true) == 0);
  CHECK(run(std::nullopt, false) == 1);
  CHECK(run(machine, false) == 3);
  CHECK_THAT(series_junit(series), Catch::Contains("skipped=\"1\"") &&
                                       Catch::Contains("<skipped message=\"x\"/>"));
  CHECK_THAT(series_table(series), Catch::Contains("void"));
  CHECK(run(stack, false) == 1);
  CHECK_THAT(series_junit(series), Catch::Contains("errors=\"1\"") && Catch::Contains("<error "));
  run(machine, false);
  series.runs.push_back(series.runs.front());
  series.runs.back().voided.reset();
  CHECK(exit_code(series) == 1);
  series.runs.back().deviations.clear();
  CHECK(exit_code(series) == 3);
  // The run that counts decides the row.
  const std::string table = series_table(series);
  const size_t row = table.find("\nsmall ");
  REQUIRE(row != std::string::npos);
  CHECK_THAT(table.substr(row + 1, table.find('\n', row + 1) - row - 1),
             Catch::EndsWith("as documented"));
  series.runs.front().earlier_tries = {machine, machine};
  CHECK(json::serialize(tries_to_json({machine}, std::nullopt)) ==
        R"([{"void":{"kind":"machine","why":"busy","measured":{}}},{"void":null}])");
  CHECK_THAT(series_table(series), Catch::Contains("played 3 times, void 2 times: busy"));
}

TEST_CASE("a twin is measured by no documented figure") {
  Paper paper;
  paper.plan.twin = true;
  CHECK(figures_of(paper.plan, paper.journal).empty());
  CHECK(paper.found().empty());
}

TEST_CASE("a spread has its ends and its middle") {
  CHECK(spread_of({3}).median == 3);
  const Spread odd = spread_of({9, 1, 4});
  CHECK((odd.min == 1 && odd.median == 4 && odd.max == 9));
  CHECK(spread_of({1, 2, 4, 9}).median == 3);
}

TEST_CASE("a series shows every figure with spread and deviation, assumptions, and what deviates") {
  ReplaySeries series;
  for (int i = 0; i < 3; ++i) {
    ReplayRun run;
    run.scenario = "gone";
    run.seed = static_cast<uint64_t>(i + 1);
    run.seconds = 40;
    run.figures = {{"users_affected_percent", 80, false, 79.0 + i},
                   {"outage_success_percent", 2, true, 0.5}};
    run.document = {{"assumptions", json::array{json::object{
                                        {"name", "visiting_share"}, {"value", 0.8},
                                        {"reason", "the rest slept"}}}},
                    {"impact", json::object{{"visitors_affected_percent", 100}}}};
    series.runs.push_back(run);
  }
  ReplayRun broken;
  broken.scenario = "other";
  broken.deviations = {"it <broke> & \"fell\""};
  broken.seconds = 5;
  series.runs.push_back(broken);
  CHECK_FALSE(passed(series));
  const std::string table = series_table(series);
  INFO(table);
  for (const char* part : {"gone", "users affected", "80 %", "80.0 % (79.0 to 81.0)", "+0.0",
                           "as documented", "requests that succeed", "below 2 %", "0.5 %",
                           "gone assumes that 80 % of the users come (the rest slept); of those "
                           "who came 100.0 % were affected",
                           "other, seed 1: it <broke> & \"fell\"", "deviates", "not measured",
                           "4 replays in 125 s, not all as documented"}) {
    CHECK_THAT(table, Catch::Contains(part));
  }
  const json::object document = series_document(series);
  CHECK(document.at("passed").as_bool() == false);
  CHECK(document.at("scenarios").as_array().size() == 2);
  const json::object& gone = document.at("scenarios").as_array().at(0).as_object();
  CHECK(gone.at("passed").as_bool());
  CHECK(gone.at("runs").as_array().size() == 3);
  const json::object& figure = gone.at("figures").as_array().at(0).as_object();
  CHECK(figure.at("measured").as_object().at("median").to_number<double>() == 80);
  CHECK(figure.at("deviation").to_number<double>() == 0);

  const std::string junit = series_junit(series);
  INFO(junit);
  CHECK_THAT(junit, Catch::Contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\" "
                                        "time=\"125.0\"") &&
                        Catch::Contains("<testsuite name=\"gone\" tests=\"3\" failures=\"0\"") &&
                        Catch::Contains("name=\"seed 2\" time=\"40.0\"/>") &&
                        Catch::Contains("it &lt;broke&gt; &amp; &quot;fell&quot;"));

  series.runs.pop_back();
  CHECK(passed(series));
  series.stopped = "interrupted";
  CHECK_FALSE(passed(series));
  CHECK_THAT(series_table(series), Catch::Contains("stopped before the end: interrupted"));
  CHECK_FALSE(passed(ReplaySeries{}));
}
