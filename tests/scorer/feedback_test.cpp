#include "scorer/feedback.hpp"

#include <algorithm>

#include "report/report.hpp"
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

void look(DrillOnPaper& drill, const std::string& id, const std::string& command,
          const std::string& host, double started, double ended) {
  drill.at(ended).add(events::kObservation,
                      {{"id", id}, {"host", host}, {"command", command}, {"output", ""},
                       {"started", started}, {"ended", ended}});
}

// The payment service first, a wrong answer, a restart in vain, the look that tells, and the
// look-alike at last.
DrillOnPaper detour() {
  DrillOnPaper drill;
  for (int second = 11; second < 200; ++second) {
    drill.at(second).add(events::kSecond, {{"succeeded", 75}, {"failed", {{"http_5xx", 25}}}});
    if (second == 20) drill.observe("o0", "page p1", "errors", "desk");
    if (second == 34) look(drill, "o1", "tail -f /var/log/payment-gateway/current", "pay", 30, 34);
    if (second == 50) look(drill, "o2", "curl -s http://127.0.0.1:8090/", "pay", 48, 50);
    if (second == 60) drill.diagnose(wrong_answer());
    if (second == 70) look(drill, "o4", "sv restart storefront", "web1", 69.5, 70);
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

TEST_CASE("what nobody asked is said with what it prints, and a team that was called counts as asking") {
  DrillOnPaper blind;
  blind.at(60).diagnose(wrong_answer());
  const Scorecard card = graded(blind.end(100, false).journal);
  for (const Proof& proof : card.feedback.proofs) CHECK(proof.sights.empty());
  const Catalogue catalogue;
  CHECK_THAT(report_markdown(catalogue.scenario(), blind.journal, card),
             Catch::Contains("- class: on ops, `psql -h db1 -U postgres shop -Atc 'SELECT "
                             "pg_is_in_recovery()'` prints `t`: db1 runs as a standby"));
  // A scenario that does not say it has its third hint.
  Scenario silent = catalogue.scenario();
  silent.variants[0].told_by.clear();
  Scorecard unsaid = catalogue.score(blind.journal);
  unsaid.feedback =
      feedback_of(silent.variants[0], catalogue.taxonomy, blind.journal, unsaid);
  CHECK_THAT(report_markdown(silent, blind.journal, unsaid),
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
  CHECK_THAT(turns[0].what, Catch::StartsWith("2 commands on pay"));
  CHECK(turns[0].from == Approx(30));
  CHECK(turns[0].seconds == Approx(6));  // that they ran, not until the next one
  CHECK(turns[0].meanwhile.bad == Approx(6 * 25));
  CHECK_THAT(turns[1].what, Catch::StartsWith("the answer pooler pool_exhausted_demand"));
  CHECK(turns[1].seconds == Approx(40));
  CHECK(turns[1].points == Approx(card.diagnosis.points / 0.8 * 0.2));
  CHECK_THAT(turns[2].what, Catch::StartsWith("web1's storefront was restarted"));
  CHECK(turns[2].from == Approx(70));
  CHECK_THAT(wrong_turn_text(turns[0], 10),
             Catch::StartsWith("+20.0 s, for 6.0 s: 2 commands on pay"));
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

namespace {

// A restart of one service, and what users met before and after it.
struct RestartRow {
  const char* what;
  std::vector<const char*> commands;  // on the host, one at 40 s, each further one 10 s later
  double restarted_at;
  double bad_after;  // share of requests; 0.25 before
  bool seconds_told;
  bool wrong;
};

std::vector<WrongTurn> turns_of(const RestartRow& row, const char* host, const char* service) {
  DrillOnPaper drill;
  const int bad = static_cast<int>(100 * row.bad_after);
  for (int second = 11; second < 100; ++second) {
    const int failed = second > row.restarted_at + 1 ? bad : 25;
    drill.at(second);
    if (row.seconds_told) {
      drill.add(events::kSecond,
                {{"succeeded", 100 - failed}, {"failed", {{"http_5xx", failed}}}});
    }
    const auto which = static_cast<size_t>(second - 40) / 10;
    if (second >= 40 && second % 10 == 0 && which < row.commands.size()) {
      look(drill, "o" + std::to_string(which), row.commands[which], host, second - 0.4, second);
    }
  }
  const json::object seen = {{"host", host}, {"role", "db"}, {"service", service},
                             {"up_seconds", 100 - row.restarted_at}};
  drill.at(100).add(events::kRestarts, {{"services", json::array{seen}}});
  return graded(drill.end(101, false).journal).feedback.wrong_turns;
}

}  // namespace

TEST_CASE("a restart is a wrong turn when the player made it and users were served no better") {
  const char* const kRestart = "sv restart postgresql";
  const char* const kRepair = "rm /var/lib/postgresql/15/main/standby.signal";
  const RestartRow rows[] = {
      {"in vain", {kRestart}, 40, 0.25, true, true},
      {"before the first command of anybody", {"uptime"}, 20, 0.25, true, false},
      {"by itself, while the player looked", {"uptime", "sv status postgresql"}, 50, 0.25, true,
       false},
      {"by itself, long after the command", {kRestart}, 70, 0.25, true, false},
      {"users were served better, not well", {kRestart}, 40, 0.10, true, false},
      {"users were served worse", {kRestart}, 40, 0.80, true, true},
      {"nobody knows how users were served", {kRestart}, 40, 0.25, false, false},
      {"of a repair", {kRepair, kRestart}, 50, 0.25, true, false},
      {"of a repair by another hand",
       {"mv /var/lib/postgresql/15/main/standby.signal /tmp", kRestart}, 50, 0.25, true, false},
      {"once more after the repair's", {kRepair, kRestart, kRestart}, 60, 0.25, true, true},
      {"before the repair began", {kRestart, kRepair}, 40, 0.25, true, true},
  };
  for (const RestartRow& row : rows) {
    INFO(row.what);
    const auto turns = turns_of(row, "db1", "postgresql");
    const auto told = std::count_if(turns.begin(), turns.end(), [](const WrongTurn& turn) {
      return turn.what == "db1's postgresql was restarted, and users were served no better";
    });
    CHECK(told == (row.wrong ? 1 : 0));
  }
  // A service that no repair lists.
  const RestartRow other = {"other", {kRepair, "sv restart exporter"}, 50, 0.25, true, true};
  CHECK(turns_of(other, "db1", "exporter").size() == 1);
}

TEST_CASE("a look on a host that requests pass is no wrong turn, and one elsewhere ends with the "
          "next act") {
  DrillOnPaper drill;
  look(drill, "o1", "nft list ruleset", "router", 30, 31);
  look(drill, "o2", "sv status haproxy", "lb", 32, 33);
  drill.at(45).desk("ack");
  look(drill, "o3", "tail -f /var/log/payment-gateway/current", "pay", 40, 90);
  const auto turns = graded(drill.end(100, false).journal).feedback.wrong_turns;
  REQUIRE(turns.size() == 1);
  CHECK(turns[0].from == Approx(40));
  CHECK(turns[0].seconds == Approx(5));
}

TEST_CASE("what somebody really saw tells a field in place of the scenario's word") {
  const auto told = [](const Journal& journal, const std::string& field) {
    const Scorecard card = graded(journal);
    for (const Told& one : card.feedback.told) {
      if (one.field == field) return told_text(one);
    }
    return std::string();
  };
  DrillOnPaper drill;
  // Another command that prints the telling line; a short answer wants the very command.
  drill.at(20).observe("o1", "tail -n 3 /var/log/changes/changelog",
                       "2026-01-01 00:00 db1: routine maintenance for 30 minutes, security updates, "
                       "one restart at its end\n");
  drill.at(30).observe("o2", "echo t", "t\n");
  drill.at(60).diagnose(wrong_answer()).end(100, false);
  CHECK_THAT(told(drill.journal, "trigger"),
             Catch::StartsWith("o1 on ops, `tail -n 3 /var/log/changes/changelog`, printed `db1: "));
  CHECK_THAT(told(drill.journal, "class"),
             Catch::StartsWith("on ops, `psql -h db1 -U postgres shop -Atc 'SELECT"));
  DrillOnPaper exact = after_looking();
  exact.at(70).observe("o2", "psql -h db1 -U postgres shop -Atc 'SELECT pg_is_in_recovery()'", "t\n");
  CHECK_THAT(told(exact.diagnose(right_answer()).end(100, true).journal, "class"),
             Catch::StartsWith("o2 on ops"));
}

TEST_CASE("a drill teaches at most three lessons, the dearest first, and none when nothing was lost") {
  struct Row {
    const char* what;
    Journal journal;
    std::vector<const char*> lessons;  // how they begin
  };
  DrillOnPaper idle;
  DrillOnPaper wrong = after_looking();
  wrong.desk("ack").desk("declare", {{"severity", "sev1"}});
  wrong.at(70).diagnose(wrong_answer()).desk("escalate", {{"team", "network"}});
  DrillOnPaper unproven;
  unproven.at(13).desk("ack").desk("declare", {{"severity", "sev1"}});
  unproven.desk("escalate", {{"team", "database"}});
  unproven.desk("update", {{"impact", "i"}, {"action", "a"}, {"next_minutes", 20}});
  json::object bare = right_answer();
  bare.erase("evidence");
  unproven.at(14).diagnose(bare);
  DrillOnPaper good = unproven;
  good.at(14).observe("o1", "psql -h db1 -Atc 'SELECT pg_is_in_recovery()'", "t\n");
  good.diagnose(right_answer());
  for (DrillOnPaper* drill : {&unproven, &good}) drill->add(events::kServed, {{"served", true}});
  const std::vector<Row> rows = {
      {"nothing done", idle.end(900, false).journal,
       {"State a cause before the end", "Remove the cause", "Declare the incident"}},
      {"wrong and not repaired", wrong.end(900, false).journal,
       {"The mechanism was standby_read_only, not pool_exhausted_demand. What tells it: on ops",
        "Remove the cause", "Tell people how it stands"}},
      {"right without a proof", unproven.end(40, true).journal,
       {"Cite a proof with the answer: none was cited. What tells it"}},
      {"all right", good.end(40, true).journal, {}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto lessons = graded(row.journal).feedback.lessons;
    for (const Lesson& one : lessons) UNSCOPED_INFO(one.text << " " << one.points);
    REQUIRE(lessons.size() == row.lessons.size());
    for (size_t i = 0; i < lessons.size(); ++i) {
      CHECK_THAT(lessons[i].text, Catch::StartsWith(row.lessons[i]));
      if (i > 0) CHECK(lessons[i - 1].points >= lessons[i].points);
    }
  }
}
