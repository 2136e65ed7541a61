// Every sentence of what people read after a drill is held against the journal, by a reader that
// shares no code with what wrote it (tests/support/sentences.hpp).
#include "tests/support/sentences.hpp"

#include <algorithm>

#include "report/grade.hpp"
#include "report/report.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

constexpr size_t kWidePage = 100'000;  // nothing is wrapped

const std::vector<std::string> kFixtures = {"documented", "expert",  "fake_shop", "luck",
                                            "no_repair",  "nothing", "older",     "restarts",
                                            "rollback",   "twin",    "vandal"};

struct PlayedDrill {
  Journal journal;
  GradingRules rules;
  Scorecard card;

  explicit PlayedDrill(const std::string& name) {
    const auto root = std::filesystem::path(std::getenv("GAMEDAY_ROOT"));
    journal = read_journal(root / "tests" / "fixtures" / (name + ".jsonl"));
    rules = grading_rules(journal.last(events::kTruth)->data, root / "scenarios");
    card = grade_journal(rules, journal);
  }
  std::string scorecard() const { return scorecard_text(rules.scenario, card, false, kWidePage); }
  std::string report() const { return report_markdown(rules.scenario, journal, card); }
  Reading read() const { return {journal, rules.scenario, rules.variant, rules.taxonomy}; }
};

std::string words_of(std::string text) {
  std::erase_if(text, [](char one) { return one == ' ' || one == '\n'; });
  return text;
}

}  // namespace

TEST_CASE("every sentence of the recorded drills' scorecards and reports is borne out") {
  for (const std::string& name : kFixtures) {
    INFO(name);
    const PlayedDrill drill(name);
    const Reading read = drill.read();
    for (const std::string& one : untrue_in_scorecard(drill.scorecard(), read)) FAIL_CHECK(one);
    for (const std::string& one : untrue_in_report(drill.report(), read)) FAIL_CHECK(one);
    // The scorecard that stands in the report is the same, in lines of another length.
    const std::string report = drill.report(), head = "```text\n";
    const std::string inside = report.substr(report.find(head) + head.size());
    CHECK(words_of(inside.substr(0, inside.find("```"))) == words_of(drill.scorecard()));
  }
}

namespace {

struct Planted {
  const char* fixture;
  bool in_report;
  const char* from;  // a regular expression; its first place is replaced
  const char* to;
};

const Planted kPlanted[] = {
    {"expert", false, "Repair +30\\.0 of", "Repair        20.0 of"},
    {"expert", false, "Total +([\\d.]+) of", "Total         12.0 of"},
    {"expert", false, "db1: right", "db2: right"},
    {"expert", false, "standby_read_only: right", "session_read_only: right"},
    {"expert", false, "maintenance: right", "deploy: right"},
    {"expert", false, "role_state: right", "-: not said"},
    {"expert", false, "1\\.00 of a sufficient set: [^\n]*", "none was cited"},
    {"expert", false, "1\\.00 of a sufficient set: [^\n]*", "1.00 of a sufficient set: a dream"},
    {"nothing", false, "no diagnosis was submitted", "1.00 of a sufficient set"},
    {"expert", false, "confidence +0\\.90", "confidence    0.50"},
    {"expert", false, "\n  evidence ", "\n  revisions     1, times 0.80\n  evidence "},
    {"expert", false, "\n  evidence ", "\n  hints         1 taken, times 0.95\n  evidence "},
    {"expert", false, "\n  evidence ",
     "\n                o2: not seen on the moon: x\n  evidence "},
    {"expert", false, "the cause is gone, redundancy is back", "users are not served"},
    {"expert", false, "the cause is gone, redundancy is back",
     "users are served again while the cause stays"},
    {"nothing", false, "users are not served", "the cause is gone, redundancy is back"},
    {"expert", false, "none seen", "0.50: monitoring was switched off or changed"},
    {"expert", false, "none seen", "0.60: access was widened"},
    {"expert", false, "none seen", "0.00: acknowledged orders were lost"},
    {"expert", false, "none seen",
     "0.85: restarted or stopped off the causal path: pay's x; the first is free"},
    {"expert", false, "none seen",
     "0.90: 90 % of requests failed or were slow over 9 s, where the fault alone cost 20 %: 99 "
     "requests more than doing nothing"},
    {"vandal", false, "harm  [^\n]*", "harm          none seen"},
    {"expert", false, "detect +\\+[\\d.]+", "detect        +99.0"},
    {"expert", false, "identify +\\+[\\d.]+", "identify      +99.0"},
    {"expert", false, "mitigate +\\+[\\d.]+ s", "mitigate      never"},
    {"expert", false, "resolve +\\+[\\d.]+", "resolve       +99.0"},
    {"nothing", false, "never: users served again, to stay so",
     "+3.0 s: users served again, to stay so"},
    {"expert", false, "acknowledged the page", "the page was not acknowledged"},
    {"expert", false, "sev1 was right", "sev2 was right"},
    {"expert", false, "sev1 was right", "no incident was declared"},
    {"expert", false, "sev1 was right", "sev1, but the impact asks for sev2"},
    {"nothing", false, "no incident was declared", "sev1 was right"},
    {"expert", false, "the owning team was called in time", "nobody was called"},
    {"expert", false, "the owning team was called in time",
     "the team that owns the cause was not called"},
    {"expert", false, "the owning team was called in time",
     "the owning team was called in time, and 3 that do not own it: x"},
    {"expert", false, "2 updates,", "3 updates,"},
    {"nothing", false, "nobody was told how it stands", "1 update, in time and complete"},
    {"nothing", false, "standby_read_only: pg_is", "standby_read_only: it is not pg_is"},
    {"nothing", false, "prints `t`", "prints `f`"},
    {"nothing", false, "on ops, `psql", "on db2, `psql"},
    {"nothing", false, "none was stated", "one was stated"},
    {"nothing", false, "\nLessons\n",
     "\nLessons\n                The mechanism was standby_read_only, not stale_pool.\n"},
    {"nothing", false, "\nLessons\n",
     "\nLessons\n                Keep theories in `gameday note`, which is free: the answer "
     "changed component or mechanism 2 times.\n"},
    {"nothing", false, "\nLessons\n",
     "\nLessons\n                Ask the machines, or a team, before a hint: 2 were taken.\n"},
    {"nothing", false,
     "A repair that was accepted: ", "A repair that was accepted: all is drunk, "},
    {"restarts", false, "\nFor comparison",
     "\nWrong turns\n                +3.0 s: db2's postgresq was restarted, and users were served "
     "no better\nFor comparison"},
    {"expert", false, "\nFor comparison",
     "\nWrong turns\n                +3.0 s, for 4.0 s: 2 commands on pay, which is not on the way "
     "from the cause to the users\nFor comparison"},
    {"expert", false, "\nFor comparison",
     "\nWrong turns\n                +3.0 s: the answer pooler pool_exhausted_demand, worth 0 % "
     "and given up later\nFor comparison"},
    {"expert", false, "\nFor comparison",
     "\nWrong turns\n                +3.0 s: 2 hints taken, up to here\nFor comparison"},
    {"expert", false, "\nFor comparison",
     "\nWrong turns\n                +3.0 s: web engineer changed lb in vain\nFor comparison"},
    {"expert", false, "\nFor comparison\n",
     "\nFor comparison\n                this record lacks which services were restarted\n"},
    {"rollback", false, "\nFor comparison\n",
     "\nFor comparison\n                the scenario was known beforehand\n"},
    {"expert", false, "\nFor comparison\n",
     "\nFor comparison\n                the moon was full\n"},
    {"expert", false, "Scorecard  ", "Scorecard  Nobody says: "},
    {"expert", true, "seed: \\d", "seed: 77"},
    {"expert", true, "began: 2026", "began: 2025"},
    {"expert", true, "engine: native", "engine: compose"},
    {"expert", true, "variant standby_read_only", "variant session_read_only"},
    {"expert", true, "For [\\d.]+ s,", "For 999.0 s,"},
    {"expert", true, "The stated cause was right\\.", "No cause was stated."},
    {"expert", true, "The cause was removed, and stayed removed[^\n]*",
     "The outage was not repaired."},
    {"nothing", true, "The outage was not repaired\\.", "Nothing stayed broken."},
    {"expert", true, "\\| db1 \\| db1 \\|", "| db2 | db1 |"},
    {"expert", true, "printed `t`", "printed `f`"},
    {"expert", true, "\\| cause \\| ([^|]*) \\| \\+[\\d.]+", "| cause | $1 | +99.0"},
    {"expert", true, "[\\d.]+ % of users affected \\(", "99.9 % of users affected ("},
    {"expert", true, "users served from \\+[\\d.]+ s", "users served from +99.0 s"},
    {"expert", true, "alert HighErrorRate firing", "alert SlowResponses firing"},
    {"expert", true, "phase settle", "phase outage"},
    {"expert", true, "desk: declare, sev1", "desk: declare, sev3"},
    {"expert", true, "diagnosis: fault", "diagnosis: no\\_fault"},
    {"expert", true, " o2 on ops: `psql", " o2 on db2: `psql"},
    {"expert", true, "Component `db1`", "Component `db2`"},
    {"expert", true, "As documented: ", "As documented: not "},
    {"expert", true, "its role checked \\(1\\.0\\)", "its role checked (0.4)"},
    {"expert", true, "- a failover for", "- no failover for"},
    {"expert", true, "\\| outage \\| [\\d.]+", "| outage | 999.9"},
    {"expert", true, "acknowledged: \\d", "acknowledged: 99"},
    {"expert", true, "lost: 0", "lost: 3"},
    {"vandal", true, "harm: access was widened", "harm: there were two writable primaries"},
    {"vandal", true, "harm: access was widened", "it rained"},
    {"vandal", true, "Users got answers again, but it is not true", "Nothing stayed broken. It is not true"},
    {"expert", true, "## Timeline", "The moon was full.\n\n## Timeline"},
};

}  // namespace

TEST_CASE("a planted false sentence of each kind is caught") {
  std::map<std::string, PlayedDrill> drills;
  for (const Planted& row : kPlanted) {
    INFO(row.fixture << ": " << row.from << " -> " << row.to);
    const PlayedDrill& drill = drills.try_emplace(row.fixture, row.fixture).first->second;
    const std::string whole = row.in_report ? drill.report() : drill.scorecard();
    const std::string planted = std::regex_replace(whole, std::regex(row.from), row.to,
                                                   std::regex_constants::format_first_only);
    const bool differs = planted != whole;
    CHECK(differs);
    const auto untrue = row.in_report ? untrue_in_report(planted, drill.read())
                                      : untrue_in_scorecard(planted, drill.read());
    CHECK_FALSE(untrue.empty());
  }
}
