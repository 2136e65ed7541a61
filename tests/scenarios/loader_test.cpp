#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/error.hpp"
#include "scenarios/scenario.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;

namespace {

std::filesystem::path scenarios_folder() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root != nullptr);
  return std::filesystem::path(root) / "scenarios";
}

// A small scenario in which everything is right. One line per key, so that places are easy to name.
const char* const kRight = R"(id: small
ticket: The shop is slow
# probe: what a user notices first
alerts: documented
probe: write
documented:
  source: nowhere
  impact: some users
  window: {start: "13:00", end: "14:30"}
  root_cause: a role
  timeline:
    - {at: "13:12", event: detected, text: an alert}
    - {at: "14:30", event: normal, text: normal}
load:
  users: 2000
  period_seconds: 15
timeline:
  - {at: "12:30", change: "db1: maintenance"}
  - {at: "12:40", decoy: deploy, target: web, release: r42}
twin:
  ticket: It felt slow
  evidence: [{name: fine, all: [{command: curl}]}]
variants:
  - id: one
    timeline: [{at: "12:35", fault: standby_read_only, target: primary}]
    truth: {component: db1, class: role_state, mechanism: standby_read_only, trigger: maintenance, equivalents: {class: [configuration]}}
    misdiagnoses: [{mechanism: session_read_only, cap: 0.77, killed_by: a look, feedback: no}]
    evidence: [{name: asked, all: [{command: pg_is_in_recovery, output: t}]}]
    repairs: [{id: promote, text: promote, target: db1, commands: [promote], rung: 1.0}]
    hints: [{price: 0.95, text: look}, {price: 0.4, text: the answer}]
responders:
  - {at: "13:15", act: inspect, who: engineer, target: lb, commands: [sv status haproxy], text: is it up, belief: {class: network_path}}
  - {at: "13:57", act: escalate, who: engineer, team: database, text: help}
  - {at: "14:00", act: repair, who: database team, using: promote, text: repaired}
escalation: {right_teams: [database], within_minutes: 15, severities: [sev1]}
)";

struct Row {
  const char* what;
  const char* from;     // this text of kRight…
  const char* to;       // …is replaced by this one
  const char* message;  // after the file's path
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string message_of(const std::filesystem::path& file) {
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  try {
    load_scenario(file, taxonomy);
  } catch (const Error& error) {
    CHECK(error.exit_code() == 2);
    return error.what();
  }
  return "";
}

const Row kRows[] = {
    {"an unknown key", "  period_seconds: 15", "  perod_seconds: 15",
     ":16:3: load.perod_seconds: unknown key: did you mean `period_seconds`?"},
    {"a key without its unit", "  period_seconds: 15", "  period: 15",
     ":16:3: load.period: unknown key: did you mean `period_seconds`?"},
    {"a unit in the value", "  period_seconds: 15", "  period_seconds: 15s",
     ":16:19: load.period_seconds: a number is wanted, not `15s`"},
    {"another unit's value", "  period_seconds: 15", "  period_seconds: 15000",
     ":16:19: load.period_seconds: must be between 1 and 600: `15000`"},
    {"a prevention of nothing", "  root_cause: a role", "  root_cause: a role\n  prevention: []",
     ":11:15: documented.prevention: the list is empty"},
    {"a look that tells only some fields", "    repairs: [",
     "    told_by: [{fields: [class], on: db1, command: ls, prints: x, because: y}]\n    repairs: [",
     "variants[0].told_by: no look tells the component"},
    {"a look that tells what nobody asks", "    repairs: [",
     "    told_by: [{fields: [why], on: db1, command: ls, prints: x, because: y}]\n    repairs: [",
     "variants[0].told_by[0].fields[0]: `why` is none of component class mechanism trigger"},
    {"a look that prints nothing", "    repairs: [",
     "    told_by: [{fields: [class], on: db1, command: ls, prints: \"\", because: y}]\n    repairs: [",
     "variants[0].told_by[0].prints: must not be empty"},
    {"an octal number", "users: 2000", "users: 02000",
     ":15:10: load.users: a number does not begin with 0: `02000`"},
    {"a share above one", "  users: 2000", "  writers: 55",
     ":15:12: load.writers: must be between 0 and 1: `55`"},
    {"an assumption without its reason", "  users: 2000", "  visiting_share: 0.8",
     ":15:3: load: a visiting_share below 1 is an assumption: give visiting_share_reason"},
    {"a doubled key", "ticket: The shop is slow", "id: again",
     ":2:1: id: doubled key: it stands already in line 1"},
    {"a missing key", "probe: write\n", "", ":1:1: document: the key `probe` is missing"},
    {"an empty ticket", "The shop is slow", "\"\"", ":2:9: ticket: must not be empty"},
    {"an id with blanks", "id: small", "id: Small One",
     ":1:5: id: an id is of lower-case letters, digits and hyphens"},
    {"an unknown mechanism", "fault: standby_read_only", "fault: standby_readonly",
     ":25:37: variants[0].timeline[0].fault: unknown mechanism `standby_readonly`: did you mean "
     "`standby_read_only`?"},
    {"a synonym where the name belongs", "component: db1", "component: primary",
     ":26:24: variants[0].truth.component: unknown component `primary`: did you mean `db1`?"},
    {"an unknown class", "class: role_state", "class: bad_luck",
     ":26:36: variants[0].truth.class: unknown class `bad_luck`: one of availability role_state"},
    {"an unknown trigger", "trigger: maintenance", "trigger: moon",
     ":26:87: variants[0].truth.trigger: unknown trigger `moon`: one of maintenance"},
    {"an unknown equivalent", "{class: [configuration]}", "{class: [config]}",
     "variants[0].truth.equivalents.class[0]: unknown class `config`"},
    {"equivalents of an unknown field", "{class: [configuration]}", "{clas: [configuration]}",
     "variants[0].truth.equivalents.clas: unknown key: did you mean `class`?"},
    {"an unknown team", "team: database", "team: datebase",
     ":33:55: responders[1].team: unknown team `datebase`: did you mean `database`?"},
    {"an unknown decoy", "decoy: deploy", "decoy: deploi",
     ":19:26: timeline[1].decoy: unknown decoy `deploi`: did you mean `deploy`?"},
    {"an unknown target", "target: primary", "target: db9",
     "variants[0].timeline[0].target: unknown component `db9`"},
    {"a fault without target", ", target: primary", "",
     ":25:16: variants[0].timeline[0]: a fault needs a `target`"},
    {"a mistyped key of an entry that does nothing", "change: \"db1: maintenance\"",
     "chnage: \"db1: maintenance\"",
     ":18:19: timeline[0].chnage: unknown key: did you mean `change`?"},
    {"two things in one entry", "change: \"db1: maintenance\"",
     "change: \"db1: maintenance\", decoy: deploy",
     ":18:5: timeline[0]: exactly one of `change`, `decoy` and `fault` is wanted"},
    {"a truth that nothing injects", "mechanism: standby_read_only,", "mechanism: wrong_route,",
     ":26:12: variants[0].truth: the mechanism `wrong_route` is no fault of the timeline"},
    {"a repair that is not there", "using: promote", "using: promot",
     "responders[2].using: no repair of the first variant has the id `promot`: did you mean "
     "`promote`?"},
    {"no time", "at: \"12:30\"", "at: noon",
     ":18:10: timeline[0].at: a time reads HH:MM, not `noon`"},
    {"a time that is none", "at: \"12:30\"", "at: \"12:60\"",
     ":18:10: timeline[0].at: no such time: `12:60`"},
    {"a timeline out of order", "at: \"12:40\"", "at: \"12:20\"",
     ":19:10: timeline[1].at: earlier than the entry before it (12:30)"},
    {"acts out of order", "at: \"13:57\"", "at: \"13:05\"",
     ":33:10: responders[1].at: earlier than the act before it"},
    {"documented events out of order", "at: \"14:30\", event", "at: \"12:00\", event",
     ":13:12: documented.timeline[1].at: earlier than the entry before it"},
    {"a window that ends before it starts", "end: \"14:30\"}", "end: \"12:30\"}",
     "documented.window.end: not later than the start"},
    {"an unknown documented event", "event: detected", "event: noticed",
     "documented.timeline[0].event: `noticed` is none of maintenance"},
    {"a broken pattern", "output: t}", "output: \"(\"}",
     "variants[0].evidence[0].all[0].output: not a regular expression"},
    {"a pattern that no line can match", "output: t}", "output: \"^t$x\"}",
     "variants[0].evidence[0].all[0].output: no line can match it: something must stand before"},
    {"evidence that anything satisfies", "{command: pg_is_in_recovery, output: t}", "{host: db1}",
     "variants[0].evidence[0].all[0]: a predicate needs `command` or `output`"},
    {"a misdiagnosis of the truth", "{mechanism: session_read_only, cap",
     "{class: configuration, cap",
     "variants[0]: a misdiagnosis matches the right answer: no"},
    {"a misdiagnosis without pattern", "{mechanism: session_read_only, cap", "{cap",
     "variants[0].misdiagnoses[0]: `component`, `class` or `mechanism` is wanted"},
    {"a cap above one", "cap: 0.77", "cap: 77",
     "variants[0].misdiagnoses[0].cap: must be between 0 and 1: `77`"},
    {"hints that grow dearer backwards", "{price: 0.4,", "{price: 0.99,",
     "variants[0].hints[1].price: each hint leaves less than the one before"},
    {"a service that a repair restarts and does not list", "commands: [promote]",
     "commands: [sv -w 15 restart postgresql]",
     "variants[0].repairs[0].commands: `restarts` does not list `postgresql`"},
    {"a rung that the ladder does not have", "rung: 1.0", "rung: 0.5",
     "variants[0].repairs[0].rung: must be 0.4, 0.7 or 1.0"},
    {"an act that nobody knows", "act: inspect", "act: stare",
     "responders[0].act: `stare` is none of ack declare inspect"},
    {"a declaration of nothing", "act: escalate, who: engineer, team: database",
     "act: declare, who: engineer", "responders[1]: the key `severity` is missing"},
    {"a severity that is none", "act: escalate, who: engineer, team: database",
     "act: declare, who: engineer, severity: sev9",
     "responders[1].severity: unknown severity `sev9`"},
    {"a severity of what declares none", "team: database, text", "team: database, severity: sev1, text",
     "responders[1].severity: only to declare takes one"},
    {"a promise of what is no update", "team: database, text",
     "team: database, next_minutes: 15, text",
     "responders[1].next_minutes: only an update promises the next"},
    {"a probe that nothing carries out", "probe: write", "probe: any",
     ":5:8: probe: `any` is none of write read"},
    {"an inspection of nothing", ", commands: [sv status haproxy]", "",
     ":32:5: responders[0]: to inspect takes `target` and `commands`"},
    {"an unknown severity", "severities: [sev1]", "severities: [sev9]",
     "escalation.severities[0]: unknown severity `sev9`"},
    {"a map where a list belongs", "right_teams: [database]", "right_teams: {database: 1}",
     "escalation.right_teams: a list is wanted, not a map"},
    {"a tab", "  users: 2000", "\tusers: 2000", ":"},
    {"no variants", "variants:\n  - id: one", "variants: []\nx:\n  - id: one",
     ":24:1: x: unknown key"},
};

}  // namespace

TEST_CASE("a right scenario loads, with what variants share in each of them") {
  const TemporaryFolder folder;
  std::ofstream(folder.path / "small.yaml") << kRight;
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  const Scenario scenario = load_scenario(folder.path / "small.yaml", taxonomy);
  CHECK(scenario.id == "small");
  CHECK(scenario.documented.start.minutes == 13 * 60);
  REQUIRE(scenario.variants.size() == 1);
  const Variant& variant = scenario.variants[0];
  REQUIRE(variant.timeline.size() == 3);
  CHECK(variant.timeline[0].change == "db1: maintenance");
  CHECK(variant.timeline[1].fault == "standby_read_only");
  CHECK(variant.timeline[2].parameters.at("release") == "r42");
  CHECK(scenario.responders[0].belief_class == "network_path");
  CHECK(scenario.escalation.update_every_minutes == Approx(30));
}

TEST_CASE("every mistake in a scenario is named with file, line, column, key and why") {
  const TemporaryFolder folder;
  const auto file = folder.path / "small.yaml";
  for (const Row& row : kRows) {
    INFO(row.what);
    std::ofstream(file) << replaced(kRight, row.from, row.to);
    const std::string message = message_of(file);
    CHECK_THAT(message, Catch::StartsWith(file.string() + ":"));
    CHECK_THAT(message, Catch::Contains(row.message));
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("a missing scenario file and a missing taxonomy are said so") {
  const TemporaryFolder folder;
  CHECK_THAT(message_of(folder.path / "none.yaml"),
             Catch::EndsWith("none.yaml: cannot read the file: is it there?"));
  std::ofstream(folder.path / "small.yaml") << kRight;
  CHECK_THROWS_WITH(load_scenario(folder.path / "small.yaml"),
                    Catch::Contains("taxonomy.yaml: cannot read the file"));
  CHECK_THROWS_WITH(load_catalogue(folder.path / "nowhere"),
                    Catch::Contains("scenarios: cannot read the folder"));
}

TEST_CASE("cutting a scenario off anywhere ends in an error or a scenario, never in a crash") {
  const TemporaryFolder folder;
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  std::ifstream stream(scenarios_folder() / "read-only-primary.yaml");
  std::stringstream whole;
  whole << stream.rdbuf();
  const std::string text = whole.str();
  REQUIRE(text.size() > 1000);
  const auto file = folder.path / "cut.yaml";
  int refused = 0;
  for (size_t length = 0; length < text.size(); length += 211) {
    std::ofstream(file) << text.substr(0, length);
    try {
      load_scenario(file, taxonomy);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 50);
}

TEST_CASE("hours beyond midnight go on, and are shown as the next day's") {
  const TemporaryFolder folder;
  const auto file = folder.path / "small.yaml";
  std::ofstream(file) << replaced(kRight, "end: \"14:30\"}", "end: \"27:05\"}");
  const Scenario scenario =
      load_scenario(file, load_taxonomy(scenarios_folder() / "taxonomy.yaml"));
  CHECK(scenario.documented.end.minutes == 27 * 60 + 5);
  CHECK(scenario.documented.end.text == "03:05+1");
}
