// What the other teams say on a real stack: healthy before, true while something is broken.
#include "drill/oncall/teams.hpp"
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

std::map<std::string, std::string> ask_all(Conductor& conductor,
                                           const std::filesystem::path& folder,
                                           const std::vector<std::string>& teams) {
  const auto answers = [&] {
    std::vector<Event> found;
    for (const Event& event : read_journal(folder / "journal.jsonl").events) {
      if (event.kind == events::kAnswer) found.push_back(event);
    }
    return found;
  };
  const size_t before = answers().size();
  for (const std::string& team : teams) {
    conductor.journal().append(events::kDesk, {{"verb", "escalate"}, {"team", team}});
  }
  // Each acknowledges and reports.
  REQUIRE(eventually(60s, [&] { return answers().size() == before + 2 * teams.size(); }));
  std::map<std::string, std::string> said;
  for (const Event& event : answers()) {
    said[string_or(event.data, "team", "")] = string_or(event.data, "text", "");
  }
  return said;
}

}  // namespace

TEST_CASE("teams report what their hosts really show, before and while something is broken") {
  const std::vector<std::string> all = {"platform", "network", "database", "application"};
  const std::vector<Scenario> catalogue = load_catalogue(project_root() / "scenarios");
  const Scenario& scenario = find_scenario(catalogue, "read-only-primary");
  LightDrill drill(scenario, scenario.variants.front());
  Conductor& conductor = drill.conductor;
  Teams teams(TeamsSetup{conductor.journal(), conductor.sandbox(), 1, 0.001});
  conductor.set_listener([&teams](const Event& event) { teams.take(event); });
  teams.learn_normal();
  auto said = ask_all(conductor, drill.folder.path, all);
  for (const auto& [team, text] : said) {
    INFO(team << ": " << text);
    CHECK(text.rfind("Our part is healthy: ", 0) == 0);
  }

  conductor.break_it();
  REQUIRE_FALSE(conductor.voided());
  // The scripts' own waits let the failing orders reach the logs.
  said = ask_all(conductor, drill.folder.path, all);
  for (const auto& [team, text] : said) UNSCOPED_INFO(team << ": " << text);
  CHECK_THAT(said["database"], Catch::Contains("db1 says that it is in recovery: yes, normally no"));
  CHECK_THAT(said["database"], Catch::Contains("The service postgresql on db1 was started again at "));
  CHECK(said["application"].find("cannot execute INSERT in a read-only transaction") !=
        std::string::npos);
  CHECK(said["network"].rfind("Our part is healthy: ", 0) == 0);
  for (const auto& [team, text] : said) {
    for (const Variant& variant : scenario.variants) {
      CHECK(text.find(variant.truth.mechanism) == std::string::npos);
    }
    CHECK(text.find(scenario.id) == std::string::npos);
  }
  teams.stop();
  conductor.set_listener(nullptr);
  conductor.down();
  CHECK(conductor.sandbox().residue().empty());
}
