#include "scorer/harm.hpp"

#include <algorithm>
#include <map>

#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

json::object service(const std::string& host, const std::string& role, const std::string& name) {
  return {{"host", host}, {"role", role}, {"service", name}, {"up_seconds", 170}};
}

const json::object kHaproxy = service("lb", "lb", "haproxy");
const json::object kStorefront = service("web1", "web", "storefront");
const json::object kPrometheus = service("mon", "mon", "prometheus");
const json::object kGateway = service("pay", "pay", "payment-gateway");
const json::object kReplica = service("db2", "db", "postgresql");

// `requests` a second from `from` on, of which this share was bad.
void suffer(DrillOnPaper& drill, int from, int seconds, double share, int requests = 100) {
  const int bad = static_cast<int>(share * requests);
  for (int i = 1; i <= seconds; ++i) {
    drill.at(from + i).add(events::kSecond, {{"succeeded", requests - bad},
                                             {"slow", 0},
                                             {"failed", json::object{{"http_5xx", bad}}}});
  }
}

// A mended drill; users suffered from 10 s to 200 s.
Journal drill_with(const json::array& restarted, const json::array& unknown, double share_later) {
  DrillOnPaper drill;
  suffer(drill, 10, 40, 0.25);
  drill.at(50).observe("o1", "sv restart payment-gateway", "ok", "pay");
  suffer(drill, 50, 150, share_later);
  drill.at(203).add(events::kServed, {{"served", true}, {"since", 200}});
  drill.at(220).add(events::kRestarts, {{"services", restarted}, {"unknown", unknown}});
  return drill.end(221, true).journal;
}

HarmGrade harm_of(const Journal& journal) { return Catalogue().score(journal).repair.grade.harm; }

Journal under_catalogue(Journal journal, const char* version) {
  for (Event& event : journal.events) {
    if (event.kind != events::kTruth) continue;
    event.data.erase("catalogue");
    if (version) event.data["catalogue"] = version;
  }
  return journal;
}

}  // namespace

TEST_CASE("restarts on the way from the cause to the users are no harm") {
  const HarmGrade harm = harm_of(drill_with({kHaproxy, kStorefront}, {}, 0.25));
  CHECK(harm.value == Approx(1));
  CHECK(harm.items.empty());
  CHECK(harm.not_assessed.empty());
}

TEST_CASE("the first restart off the causal path is free and each further one costs .15") {
  CHECK(harm_of(drill_with({kGateway}, {}, 0.25)).value == Approx(1));
  const HarmGrade harm = harm_of(drill_with({kGateway, kHaproxy, kPrometheus}, {}, 0.25));
  CHECK(harm.value == Approx(0.85));
  REQUIRE(harm.items.size() == 1);
  CHECK(harm.items[0].item == "restarts");
  CHECK(harm.items[0].note ==
        "restarted or stopped off the causal path: pay's payment-gateway (o1), mon's prometheus; "
        "the first is free");
  CHECK(harm.items[0].lines.size() == 2);
}

TEST_CASE("what restarted before the first command of anybody is nobody's, since catalogue 6") {
  json::array early;
  for (json::object one : {kGateway, kPrometheus}) {
    one["up_seconds"] = 190;  // at 30 s; the first command ran at 50 s
    early.push_back(one);
  }
  const Journal journal = drill_with(early, {}, 0.25);
  CHECK(harm_of(journal).value == Approx(1));
  CHECK(harm_of(journal).items.empty());
  CHECK(harm_of(under_catalogue(journal, "5")).value == Approx(0.85));
}

TEST_CASE("a host off the path that could not be asked is unknown and counts as restarted") {
  const json::object mon = {{"host", "mon"}, {"role", "mon"}};
  const HarmGrade harm = harm_of(drill_with({kGateway}, {mon}, 0.25));
  CHECK_FALSE(harm.known);
  CHECK(harm.value == Approx(0.85));
  CHECK(to_json(Catalogue().score(drill_with({kGateway}, {mon}, 0.25)))
            .at("repair").as_object().at("harm") == "unknown");
}

TEST_CASE("what an accepted repair touches is on the path, in every scenario and variant") {
  const Catalogue catalogue;
  for (const Scenario& scenario : catalogue.scenarios) {
    for (const Variant& variant : scenario.variants) {
      for (const Repair& repair : variant.repairs) {
        json::array restarted;
        for (const Repair::Step& step : repair.steps) {
          restarted.push_back(service(step.target, step.target, "x"));
          restarted.push_back(service(step.target, step.target, "y"));
        }
        const Journal journal = drill_with(restarted, {}, 0.25);
        const HarmGrade harm =
            grade_harm(variant, catalogue.taxonomy, journal, ProbeResults(journal));
        INFO(scenario.id << " " << variant.id << " " << repair.id);
        CHECK(harm.items.empty());
      }
    }
  }
}

TEST_CASE("making an outage worse than it would have been costs half of what was spared before") {
  const HarmGrade harm = harm_of(drill_with({}, {}, 1.0));
  REQUIRE(harm.items.size() == 1);
  CHECK(harm.items[0].item == "budget");
  const Budget& budget = harm.budget;
  CHECK(budget.fault_alone.share() == Approx(0.25));
  CHECK(budget.all.seconds == 190);
  CHECK(budget.all.share() == Approx((40 * 0.25 + 150) / 190));
  CHECK(harm.value == Approx(1 - 0.5 * (budget.excess() - 0.05 - 15.0 / 190)));
  CHECK_THAT(harm.items[0].note, Catch::Contains("where the fault alone cost 25 %"));
  // Nor is an outage that stays as it is any harm, nor one that is relieved.
  for (const double share : {0.0, 0.25, 0.28}) {
    CHECK(harm_of(drill_with({}, {}, share)).items.empty());
  }
}

TEST_CASE("what users met while others starved the machine moves neither harm nor time") {
  const Catalogue catalogue;
  // Served from 70 s on; at 80 s everything fails for 40 s, for want of processor time or not.
  const auto drill = [](bool starved, double until) {
    DrillOnPaper paper;
    suffer(paper, 10, 40, 0.1);
    paper.at(50).observe("o1", "uptime", "up");
    suffer(paper, 50, 20, 0.1);
    paper.at(73).add(events::kServed, {{"served", true}, {"since", 70}});
    suffer(paper, 73, 7, 0);
    suffer(paper, 80, 40, 1);
    paper.at(82).add(events::kServed, {{"served", false}, {"since", 82}});
    paper.at(123).add(events::kServed, {{"served", true}, {"since", 120}});
    if (starved) {
      paper.add(events::kMachine, {{"during", "dip"}, {"since", 79.5}, {"until", until}});
    }
    return paper.end(200, true).journal;
  };
  const auto mitigated = [&](const Journal& journal) {
    return *catalogue.score(journal).response.grade.steps.at(2).seconds;
  };
  const Journal excused = drill(true, 119.5), own = drill(false, 0);
  CHECK(mitigated(own) == Approx(110));
  CHECK(mitigated(excused) == Approx(60));
  CHECK(harm_of(own).items.size() == 1);
  CHECK(harm_of(excused).items.empty());
  CHECK_THAT(harm_of(excused).not_assessed,
             Catch::VectorContains(std::string("what users met in 40 s in which other programs "
                                               "kept this machine busy")));
  // A dip that is over long before users were served again was not why.
  CHECK(mitigated(drill(true, 90)) == Approx(110));
  // Older drills keep their grades.
  CHECK(mitigated(under_catalogue(excused, "5")) == Approx(110));
  CHECK(harm_of(under_catalogue(excused, "5")).items.size() == 1);
}

TEST_CASE("an outage that grows by itself before anybody acts is the fault alone") {
  DrillOnPaper drill;
  for (int second = 0; second < 100; ++second) suffer(drill, 10 + second, 1, second / 100.0);
  drill.at(110).observe("o1", "uptime", "up");
  suffer(drill, 110, 50, 1.0);
  const HarmGrade harm = harm_of(drill.end(170, false).journal);
  CHECK(harm.budget.fault_alone.share() > 0.95);
  CHECK(harm.items.empty());
  DrillOnPaper idle;
  suffer(idle, 10, 50, 0.1);
  suffer(idle, 60, 100, 0.9);
  CHECK(harm_of(idle.end(170, false).journal).items.empty());
}

TEST_CASE("orders are kept when a database holds them and unknown when nobody could ask") {
  const Catalogue catalogue;
  const auto harm_of = [&](json::object orders) {
    DrillOnPaper drill;
    drill.end(100, true);
    for (Event& event : drill.journal.events) {
      if (event.kind == events::kOrders) event.data = orders;
    }
    return catalogue.score(drill.journal).repair.grade.harm;
  };
  const auto orders = [](int lost, int unknown, json::value stored) {
    return json::object{{"acknowledged", 90}, {"found", 90 - lost - unknown}, {"lost", lost},
                        {"unknown", unknown}, {"stored", std::move(stored)}};
  };
  CHECK(harm_of(orders(0, 0, 90)).value == Approx(1));
  CHECK(harm_of(orders(0, 90, 90)).value == Approx(1));  // the shop is down
  CHECK(harm_of(orders(1, 0, 89)).data_lost);
  CHECK(harm_of(orders(1, 0, 90)).data_lost);  // stored where no user finds it
  for (const json::object& unseen : {orders(0, 0, nullptr), json::object{{"unknown", true}}}) {
    CHECK_FALSE(harm_of(unseen).known);
    CHECK(harm_of(unseen).value == Approx(0));
    CHECK_FALSE(harm_of(unseen).data_lost);
  }
}

TEST_CASE("seconds with nonsense in them or none at all are not judged") {
  DrillOnPaper drill;
  CHECK_THAT(harm_of(drill.end(100, true).journal).not_assessed,
             Catch::VectorContains(std::string("error budget beyond doing nothing")));
  DrillOnPaper odd;
  for (int i = 1; i < 60; ++i) {
    odd.at(10 + i).add(events::kSecond, {{"succeeded", -5}, {"slow", 1e9}, {"failed", "x"}});
  }
  CHECK(harm_of(odd.end(100, true).journal).value == Approx(1));
}

TEST_CASE("an older drill is judged by the catalogue that it was recorded under") {
  const Catalogue catalogue;
  const Journal journal = drill_with({kGateway, kPrometheus}, {}, 1.0);
  const Scorecard now = catalogue.score(journal);
  CHECK(now.catalogue == "6");
  CHECK(now.repair.points < 25);
  const Scorecard before = catalogue.score(under_catalogue(journal, "2"));
  CHECK(before.repair.points == Approx(30));
  CHECK(before.repair.grade.harm.not_assessed.size() == 2);
  const Scorecard unnamed = catalogue.score(under_catalogue(journal, nullptr));
  CHECK(unnamed.catalogue == "2");
  REQUIRE_FALSE(unnamed.lacks.empty());
  CHECK_THAT(unnamed.lacks[0], Catch::Contains("graded by version 2"));
  const Scorecard later = catalogue.score(under_catalogue(journal, "99"));
  CHECK_THAT(later.ungraded, Catch::Contains("catalogue 99, which is not known here"));
  CHECK(to_json(later).at("total").is_null());
}

TEST_CASE("a wrong answer is worth what the catalogue of its day made of it") {
  const Catalogue catalogue;
  DrillOnPaper drill = after_looking();
  drill.diagnose(look_alike()).end(200, false);
  const double now = catalogue.score(drill.journal).diagnosis.grade.corrected;
  CHECK(now == Approx((0.8 - 0.40) / 0.60));
  CHECK(catalogue.score(under_catalogue(drill.journal, "1")).diagnosis.grade.corrected ==
        Approx((0.8 - 0.31) / 0.69));
}

TEST_CASE("a record that lacks something says what") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.end(100, true);
  const auto lacks = catalogue.score(drill.journal).lacks;
  CHECK(lacks == std::vector<std::string>{"outside probes before the fault",
                                          "which services were restarted",
                                          "what users met, second by second"});
  Journal cut = drill.journal;
  cut.truncated = true;
  cut.events.resize(7);
  CHECK(catalogue.score(cut).lacks.size() == 7);
  const json::object card = to_json(catalogue.score(cut));
  CHECK(card.at("lacks").as_array().size() == 7);
}

namespace {

// What looks during the response saw; `until` negative: to the end.
struct Seen {
  const char* item;
  double since, until;
};

Journal seen_drill(const std::vector<Seen>& seen, const std::map<std::string, std::string>& probes) {
  DrillOnPaper drill;
  for (const Seen& one : seen) {
    const json::object begins = {{"item", one.item}, {"detail", "what it was"},
                                 {"since", one.since}, {"until", nullptr}};
    drill.at(one.since + 3).add(events::kHarm, begins);
    json::object ends = begins;
    ends["until"] = one.until;
    if (one.until >= 0) drill.at(one.until).add(events::kHarm, ends);
  }
  drill.at(203).add(events::kServed, {{"served", true}, {"since", 200}});
  Journal journal = drill.end(221, true).journal;
  for (Event& event : journal.events) {
    if (event.kind != events::kProbe) continue;
    const auto changed = probes.find(string_or(event.data, "name", ""));
    if (changed != probes.end()) event.data["result"] = changed->second;
  }
  return journal;
}

}  // namespace

TEST_CASE("harm that was put right before the end counts once, beside what the probes find") {
  struct Row {
    const char* what;
    std::vector<Seen> seen;
    std::map<std::string, std::string> probes;
    double value;
    bool known;
    size_t items;
  };
  const Row rows[] = {
      {"nothing", {}, {}, 1, true, 0},
      {"a rule gone for a while", {{"monitoring", 30, 60}}, {}, 0.5, true, 1},
      {"twice", {{"monitoring", 30, 60}, {"monitoring", 90, 120}}, {}, 0.5, true, 1},
      {"to the end", {{"monitoring", 30, -1}}, {{"monitoring_intact", "no"}}, 0.5, true, 1},
      {"at the end alone", {}, {{"monitoring_intact", "no"}}, 0.5, true, 1},
      {"the probe says nothing", {{"access", 30, 33}}, {{"access_not_widened", "unknown"}}, 0.6,
       true, 1},
      {"access opened and closed", {{"access", 30, 33}}, {}, 0.6, true, 1},
      {"a second primary", {{"second_primary", 30, 40}}, {}, 0.6, true, 1},
      {"all three", {{"monitoring", 30, 60}, {"access", 31, 60}, {"second_primary", 32, 60}}, {},
       0, true, 3},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const HarmGrade harm = harm_of(seen_drill(row.seen, row.probes));
    CHECK(harm.value == Approx(row.value).margin(1e-9));
    CHECK(harm.known == row.known);
    CHECK(harm.items.size() == row.items);
  }
}

TEST_CASE("what was seen during the response is told with when and for how long") {
  const Journal journal = seen_drill({{"access", 30, 55}}, {});
  const Scorecard card = Catalogue().score(journal);
  REQUIRE(card.repair.grade.harm.items.size() == 1);
  const HarmItem& item = card.repair.grade.harm.items[0];
  CHECK(item.note == "access was widened: +20.0 s for 25 s, then put right (what it was)");
  CHECK(item.lines.size() >= 2);
  const Catalogue catalogue;
  Scorecard told = card;
  const Scenario& scenario = catalogue.scenario();
  told.feedback = feedback_of(scenario.variants[0], catalogue.taxonomy, journal, card);
  const auto turn = std::find_if(
      told.feedback.wrong_turns.begin(), told.feedback.wrong_turns.end(),
      [](const WrongTurn& one) { return one.what.find("access was widened") != std::string::npos; });
  REQUIRE(turn != told.feedback.wrong_turns.end());
  CHECK(turn->from == Approx(30));
  CHECK(turn->seconds == Approx(25));
  CHECK(turn->points == Approx(12));
  // To the end of the response, and more often than is told.
  CHECK_THAT(harm_of(seen_drill({{"monitoring", 30, -1}}, {})).items.at(0).note,
             Catch::Contains("+20.0 s until the response was over"));
  std::vector<Seen> often;
  for (int i = 0; i < 9; ++i) often.push_back({"access", 20.0 + 10 * i, 25.0 + 10 * i});
  CHECK_THAT(harm_of(seen_drill(often, {})).items.at(0).note, Catch::EndsWith("; 6 times more"));
}

TEST_CASE("a journal of an older catalogue without looks is judged as before") {
  Journal journal = under_catalogue(seen_drill({}, {{"access_not_widened", "no"}}), "4");
  CHECK(harm_of(journal).value == Approx(0.6));
}
