#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

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

}  // namespace

TEST_CASE("the taxonomy has a line of help for every value and a difference for every mechanism") {
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  for (const char* field :
       {"verdict", "component", "class", "mechanism", "trigger", "decoy", "team", "severity"}) {
    CHECK_FALSE(taxonomy.values(field).empty());
    for (const TaxonomyValue& value : taxonomy.values(field)) {
      INFO(value.name);
      CHECK_FALSE(value.help.empty());
      CHECK(value.help.find('\n') == std::string::npos);
      CHECK(taxonomy.canonical(field, value.name) == value.name);
    }
  }
  for (const TaxonomyValue& value : taxonomy.mechanisms) CHECK_FALSE(value.tells.empty());
  CHECK_FALSE(taxonomy.catalogue.name.empty());
  CHECK_THROWS_AS(taxonomy.values("colour"), Error);
}

TEST_CASE("the mechanisms hold at least six that no scenario draws, and older versions know none") {
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  std::set<std::string> drawn;
  for (const Scenario& scenario : load_catalogue(scenarios_folder())) {
    for (const Variant& variant : scenario.variants) {
      drawn.insert(variant.truth.mechanism);
      drawn.insert(variant.truth.also.begin(), variant.truth.also.end());
      for (const Misdiagnosis& wrong : variant.misdiagnoses) drawn.insert(wrong.mechanism);
    }
  }
  size_t never = 0;
  for (const TaxonomyValue& value : taxonomy.mechanisms) {
    INFO(value.name);
    CHECK((value.since.empty() || !drawn.contains(value.name)));
    never += drawn.contains(value.name) ? 0 : 1;
  }
  CHECK(never >= 6);
  // The lists of a version that drills were recorded under never change: a new mechanism says `since`.
  const std::vector<std::string> always = {
      "standby_read_only",        "session_read_only",   "stale_pool",           "client_auth_reject",
      "privilege_or_search_path", "listen_or_port",      "timeout_too_low",      "pool_exhausted_demand",
      "pool_exhausted_hold_time", "pool_exhausted_leak", "pool_exhausted_limit", "lock_contention",
      "wrong_route",              "firewall_drop",       "firewall_reject"};
  CHECK(taxonomy.as_of("4")->names("mechanism") == always);
}

TEST_CASE("letter case, blanks, hyphens and synonyms do not change a value") {
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  for (const char* word : {"db1", "DB1", " primary ", "Master", "server three", "Server-Three"}) {
    INFO(word);
    CHECK(taxonomy.canonical("component", word) == "db1");
  }
  CHECK(taxonomy.canonical("mechanism", "Standby Read-Only") == "standby_read_only");
  CHECK(taxonomy.canonical("trigger", "Routine maintenance") == "maintenance");
  CHECK(taxonomy.canonical("mechanism", "bad luck").empty());
  CHECK(taxonomy.canonical("mechanism", "").empty());
}

TEST_CASE("a broken taxonomy is named with file, line and column") {
  const TemporaryFolder folder;
  const auto file = folder.path / "taxonomy.yaml";
  const auto catalogue = [](const std::string& versions, const std::string& version) {
    return "catalogue: {version: \"" + version + "\", unnamed: \"1\", time_box_seconds: 60, "
           "versions: [" + versions + "]}\n";
  };
  const std::string first = "{name: \"1\", constant_answer: 0.31, harm: []}";
  const auto fails_with = [&file](const std::string& text, const std::string& why) {
    std::ofstream(file) << text;
    CHECK_THROWS_WITH(load_taxonomy(file), Catch::Contains(why));
  };
  fails_with(catalogue(first, "1") + "verdicts: {fault: x, Fault: y}\n",
             ":2:29: verdicts.Fault: `Fault` must be");
  fails_with(catalogue("{name: \"1\", constant_answer: 31, harm: []}", "1"),
             "catalogue.versions[0].constant_answer: must be between 0 and 0.9");
  fails_with(catalogue(first + ", " + first, "1"), "`1` stands twice");
  fails_with(catalogue(first, "2"), "catalogue.version: must be the name of one");
  fails_with(catalogue("{name: \"1\", constant_answer: 0, harm: [luck]}", "1"),
             "must be one of restarts, budget");
  std::string whole;
  std::getline(std::ifstream(scenarios_folder() / "taxonomy.yaml"), whole, '\0');
  fails_with(std::regex_replace(whole, std::regex("since: \"5\""), "since: \"77\""),
             "since: no catalogue version has this name");
}

TEST_CASE("expert runs name a scenario of the catalogue and a version that exists") {
  const Taxonomy taxonomy = load_taxonomy(scenarios_folder() / "taxonomy.yaml");
  for (const ExpertRun& run : taxonomy.expert_runs) {
    CHECK_NOTHROW(find_scenario(load_catalogue(scenarios_folder()), run.scenario));
  }
  const TemporaryFolder temporary;
  const auto& folder = temporary.path;
  std::filesystem::copy(scenarios_folder() / "taxonomy.yaml", folder / "taxonomy.yaml");
  const std::string run = "{scenario: x, date: \"1\", by: a, detect: 1, identify: 2, mitigate: 3, ";
  std::ofstream(folder / "par.yaml") << "runs: [" + run + "resolve: 4, from: \"3\"}]\n";
  CHECK(load_taxonomy(folder / "taxonomy.yaml").expert_runs.at(0).resolve == 4);
  std::ofstream(folder / "par.yaml") << "runs: [" + run + "resolve: 4, from: \"77\"}]\n";
  CHECK_THROWS_WITH(load_taxonomy(folder / "taxonomy.yaml"),
                    Catch::Contains("from: no catalogue version has this name"));
}

TEST_CASE("every scenario of the catalogue loads without a warning") {
  const std::vector<Scenario> catalogue = load_catalogue(scenarios_folder());
  REQUIRE_FALSE(catalogue.empty());
  for (const Scenario& scenario : catalogue) {
    const auto draws = load_every_draw(
        scenario.file, load_taxonomy(scenarios_folder() / "taxonomy.yaml"));
    for (const Warning& warning : check_every_draw(draws, {})) {
      FAIL_CHECK(scenario.id + ": " + warning.where + ": " + warning.text);
    }
    CHECK(scenario.file.stem().string() == scenario.id);
    CHECK(scenario.documented.prevention.size() >= 5);
    for (const Variant& variant : scenario.variants) {
      CHECK_FALSE(variant.told_by.empty());
      CHECK_FALSE(no_fault_twin(variant).told_by.empty());
    }
  }
  CHECK(find_scenario(catalogue, "read-only-primary").id == "read-only-primary");
  CHECK_THROWS_WITH(find_scenario(catalogue, "read-only-primry"),
                    Catch::Contains("did you mean read-only-primary?"));
  CHECK(symptoms(catalogue).size() == catalogue.size());
}

TEST_CASE("an author is warned of what a scenario lacks and of what gives its cause away") {
  Scenario scenario = find_scenario(load_catalogue(scenarios_folder()), "read-only-primary");
  scenario.ticket = "The database is read-only";
  scenario.distractors.clear();
  scenario.variants[0].hints[0].text = "It is standby read only";
  scenario.variants[0].repairs.clear();
  std::erase_if(scenario.variants[1].timeline,
                [](const TimelineEntry& entry) { return !entry.decoy.empty(); });
  std::set<std::string> places;
  for (const Warning& warning : check_scenario(scenario, {"read-only"})) places.insert(warning.where);
  CHECK(places == std::set<std::string>{"ticket", "distractors", "variants[0].hints[0]",
                                        "variants[0].repairs", "variants[1].timeline"});
}

TEST_CASE("the documented facts of the read-only primary are carried") {
  const Scenario scenario =
      find_scenario(load_catalogue(scenarios_folder()), "read-only-primary");
  CHECK(scenario.documented.start.text == "13:00");
  CHECK(scenario.documented.end.text == "14:30");
  CHECK(scenario.documented.users_affected_percent == 62);
  CHECK(scenario.documented.note.find("EST") != std::string::npos);
  std::vector<std::string> moments;
  for (const DocumentedEvent& event : scenario.documented.timeline) {
    moments.push_back(event.at.text + " " + event.event);
  }
  CHECK(moments == std::vector<std::string>{"12:30 maintenance", "13:00 started", "13:12 detected",
                                            "13:15 investigation", "13:15 wrong_turn",
                                            "13:55 cause_found", "13:57 escalated",
                                            "14:00 repaired", "14:30 normal"});
  CHECK(scenario.variants[0].truth.mechanism == "standby_read_only");
  CHECK(scenario.variants[1].truth.mechanism == "session_read_only");
  CHECK(scenario.responders.front().act == "ack");
  CHECK(scenario.responders[1].target == "lb");
  CHECK(scenario.responders.back().act == "repair");
  CHECK(scenario.load.users == 2000);
  CHECK(scenario.load.writers == Approx(0.55));
}

TEST_CASE("the change log is the same whatever broke, so that it cannot tell") {
  const auto changes = [](const Variant& variant) {
    std::vector<std::string> lines;
    for (const TimelineEntry& entry : variant.timeline) {
      if (!entry.change.empty()) lines.push_back(entry.at.text + " " + entry.change);
    }
    return lines;
  };
  for (const Scenario& scenario : load_catalogue(scenarios_folder())) {
    INFO(scenario.id);
    const std::vector<std::string> lines = changes(scenario.variants.front());
    CHECK(lines.size() >= 4);
    for (const Variant& variant : scenario.variants) {
      CHECK(changes(variant) == lines);
      CHECK(changes(no_fault_twin(variant)) == lines);
    }
  }
}

TEST_CASE("ten seeds of each scenario give at least two truths, and the same seed the same one") {
  // Who answers with one of them is not credited with the other.
  const auto truths = [] {
    std::map<std::string, std::vector<std::string>> of_scenario;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      for (const Scenario& scenario : load_catalogue(scenarios_folder(), seed)) {
        const Truth& truth = draw_variant(scenario, seed).truth;
        std::string text = truth.mechanism;
        for (const std::string& part : truth.also) text += "+" + part;
        of_scenario[scenario.id].push_back(truth.component + " " + text);
      }
    }
    return of_scenario;
  };
  const auto drawn = truths();
  CHECK(drawn.size() >= 5);
  for (const auto& [id, of_seeds] : drawn) {
    INFO(id);
    CHECK(std::set<std::string>(of_seeds.begin(), of_seeds.end()).size() >= 2);
  }
  CHECK(truths() == drawn);
}

TEST_CASE("a twin keeps changes and decoys and has no fault and no truth") {
  const Scenario scenario =
      find_scenario(load_catalogue(scenarios_folder()), "read-only-primary");
  for (const Variant& variant : scenario.variants) {
    const Variant twin = no_fault_twin(variant);
    CHECK(twin.id == variant.id);
    CHECK(twin.fault_free());
    CHECK_FALSE(variant.fault_free());
    CHECK(twin.timeline.size() + 1 == variant.timeline.size());
    for (const TimelineEntry& entry : twin.timeline) CHECK(entry.fault.empty());
    CHECK(std::any_of(twin.timeline.begin(), twin.timeline.end(),
                      [](const TimelineEntry& entry) { return entry.decoy == "deploy"; }));
    CHECK_FALSE(twin.evidence.empty());
    CHECK(twin.repairs.empty());
  }
}
