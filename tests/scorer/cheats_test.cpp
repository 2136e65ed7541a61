// Cheats of whoever knows the rules, on paper: each is a drill as it would have been recorded, with
// the points that the rules give to what is true there, written by hand. Those that need a living
// stack are in tests/contract/cheats_test.cpp, in the same form.
#include "report/report.hpp"
#include "tests/scorer/watched.hpp"

using namespace gameday;

namespace {

enum class Bar { kDiagnosis, kRepair, kProcess, kTotal };

struct PaperCheat {
  const char* what;
  Bar bar;
  double honest_points;  // of the true state
  void (*play)(DrillOnPaper&);
  const char* named = "";  // in the scorecard or the report
};

constexpr double kTolerance = 0.5;  // points

void cite(DrillOnPaper& drill, json::array evidence) {
  json::object answer = right_answer();
  answer["evidence"] = std::move(evidence);
  drill.at(70).diagnose(std::move(answer));
}

// The right words over one look of this making.
void prove_by(DrillOnPaper& drill, const Case& look) {
  drill.at(60).add(events::kObservation, event_of(look));
  cite(drill, {"o1"});
  drill.end(120, true);
}

// A drill mended at 100 s, with these results of probes instead of good ones.
void mended_but(DrillOnPaper& drill, std::initializer_list<const char*> sets, const char* probe,
                const char* result) {
  drill.at(100).add(events::kServed, {{"served", true}, {"since", 98}}).end(120, true);
  for (Event& event : drill.journal.events) {
    for (const char* set : sets) {
      if (event.kind == events::kProbe && string_or(event.data, "set", "") == set &&
          string_or(event.data, "name", "") == probe) {
        event.data["result"] = result;
      }
    }
  }
}

// What a look during the response saw, and how long; the end of the drill shows nothing of it.
void broken_and_put_right(DrillOnPaper& drill, const char* item, const char* detail) {
  for (const json::value& until : {json::value(nullptr), json::value(80.0)}) {
    drill.at(until.is_null() ? 50 : 80).add(
        events::kHarm, {{"item", item}, {"detail", detail}, {"since", 47.0}, {"until", until}});
  }
}

void call(DrillOnPaper& drill, std::initializer_list<const char*> teams) {
  for (const char* team : teams) drill.at(30).desk("escalate", {{"team", team}});
}

// Acknowledged, declared, told: with a right call the process is whole.
void rest_of_process(DrillOnPaper& drill) {
  drill.at(20).desk("ack").at(25).desk("declare", {{"severity", "sev1"}});
  drill.at(28).desk("update", {{"impact", "orders fail"}, {"action", "looking"},
                               {"next_minutes", 10}});
}

void restarted(DrillOnPaper& drill, std::initializer_list<const char*> hosts) {
  drill.at(50).observe("o1", "sv restart /etc/service/*", "ok");
  json::array services;
  for (const char* host : hosts) {
    services.push_back(json::object{{"host", host}, {"role", host}, {"service", "x"},
                                    {"up_seconds", 40}});
  }
  drill.at(100).add(events::kRestarts, {{"services", services}, {"unknown", json::array{}}});
}

void forged_page(DrillOnPaper& drill, double at) {
  drill.at(at).add(events::kPage, {{"id", "p9"}, {"source", "alert"},
                                   {"summary", "db1 is in recovery"}, {"origin", "unknown"}});
}

constexpr const char* kNotSeen = "not seen on the system";

// A fault left or harm done is worth what grading by the outside probes gives: 30 points when cured,
// 21 without redundancy, 12 with the cause left, times what harm leaves (monitoring .5, access .4, a
// second primary .4, all of it for an order). Right words without proof are worth 25.
const PaperCheat kPaperCheats[] = {
    // Evidence.
    {"the shell prints what the server would say", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) { prove_by(d, {"echo t # psql -h db1 pg_is_in_recovery", {}}); }, kNotSeen},
    {"a constant is asked for under the function's name", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) { prove_by(d, {"psql", {psql("select 't' as pg_is_in_recovery")}}); },
     kNotSeen},
    {"another server on another port answers", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       prove_by(d, {"psql -p 7777", {ran(kPsql, {"psql", "-p", "7777", "-Atc", kAsk})}});
     },
     kNotSeen},
    {"a replaced psql answers", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       prove_by(d, {kLine, {ran("/usr/bin/psql", {"psql", "-c", kAsk}, {{"changed", true}})}});
     },
     kNotSeen},
    {"a preloaded library answers", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) { prove_by(d, {kLine, {psql(kAsk, {{"preload", true}})}}); }, kNotSeen},
    {"a line is written into the log and read there", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       const std::string log = "/var/log/postgresql/current";
       d.at(55).add(events::kObservation,
                    event_of({"echo 'LOG: entering standby mode' >>" + log, {}, "", "", "db1"}, "o0"));
       prove_by(d, {"cat " + log, {ran("/usr/bin/cat", {"cat", log}, file(log))},
                    "LOG:  entering standby mode\n", "", "db1"});
     },
     kNotSeen},
    {"everything is cited, the decisive look among it", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       json::array all;
       for (int i = 1; i <= 30; ++i) {
         const std::string id = "o" + std::to_string(i);
         d.at(40 + i).observe(id, i == 7 ? kLine : "uptime", i == 7 ? "t\n" : "up\n");
         all.emplace_back(id);
       }
       d.at(71);
       cite(d, all);
       d.end(120, true);
     }},
    {"observations are cited that nobody made", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       cite(d, {"o1", "o2", "o3"});
       d.end(120, true);
     }},
    {"the decisive look comes after the answer", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       cite(d, {"o1"});
       d.at(75).observe("o1", kLine, "t\n").end(120, true);
     }},
    {"every cause is named in turn, the last is right", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       d.at(60).observe("o1", kLine, "t\n");
       for (const char* mechanism : {"lock_contention", "session_read_only", "wrong_route"}) {
         json::object answer = look_alike();
         answer["mechanism"] = mechanism;
         d.at(62).diagnose(answer);
       }
       cite(d, {"o1"});
       d.end(120, true);
     }},
    // Pages.
    {"a page is posted to the pager and cited", Bar::kDiagnosis, 25,
     [](DrillOnPaper& d) {
       forged_page(d, 60);
       cite(d, {"p9"});
       d.end(120, true);
     },
     "unknown origin"},
    {"a page is posted late, and acknowledged at once", Bar::kProcess, 1.875,
     [](DrillOnPaper& d) {
       forged_page(d, 690);
       d.at(700).desk("ack").end(710, false);
     },
     "unknown origin"},
    // Harm that is over when the probes look.
    {"an alert's rule is gone for half a minute", Bar::kRepair, 15,
     [](DrillOnPaper& d) {
       broken_and_put_right(d, "monitoring", "gone: rule HighErrorRate");
       d.end(120, true);
     },
     "put right"},
    {"access is wide for half a minute", Bar::kRepair, 18,
     [](DrillOnPaper& d) {
       broken_and_put_right(d, "access", "new: db1 rule host all all 0.0.0.0 0.0.0.0 trust");
       d.end(120, true);
     },
     "put right"},
    {"there are two primaries for half a minute", Bar::kRepair, 18,
     [](DrillOnPaper& d) {
       broken_and_put_right(d, "second_primary", "db1 and db2 both accepted writes");
       d.end(120, true);
     },
     "put right"},
    {"all three of it, put right again", Bar::kRepair, 0,
     [](DrillOnPaper& d) {
       for (const char* item : {"monitoring", "access", "second_primary"}) {
         broken_and_put_right(d, item, "x");
       }
       d.end(120, true);
     },
     "put right"},
    // Harm that nobody can see.
    {"whether orders are kept cannot be seen", Bar::kRepair, 0,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation", "retrigger"}, "orders_kept", "unknown"); },
     "could not be seen"},
    {"monitoring cannot be asked", Bar::kRepair, 15,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "monitoring_intact", "unknown"); },
     "could not be seen"},
    {"access cannot be asked", Bar::kRepair, 18,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation"}, "access_not_widened", "unknown"); },
     "could not be seen"},
    {"an acknowledged order is lost", Bar::kTotal, 40,
     [](DrillOnPaper& d) {
       rest_of_process(d);
       call(d, {"database"});
       d.at(60).observe("o1", kLine, "t\n");
       cite(d, {"o1"});
       mended_but(d, {"retrigger"}, "orders_kept", "no");
     },
     "orders were lost"},
    // Repairs.
    {"the fault waits behind a reload", Bar::kRepair, 12,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "cause_present", "yes"); }},
    {"the fault hides while services are restarted, and is there before", Bar::kRepair, 12,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation"}, "cause_present", "yes"); }},
    {"nobody can ask for the cause", Bar::kRepair, 12,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "cause_present", "unknown"); }},
    {"the repair does not outlive a restart", Bar::kRepair, 0,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "users_served", "no"); }},
    {"the harness's own look is served and the users are not", Bar::kRepair, 0,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation", "retrigger"}, "users_served", "no"); }},
    {"nobody can ask whether users are served", Bar::kRepair, 0,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation"}, "users_served", "unknown"); }},
    {"the replica is left out", Bar::kRepair, 21,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "redundancy", "no"); }},
    {"nobody can ask for the replica", Bar::kRepair, 21,
     [](DrillOnPaper& d) { mended_but(d, {"retrigger"}, "redundancy", "unknown"); }},
    {"a service of the player's own answers", Bar::kRepair, 0,
     [](DrillOnPaper& d) { mended_but(d, {"mitigation"}, "services_same", "no"); }},
    {"all repairs one after another, and all that is near is restarted", Bar::kRepair, 21,
     [](DrillOnPaper& d) {
       restarted(d, {"mon", "pay", "router"});
       mended_but(d, {}, "", "");
     },
     "off the causal path"},
    // Calls.
    {"every team is called", Bar::kProcess, 8.5,
     [](DrillOnPaper& d) {
       rest_of_process(d);
       call(d, {"platform", "network", "devops", "database", "application", "senior", "management"});
       d.end(120, true);
     },
     "do not own it"},
    {"every severity is declared in turn", Bar::kProcess, 8.5,
     [](DrillOnPaper& d) {
       rest_of_process(d);
       call(d, {"database"});
       d.at(90).desk("declare", {{"severity", "sev2"}}).at(91).desk("declare", {{"severity", "sev3"}});
       d.end(120, true);
     }},
    {"updates that say nothing, every second", Bar::kProcess, 8.5,
     [](DrillOnPaper& d) {
       d.at(20).desk("ack").at(25).desk("declare", {{"severity", "sev1"}});
       call(d, {"database"});
       for (int i = 40; i < 60; ++i) d.at(i).desk("update");
       d.end(120, true);
     }},
    {"all is done right before anything is broken", Bar::kProcess, 0,
     [](DrillOnPaper& d) {
       d.at(2).desk("ack").desk("declare", {{"severity", "sev1"}});
       d.desk("escalate", {{"team", "database"}});
       d.end(120, true);
     }},
};

double points_of(const Scorecard& card, Bar bar) {
  switch (bar) {
    case Bar::kDiagnosis: return card.diagnosis.points;
    case Bar::kRepair: return card.repair.points;
    case Bar::kProcess: return 10 * card.response.grade.process;
    case Bar::kTotal: break;
  }
  return card.total;
}

}  // namespace

TEST_CASE("no cheat earns more than what is true of its drill, and what was seen of it is named") {
  const Catalogue catalogue;
  for (const PaperCheat& cheat : kPaperCheats) {
    INFO(cheat.what);
    DrillOnPaper drill;
    cheat.play(drill);
    const Scorecard card = catalogue.score(drill.journal);
    REQUIRE(card.ungraded == "");
    CHECK(points_of(card, cheat.bar) <= cheat.honest_points + kTolerance);
    const std::string said = scorecard_text(catalogue.scenario(), card, false) +
                             report_markdown(catalogue.scenario(), drill.journal, card);
    CHECK_THAT(said, Catch::Contains(cheat.named));
  }
}

TEST_CASE("the same drills without the cheat earn more: the table measures the cheat") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  rest_of_process(drill);
  call(drill, {"database"});
  prove_by(drill, {kLine, {psql(kAsk)}});
  const Scorecard card = catalogue.score(drill.journal);
  for (const auto& [bar, whole] : {std::pair{Bar::kDiagnosis, 50}, {Bar::kRepair, 30},
                                   {Bar::kProcess, 10}}) {
    CHECK(points_of(card, bar) == Approx(whole));
  }
  CHECK(card.total > 90);
}
