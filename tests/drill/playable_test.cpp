// What a scenario may not ask of this stack, each mistake made in the example of
// docs/writing-a-scenario.md.
#include "drill/playable.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/error.hpp"
#include "drill/probes/stack_state.hpp"
#include "injectors/fault.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;

namespace {

std::filesystem::path project_root() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root != nullptr);
  return root;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  REQUIRE(stream);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Row {
  const char* what;
  std::string from, to;  // in the file; its first place
  std::string message;   // behind the file's name
};

const std::string kFault = "fault: timeout_too_low, target: primary, milliseconds: 5}";

// The truth must name the fault that is there.
std::string with_mechanism(std::string text, const std::string& mechanism) {
  const std::string from = "mechanism: timeout_too_low\n      trigger";
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), "mechanism: " + mechanism + "\n      trigger");
}

const Row kRows[] = {
    {"access rules of a machine without a database", kFault,
     "fault: client_auth_reject, target: lb}",
     ":101:58: variants[0].timeline[0].target: client_auth_reject: lb is no place where it does "
     "anything: choose primary"},
    {"access rules of the replica, which users never ask", kFault,
     "fault: client_auth_reject, target: replica}",
     ":101:58: variants[0].timeline[0].target: client_auth_reject: db2 is no place"},
    {"a firewall that stands between nobody and the databases", kFault,
     "fault: firewall_reject, target: web2}",
     ":101:55: variants[0].timeline[0].target: firewall_reject: web2 is no place where it does "
     "anything: choose router, primary"},
    {"a route to the network in which the host stands", kFault,
     "fault: wrong_route, target: primary, kind: blackhole, toward: data}",
     ":101:51: variants[0].timeline[0].target: wrong_route: toward: db1 stands in data itself: name "
     "a host of it"},
    {"a decoy on the wrong machine", "decoy: deploy, target: web,", "decoy: deploy, target: lb,",
     ":51:49: timeline[2].target: deploy: lb is no place where it does anything: choose web"},
    {"work of another machine", "decoy: traffic, target: clients, factor: 1.05",
     "decoy: everyday, target: lb, kind: remarks",
     ":54:44: timeline[5].target: everyday: kind: \"remarks\" is no work of the host lb: choose "
     "one of db, router"},
    {"a number that is too large", "milliseconds: 5}", "milliseconds: 60001}",
     ":101:78: variants[0].timeline[0].milliseconds: timeout_too_low: milliseconds: \"60001\" is not "
     "a whole number of 1 to 60000 (ms)"},
    {"a parameter that there is not", "milliseconds: 5}", "millisecond: 5}",
     ":101:77: variants[0].timeline[0].millisecond: timeout_too_low: millisecond: it has no such "
     "parameter: did you mean `milliseconds`?"},
    {"a key of every entry, mistyped", "milliseconds: 5}", "file_at: \"09:50\"}",
     "variants[0].timeline[0].file_at: timeout_too_low: file_at: it has no such parameter: did you "
     "mean `files_at`?"},
    {"a parameter that is missing", "target: clients, factor: 1.05", "target: clients",
     ":54:5: factor: traffic: factor: it is missing: give how many users come, 0.1 to 20 times the "
     "plan's arrivals"},
    {"a mechanism that nothing makes", kFault, "fault: certificate_expired, target: primary}",
     ":101:30: variants[0].timeline[0].fault: certificate_expired: nothing does that yet: see "
     "`gameday scenarios faults`"},
    {"a fault before the change that brings it", "{at: \"10:00\", " + kFault,
     "{at: \"09:40\", " + kFault,
     ":101:14: variants[0].timeline[0].at: timeout_too_low comes at 09:40, before the change \"db1: "
     "routine maintenance by checklist, settings read again at its end\" of 09:45 ("},
    {"evidence from a host that there is not", "host: '^(?!db2$)'}", "host: '^db9$'}",
     ":119:131: variants[0].evidence[0].all[0].host: no host that a trainee can enter has a name "
     "like `^db9$`"},
    {"evidence from the users", "host: '^(?!db2$)'}", "host: '^clients$'}",
     "variants[0].evidence[0].all[0].host: no host that a trainee can enter has a name like "
     "`^clients$`, so nothing ever proves `the limit in force`: name one of lb, web1"},
    {"a wrong turn without a wrong belief", "belief: {component: pooler, class: saturation}",
     "belief: {component: pooler}",
     ": responders[2].belief: a replay does not count this wrong turn: it says no class that was "
     "wrongly believed: give `belief: {class: ...}`"},
    {"a wrong turn that believes the truth", "belief: {component: pooler, class: saturation}",
     "belief: {component: pooler, class: configuration}",
     "the class that it believes is the right one, configuration"},
    {"a wrong turn that names a mechanism", "belief: {component: pooler, class: saturation}",
     "belief: {component: pooler, class: saturation, mechanism: pool_exhausted_limit}",
     "it believes a mechanism already: leave `mechanism` to the act `conclude`"},
    {"a wrong turn behind the stated cause", "    act: change\n",
     "    act: conclude\n    belief: {mechanism: timeout_too_low}\n    who: x\n    text: x\n"
     "  - at: \"10:20\"\n    act: change\n",
     "it comes after the cause was stated: date it before the act `conclude`"},
};

}  // namespace

TEST_CASE("what this stack cannot play is named with file, line, column, key, why and what to do") {
  const Taxonomy taxonomy = load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml");
  const Topology topology = read_topology(project_root() / "docker-compose.yml", {});
  const std::string right = text_of(project_root() / "docs" / "pages-cut-off.yaml");
  const TemporaryFolder folder;
  const auto file = folder.path / "pages-cut-off.yaml";
  for (const Row& row : kRows) {
    INFO(row.what);
    std::string text = right;
    const size_t at = text.find(row.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, row.from.size(), row.to);
    if (row.to.rfind("fault: ", 0) == 0) {
      text = with_mechanism(text, row.to.substr(7, row.to.find(',') - 7));
    }
    std::ofstream(file) << text;
    std::string message;
    try {
      check_playable(load_scenario(file, taxonomy), topology);
    } catch (const Error& error) {
      CHECK(error.exit_code() == 2);
      message = error.what();
    }
    CHECK_THAT(message, Catch::StartsWith(file.string() + ":"));
    CHECK_THAT(message, Catch::Contains(row.message));
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("a mistake of some draws only is named with the drawn values, one of all without") {
  const Taxonomy taxonomy = load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml");
  const Topology topology = read_topology(project_root() / "docker-compose.yml", {});
  const std::string right = text_of(project_root() / "docs" / "pages-cut-off.yaml");
  const TemporaryFolder folder;
  const auto file = folder.path / "pages-cut-off.yaml";
  struct Wrong {
    const char *from, *to, *end;
  };
  const Wrong rows[] = {
      {"release: [r42, r43]", "release: [r42, \"r 43\"]",
       "only letters, digits, - and _ (drawn: release=r 43, deploy_at=08:35, log_days=14)"},
      {"factor: 1.05", "factor: 30", "is not a number of 0.1 to 20 (times the plan's arrivals)"}};
  for (const Wrong& row : rows) {
    std::string text = right;
    text.replace(text.find(row.from), std::strlen(row.from), row.to);
    std::ofstream(file) << text;
    CHECK_THROWS_WITH(check_playable(load_every_draw(file, taxonomy), topology),
                      Catch::EndsWith(row.end));
  }
}

TEST_CASE("every scenario of the catalogue can be played, and no ticket gives a fault away") {
  const Taxonomy taxonomy = load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml");
  const Topology topology = read_topology(project_root() / "docker-compose.yml", {});
  for (const Scenario& scenario : load_catalogue(project_root() / "scenarios")) {
    INFO(scenario.id);
    CHECK_NOTHROW(check_playable(scenario, topology));
    for (const Warning& warning : check_scenario(scenario, giveaway_words())) {
      FAIL_CHECK(warning.where + ": " + warning.text);
    }
  }
}

TEST_CASE("every fault is a mechanism of the lists, every decoy a decoy, and noop is in neither") {
  const Taxonomy taxonomy = load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml");
  const Topology topology = read_topology(project_root() / "docker-compose.yml", {});
  for (const FaultKind& kind : registry()) {
    INFO(kind.name);
    const std::string name(kind.name);
    CHECK((taxonomy.canonical(kind.decoy ? "decoy" : "mechanism", name) == name) ==
          (name != "noop"));
    CHECK((kind.decoy || name == "noop") == kind.giveaways.empty());
    for (const std::string_view target : kind.targets) {
      CHECK_NOTHROW(resolve_target(topology, std::string(target)));
    }
  }
}
