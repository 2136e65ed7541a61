#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
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

// A scenario file of its own that goes with the object.
struct File {
  TemporaryFolder folder;
  const std::filesystem::path path = folder.path / "small.yaml";
  explicit File(const std::string& text) { std::ofstream(path) << text; }
};

Taxonomy taxonomy() { return load_taxonomy(scenarios_folder() / "taxonomy.yaml"); }

const char* const kDrawing = R"(id: small
ticket: The shop is slow
alerts: documented
probe: write
draws:
  server: [db1, db2]
  factor: [1.05, 1.1]
  at: ["12:30", "12:31"]
documented:
  source: nowhere
  impact: some users
  window: {start: "13:00", end: "14:30"}
  root_cause: a role
  timeline:
    - {at: "13:12", event: detected, text: an alert}
load: {users: 2000}
timeline:
  - {at: "${at}", change: "${server}: maintenance, $${not_drawn}"}
  - {at: "12:40", decoy: traffic, target: clients, factor: "${factor}"}
twin:
  ticket: It felt slow
  evidence: [{name: fine, all: [{command: curl}]}]
variants:
  - id: one
    timeline: [{at: "12:35", fault: standby_read_only, target: "${server}"}]
    truth:
      component: "${server}"
      class: role_state
      mechanism: standby_read_only
      trigger: maintenance
      equivalents: {class: [configuration]}
      causal_path: {"${server}": 1}
    evidence: [{name: asked, all: [{command: "psql.*${server}", output: t}]}]
    repairs: [{id: promote, text: promote, target: "${server}", commands: [promote], rung: 1.0}]
    hints: [{price: 0.4, text: "the answer: ${server}"}]
escalation: {right_teams: [database], within_minutes: 15, severities: [sev1]}
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string message_of(const std::string& text) {
  const File file(text);
  try {
    load_every_draw(file.path, taxonomy());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kUsage);
    return std::string(error.what()).substr(file.path.parent_path().string().size() + 1);
  }
  return "";
}

}  // namespace

TEST_CASE("a seed draws one value everywhere, and the truth follows it") {
  const File file(kDrawing);
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario scenario = load_scenario(file.path, taxonomy(), seed);
    const Variant& variant = scenario.variants.front();
    const std::string server = scenario.draws.at(0).drawn;
    seen.insert(server + scenario.draws.at(1).drawn + scenario.draws.at(2).drawn);
    CHECK(variant.truth.component == server);
    CHECK(variant.truth.causal_path.count(server) == 1);
    CHECK(variant.timeline.at(0).change == server + ": maintenance, ${not_drawn}");
    CHECK(variant.timeline.at(0).at.text == scenario.draws.at(2).drawn);
    CHECK(variant.timeline.at(1).target == server);
    CHECK(variant.timeline.at(2).parameters.at("factor") == scenario.draws.at(1).drawn);
    CHECK(variant.evidence.at(0).all.at(0).command == "psql.*" + server);
    CHECK(variant.repairs.at(0).steps.at(0).target == server);
    CHECK(variant.hints.at(0).text == "the answer: " + server);
    const Scenario again = load_scenario(file.path, taxonomy(), seed);
    for (size_t i = 0; i < scenario.draws.size(); ++i) {
      CHECK(again.draws[i].drawn == scenario.draws[i].drawn);
    }
  }
  CHECK(seen.size() >= 5);
}

TEST_CASE("draws are independent of one another and evenly spread") {
  int both = 0, first = 0, second = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const bool a = draw_index(seed, "release", 2) == 0, b = draw_index(seed, "factor", 2) == 0;
    first += a;
    second += b;
    both += a && b;
  }
  CHECK(std::abs(first - 500) < 60);
  CHECK(std::abs(second - 500) < 60);
  CHECK(std::abs(both - 250) < 50);
}

TEST_CASE("a check loads every combination and says with which values an error appears") {
  CHECK(message_of(kDrawing).empty());
  const File file(kDrawing);
  const auto all = load_every_draw(file.path, taxonomy());
  CHECK(all.size() == 8);
  CHECK(all.front().draws.at(0).drawn == "db1");
  // Only the second value of a draw is wrong; most seeds would not show it.
  CHECK_THAT(message_of(with(kDrawing, "\"12:31\"]", "\"12:41\"]")),
             Catch::Contains("timeline[1].at: earlier than the entry before it (12:41)") &&
                 Catch::EndsWith("(drawn: server=db1, factor=1.05, at=12:41)"));
  CHECK_THAT(message_of(with(kDrawing, "[db1, db2]", "[db1, db9]")),
             Catch::Contains("truth.component: unknown component `db9`") ||
                 Catch::Contains("unknown component `db9`"));
}

TEST_CASE("a wrong draw or reference is named with file, line and column") {
  struct Case {
    std::string from, to, message;
  };
  const std::vector<Case> cases = {
      {"the answer: ${server}", "the answer: ${sever}",
       "small.yaml:35:32: variants[0].hints[0].text: nothing is drawn as `sever`: did you mean "
       "`server`?"},
      {"$${not_drawn}", "${HOME}", "nothing is drawn as `HOME`: write `$${` for a plain `${`"},
      {"$${not_drawn}", "${server", "timeline[0].change: `${` is not closed"},
      {"[db1, db2]", "[]", "small.yaml:6:11: draws.server: the list is empty"},
      {"[db1, db2]", "[db1, db1]", "small.yaml:6:17: draws.server[1]: the value stands twice"},
      {"[db1, db2]", "db1", "draws.server: a list is wanted"},
      {"[db1, db2]", "[db1, \"${factor}\"]", "a drawn value draws nothing itself"},
      {"  server:", "  Server-1:", "a draw's name is of lower-case letters"},
      {"id: small", "id: small-${server}", "small.yaml:1:5: id: an id is of lower-case letters"},
      {"{\"${server}\": 1}", "{\"${server}\": 1, db1: 2}", "doubled key after drawing: `db1`"},
  };
  for (const Case& one : cases) {
    INFO(one.to);
    CHECK_THAT(message_of(with(kDrawing, one.from, one.to)), Catch::Contains(one.message));
  }
  std::string many = "draws:\n  many: [0";
  for (int i = 1; i <= 60; ++i) many += ", " + std::to_string(i);
  CHECK_THAT(message_of(with(kDrawing, "draws:", many + "]")),
             Catch::Contains("draws.factor: more than 400 combinations") ||
                 Catch::Contains("draws.at: more than 400 combinations"));
}

TEST_CASE("an author is warned of a draw that nothing uses") {
  const File file(with(kDrawing, "the answer: ${server}", "the answer"));
  std::string text = with(kDrawing, "draws:", "draws:\n  idle: [a, b]\n  fixed: [a]");
  const File idle(with(text, "the answer: ${server}", "${fixed}"));
  std::set<std::string> places;
  for (const Warning& warning : check_every_draw(load_every_draw(idle.path, taxonomy()), {})) {
    if (warning.where.starts_with("draws")) places.insert(warning.where + ": " + warning.text);
  }
  CHECK(places == std::set<std::string>{"draws.fixed: one value: nothing is drawn",
                                        "draws.idle: nothing refers to it"});
}

TEST_CASE("ten seeds of the read-only primary differ in release, campaign or time, in one order") {
  std::set<std::string> plans;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::vector<Scenario> catalogue = load_catalogue(scenarios_folder(), seed);
    const Scenario& scenario = find_scenario(catalogue, "read-only-primary");
    std::string plan;
    for (const Draw& draw : scenario.draws) plan += draw.drawn + " ";
    plans.insert(plan);
    std::string kinds;
    for (const TimelineEntry& entry : scenario.variants.front().timeline) {
      if (entry.where.empty()) continue;  // everyday work, which the file does not name
      kinds += entry.change.substr(0, entry.change.find(':')) + entry.decoy + entry.fault + " ";
    }
    CHECK(kinds == "edge router db1 everyday web deploy shop traffic mon standby_read_only ");
  }
  CHECK(plans.size() >= 5);
}

TEST_CASE("what opens a drill, how old files are and which work is left out are read strictly") {
  const std::string alert = "opening: {alert: Slow, in_twin: {decoy: traffic, target: clients}}\n";
  const File file(alert + kDrawing);
  const Scenario scenario = load_scenario(file.path, taxonomy());
  CHECK(scenario.first_alert == "Slow");
  CHECK(scenario.passing.decoy == "traffic");
  CHECK(load_scenario(File(kDrawing).path, taxonomy()).first_alert.empty());
  CHECK_THAT(message_of("opening: {alert: Slow, in_twin: {change: a party}}\n" + std::string(kDrawing)),
             Catch::Contains("opening.in_twin: a `decoy` is wanted"));
  CHECK_THAT(message_of("everyday: {without: [party]}\n" + std::string(kDrawing)),
             Catch::Contains("everyday.without[0]: `party` is none of maintenance "));
  CHECK_THAT(message_of(with(kDrawing, "{at: \"12:35\", fault", "{at: \"12:35\", files_at: \"12:36\", fault")),
             Catch::Contains("files_at: later than `at`"));
}

TEST_CASE("everyday work is drawn by the seed, for all variants and the twin alike") {
  const File file("everyday: {without: [remarks]}\n" + std::string(kDrawing));
  std::set<std::string> days;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Scenario scenario = load_scenario(file.path, taxonomy(), seed);
    const Variant& variant = scenario.variants.front();
    std::string day;
    int before = 0, works = 0;
    for (const TimelineEntry& entry : no_fault_twin(variant).timeline) {
      day += entry.at.text + entry.change + entry.target + "\n";
      CHECK(entry.at.minutes >= before);
      before = entry.at.minutes;
      works += entry.decoy == "everyday" ? 1 : 0;
      CHECK((entry.decoy != "everyday" || entry.parameters.at("kind") != "remarks"));
    }
    CHECK(works == 6);
    CHECK(no_fault_twin(variant).timeline.size() + 1 == variant.timeline.size());
    days.insert(day);
  }
  CHECK(days.size() == 10);
}
