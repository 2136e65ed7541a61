#include <algorithm>

#include "core/text.hpp"
#include "report/report.hpp"
#include "scorer/answer_form.hpp"
#include "scorer/losses.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

// A replay's journal: what the documented people did, as the conductor writes it.
DrillOnPaper replay() {
  DrillOnPaper drill;
  drill.at(10).add(events::kInterval, {{"name", "baseline"}, {"seconds", 5}, {"offered", 2000},
                                       {"p99_ms", 120}, {"users_affected_percent", 0}});
  drill.at(15).add(events::kAct, {{"who", "web engineer"}, {"act", "inspect"}, {"target", "lb"},
                                  {"text", "is it up?"}, {"documented_at", "13:15"},
                                  {"belief", json::object{{"class", "network_path"}}}});
  drill.at(29).add(events::kAct, {{"who", "web engineer"}, {"act", "inspect"}, {"target", "ops"},
                                  {"belief", json::object{{"class", "role_state"}}}});
  drill.at(30).observe("o1", "psql -h db1 -Atc 'SELECT pg_is_in_recovery()'", "t\n");
  drill.at(31).diagnose(right_answer());
  drill.at(33).desk("escalate", {{"team", "database"}});
  drill.at(36).add(events::kAct, {{"who", "database team"}, {"act", "repair"}, {"target", "db1"},
                                  {"using", "promote"}, {"documented_at", "14:00"}});
  drill.at(39).add(events::kServed, {{"served", true}, {"since", 36.5}});
  drill.at(40).add(events::kInterval,
                   {{"name", "outage"}, {"seconds", 30}, {"offered", 9000},
                    {"users_affected_percent", 61.3}, {"visitors_affected_percent", 61.3},
                    {"requests_failed_percent", 15.1}, {"requests_slow_percent", 3.9},
                    {"writes_offered", 1200}, {"writes_failed", 1190}, {"reads_offered", 7800},
                    {"reads_slow", 350}, {"p99_ms", 900}});
  drill.at(50).add(events::kInterval, {{"name", "settle"}, {"seconds", 8}, {"offered", 3000},
                                       {"failed", 0}, {"slow", 0}, {"p99_ms", 130}});
  drill.end(51, true);
  return drill;
}

}  // namespace

TEST_CASE("each documented fact stands beside what was measured, in machine seconds") {
  const Catalogue catalogue;
  const auto rows = compare(catalogue.scenario(), replay().journal);
  std::vector<std::string> names;
  for (const ComparisonRow& row : rows) names.push_back(row.what);
  CHECK(names == std::vector<std::string>{"impact", "detection", "wrong turn", "cause",
                                          "escalation", "repair", "normal"});
  const auto row = [&](const std::string& what) {
    return *std::find_if(rows.begin(), rows.end(),
                         [&](const ComparisonRow& one) { return one.what == what; });
  };
  CHECK_THAT(row("impact").documented, Catch::Contains("62 %"));
  CHECK_THAT(row("impact").measured, Catch::Contains("61.3 % of users affected"));
  CHECK_THAT(row("detection").documented, Catch::StartsWith("13:12"));
  CHECK(row("detection").measured == "+2.0 s errors");
  CHECK(row("wrong turn").measured == "+5.0 s lb (network_path suspected)");
  CHECK(row("cause").measured ==
        "+21.0 s db1, role_state, standby_read_only, maintenance");
  CHECK(row("escalation").measured == "+23.0 s to database");
  CHECK(row("repair").measured == "+26.0 s promote, users served from +26.5 s on");
  CHECK_THAT(row("normal").measured, Catch::Contains("100.0 % of requests good over 8.0 s"));
  for (const ComparisonRow& one : rows) CHECK_FALSE(one.documented.empty());
}

TEST_CASE("the replay's table keeps its width") {
  const Catalogue catalogue;
  for (const size_t width : {60, 80, 100, 140}) {
    const std::string table = comparison_table(catalogue.scenario(), replay().journal, width);
    size_t from = 0;
    while (from < table.size()) {
      const size_t end = table.find('\n', from);
      CHECK(end - from <= width);
      from = end + 1;
    }
  }
}

TEST_CASE("the documented people's drill is graded like anybody's") {
  const Catalogue catalogue;
  const Scorecard card = catalogue.score(replay().journal);
  CHECK(card.diagnosis.points == Approx(50));
  CHECK(card.repair.points == Approx(30));
  CHECK(card.total > 80);
}

TEST_CASE("the scorecard shows three bars first and the total last, in color only when asked") {
  const Catalogue catalogue;
  const Scorecard card = catalogue.score(replay().journal);
  const std::string plain = scorecard_text(catalogue.scenario(), card, false);
  CHECK(plain.find('\x1b') == std::string::npos);
  const size_t diagnosis = plain.find("Diagnosis"), repair = plain.find("Repair"),
               response = plain.find("Response"), total = plain.find("\nTotal");
  CHECK(diagnosis < repair);
  CHECK(repair < response);
  REQUIRE(total != std::string::npos);
  CHECK(plain.find('\n', total + 1) == plain.size() - 1);
  const std::string colored = scorecard_text(catalogue.scenario(), card, true);
  CHECK(colored.find("\x1b[") != std::string::npos);
}

TEST_CASE("the points that items cost add up to what each bar is short of") {
  const Catalogue catalogue;
  DrillOnPaper poor = after_looking();
  poor.desk("ack").desk("declare", {{"severity", "sev3"}}).desk("hint", {{"price", 0.7}});
  poor.at(300).diagnose(look_alike()).end(900, true);
  DrillOnPaper idle;
  for (const Journal& journal :
       {replay().journal, poor.journal, idle.end(900, false).journal}) {
    const Scorecard card = catalogue.score(journal);
    const auto losses = losses_of(card);
    const auto sum = [&losses](const std::vector<const char*>& items) {
      double points = 0;
      for (const char* item : items) points += losses.contains(item) ? losses.at(item) : 0;
      return points;
    };
    CHECK(sum({"answer", "component", "class", "mechanism", "trigger", "evidence", "revisions",
               "hints"}) == Approx(card.diagnosis.full - card.diagnosis.points));
    CHECK(sum({"mitigation", "harm"}) == Approx(card.repair.full - card.repair.points));
    CHECK(sum({"detect", "identify", "mitigate", "resolve", "acknowledged", "severity",
               "escalation", "updates"}) == Approx(card.response.full - card.response.points));
  }
}

TEST_CASE("the scorecard says which severity counted, what was not looked at, and what it cost") {
  const Catalogue catalogue;
  DrillOnPaper drill = after_looking();
  drill.at(15).desk("ack").desk("declare", {{"severity", "sev3"}});
  drill.at(20).desk("declare", {{"severity", "sev2"}});
  drill.at(30).desk("update", {{"impact", "i"}, {"action", "a"}, {"next_minutes", 20}});
  const std::string card = scorecard_text(
      catalogue.scenario(), catalogue.score(drill.end(200, true).journal), false, 100);
  INFO(card);
  CHECK_THAT(card, Catch::Contains("sev2 was right\n"));
  CHECK_THAT(card, Catch::Contains("1 update, in time and complete\n"));
  CHECK_THAT(card, Catch::Contains("nobody was called [-2.5]"));
  CHECK_THAT(card, Catch::Contains("harm          none seen\n"));
  CHECK_THAT(card, Catch::Contains("not looked at, and free: restarts off the causal path"));
  CHECK_THAT(card, Catch::Contains("no diagnosis was submitted [-50.0]"));
}

TEST_CASE("an update that never came is not called late, and one that was late is") {
  const Catalogue catalogue;
  const json::object update = {{"impact", "i"}, {"action", "a"}, {"next_minutes", 20}};
  const auto note = [&](double at, double end) {
    DrillOnPaper drill;
    drill.at(11).desk("declare", {{"severity", "sev1"}}).at(at).desk("update", update);
    return catalogue.score(drill.end(end, true).journal).response.grade.items.back().note;
  };
  CHECK(note(60, 200) == "1 update, in time and complete");
  CHECK(note(60, 3000) == "1 update, the next one never came");
  CHECK(note(1500, 1600) == "1 update, 1 late");
}

TEST_CASE("the report has every part, and nothing of a trainee's text becomes markup") {
  const Catalogue catalogue;
  DrillOnPaper drill = replay();
  drill.desk("note", {{"text", "<b>x</b> | **y** [z](javascript:1)\n# heading"}});
  drill.observe("o2", "echo `id` | cat", "");
  const std::string report =
      report_markdown(catalogue.scenario(), drill.journal, catalogue.score(drill.journal));
  for (const char* part :
       {"# Customers report", "## Summary", "## Documented beside measured", "## Timeline",
        "began: 2026-01-01 00:00:00 UTC\n", "## The cause", "What would have told",
        "## What would prevent it", "- a failover for the primary", "## What was looked at", "## What users met",
        "## Scorecard"}) {
    INFO(part);
    CHECK(report.find(part) != std::string::npos);
  }
  CHECK(report.find("<b>") == std::string::npos);
  CHECK(report.find("\n# heading") == std::string::npos);
  CHECK(report.find("`` echo `id` | cat ``") != std::string::npos);
}

TEST_CASE("a page of unknown origin is named, and is not the one that was acknowledged") {
  const Catalogue catalogue;
  const auto drill = [](double forged_at) {
    DrillOnPaper paper;
    if (forged_at > 0) {
      paper.at(forged_at).add(events::kPage, {{"id", "p7"}, {"source", "alert"},
                                              {"summary", "Db1IsInRecovery"},
                                              {"origin", "unknown"}});
    }
    paper.at(700).desk("ack");
    return paper.end(710, true).journal;
  };
  const Scorecard honest = catalogue.score(drill(0)), forged = catalogue.score(drill(690));
  CHECK(honest.noticed.empty());
  CHECK(to_json(honest).if_contains("noticed") == nullptr);
  CHECK(forged.response.points == Approx(honest.response.points));
  CHECK(catalogue.score(drill(11)).response.points == Approx(honest.response.points));
  REQUIRE(forged.noticed.size() == 1);
  CHECK_THAT(forged.noticed[0], Catch::Contains("unknown origin") &&
                                    Catch::Contains("p7 Db1IsInRecovery"));
  CHECK_THAT(scorecard_text(catalogue.scenario(), forged, false), Catch::Contains("noticed"));
  CHECK(to_json(forged).at("noticed").as_array().size() == 1);
  CHECK_THAT(report_markdown(catalogue.scenario(), drill(690), forged),
             Catch::Contains("page of unknown origin: Db1IsInRecovery"));
}

TEST_CASE("a twin's report names no cause") {
  const Catalogue catalogue;
  DrillOnPaper drill;
  drill.diagnose({{"verdict", "no_fault"}});
  const std::string report =
      report_markdown(catalogue.scenario(), drill.journal, catalogue.score_twin(drill.journal));
  CHECK(report.find("## The cause\n\nNothing stayed broken.") != std::string::npos);
  CHECK(report.find("promoted") == std::string::npos);
}

TEST_CASE("text is wrapped, padded and cut by characters, not by bytes") {
  CHECK(text::wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(text::wrap("abcdef", 4) == std::vector<std::string>{"abcd", "ef"});
  CHECK(text::wrap("", 4) == std::vector<std::string>{""});
  CHECK(text::wrap("ääää öö", 4) == std::vector<std::string>{"ääää", "öö"});
  CHECK(text::pad("ä", 3) == "ä  ");
  CHECK(text::one_line("a\nb\x1b[1mc", 100) == "a b [1mc");
  CHECK(text::one_line("ääää", 5) == "ää ...");
  CHECK(text::code("") == "");
  CHECK(text::escaped("read_only_2 _x_ a__b *c*") == "read_only_2 \\_x\\_ a\\_\\_b \\*c\\*");
  CHECK(text::since(12.34, 10) == "+2.3 s");
  CHECK(text::since(9.99, 10) == "+0.0 s");
  CHECK(text::since(8, 10) == "-2.0 s");
}

TEST_CASE("the report folds an alert's firings into one line, and says how a recording is played") {
  const Catalogue catalogue;
  DrillOnPaper drill = after_looking();
  const auto alert = [&drill](double at, const char* status, const char* name) {
    drill.at(at).add(events::kAlert, {{"status", status}, {"name", name}, {"summary", "slow"}});
  };
  alert(61, "firing", "Slow");
  alert(63, "resolved", "Slow");
  alert(64, "firing", "Errors");
  alert(65, "firing", "Slow");
  alert(90, "resolved", "Slow");
  json::object answer = right_answer();
  answer["confidence"] = 0.9;
  drill.at(95).diagnose(answer).end(100, true);
  const Scorecard card = catalogue.score(drill.journal);
  const std::string report = report_markdown(catalogue.scenario(), drill.journal, card);
  INFO(report);
  CHECK_THAT(report, Catch::Contains("(+51.0 s) alert Slow firing, 2 times, until +80.0 s\n") &&
                         Catch::Contains("(+54.0 s) alert Errors firing\n"));
  CHECK(report.find("alert Slow") == report.rfind("alert Slow"));
  CHECK_THAT(report, Catch::Contains("asciinema play recordings/"));
  CHECK_THAT(report, Catch::Contains("the answer's error by it is 0.01"));
}
