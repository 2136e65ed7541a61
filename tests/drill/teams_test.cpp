#include "drill/teams.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/events.hpp"
#include "drill/team_looks.hpp"
#include "sandbox/fake/fake.hpp"
#include "scenarios/taxonomy.hpp"
#include "tests/drill/desk_local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A stack whose hosts answer every look with the same facts until they are told otherwise.
struct Company {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  FakeSandbox stack;
  std::mutex mutex;
  std::map<std::string, std::string> facts;
  std::unique_ptr<Teams> teams;

  explicit Company(double delay_scale = 0.0005, uint64_t seed = 1) {
    stack.up(read_topology(project_root() + "/docker-compose.yml", {}), {});
    for (const HostSpec& host : stack.topology().hosts) {
      const std::string name = host.name;
      stack.fake(name).answer("/bin/sh -c", [this, name](const Command&) {
        const std::lock_guard lock(mutex);
        return ExecResult{0, "service x: run\nsessions: 5\n" + facts[name], "", false};
      });
    }
    teams = std::make_unique<Teams>(TeamsSetup{journal, stack, seed, delay_scale});
    journal.on_event([this](const Event& event) { teams->take(event); });
    teams->learn_normal();
  }
  ~Company() { teams->stop(); }

  void show(const std::string& host, const std::string& lines) {
    const std::lock_guard lock(mutex);
    facts[host] = lines;
  }
  void call(const std::string& team) {
    journal.append(events::kDesk, {{"verb", "escalate"}, {"team", team}});
  }
  std::vector<Event> answers() const {
    std::vector<Event> found;
    for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
      if (event.kind == events::kAnswer) found.push_back(event);
    }
    return found;
  }
  // Calls a team and waits for as many answers as it owes. The last one's text.
  std::string hear(const std::string& team, size_t owed = 2) {
    const size_t before = answers().size();
    call(team);
    REQUIRE(eventually([&] { return answers().size() == before + owed; }));
    for (size_t i = before; i < before + owed; ++i) {
      CHECK(string_or(answers()[i].data, "team", "") == team);
    }
    return string_or(answers().back().data, "text", "");
  }
};

}  // namespace

TEST_CASE("a team acknowledges, and then tells what is not as always on its hosts and no others") {
  Company company;
  company.show("db1", "in recovery: true\n");
  company.show("router", "rule drop\n");
  CHECK(company.hear("database") == "On db1: new: in recovery: true. db2 as always.");
  CHECK(string_or(company.answers()[0].data, "text", "") ==
        "We have it. We look at db1 and db2 and report; repairs stay with you.");
  std::set<std::string> looked;
  const json::array looks = company.answers()[1].data.at("looked").as_array();
  for (const json::value& look : looks) {
    looked.insert(string_or(look.as_object(), "host", ""));
  }
  CHECK(looked == std::set<std::string>{"db1", "db2"});
  CHECK(company.hear("network") == "On router: new: rule drop.");
  CHECK(company.hear("devops") == "On router: new: rule drop. lb, mon and ops as always.");
}

TEST_CASE("the wrong team says that its part is healthy and what it looked at") {
  Company company;
  company.show("db1", "in recovery: true\n");
  const std::string text = company.hear("network");
  CHECK_THAT(text, Catch::StartsWith("Our part is healthy: router looks as always."));
  CHECK_THAT(text, Catch::Contains("refused packets"));
  CHECK(text.find("db1") == std::string::npos);
  // What they say follows what is there at that moment.
  company.show("router", "route gone\n");
  CHECK(company.hear("network") == "On router: new: route gone.");
}

TEST_CASE("senior engineers and management ask, other questions each time, the same for a seed") {
  std::set<std::string> heard;
  for (int i = 0; i < 2; ++i) {
    Company company(0.0005, 7);
    heard.insert(company.hear("senior", 1) + company.hear("senior", 1));
    CHECK(company.hear("management", 1).find('?') != std::string::npos);
  }
  CHECK(heard.size() == 1);
  Company other(0.0005, 8);
  const std::string first = other.hear("senior", 1);
  CHECK(first != other.hear("senior", 1));
  CHECK(first.ends_with("?"));
}

TEST_CASE("a team that still owes an answer is not asked twice, and a stop ends all answers") {
  Company company(0.01);
  company.call("database");
  company.call("database");
  company.call("database");
  REQUIRE(eventually([&] { return company.answers().size() == 2; }));
  company.call("network");
  company.teams->stop();
  CHECK(company.answers().size() == 2);
  company.call("senior");
  CHECK(company.answers().size() == 2);
}

TEST_CASE("a host that cannot be reached is told as such") {
  Company company;
  company.stack.fake("db2").break_off();
  CHECK_THAT(company.hear("database"),
             Catch::Contains("On db2: ") && Catch::Contains("the host: cannot be reached"));
}

TEST_CASE("differences are told in words, numbers only when they are far apart") {
  using Facts = std::map<std::string, std::string>;
  struct Row {
    Facts normal, now;
    std::vector<std::string> expected;
  };
  const std::vector<Row> rows = {
      {{{"a", "1"}}, {{"a", "1"}}, {}},
      {{{"in recovery", "false"}},
       {{"in recovery", "true"}},
       {"in recovery is true, normally false"}},
      {{{"waiting", "0"}}, {{"waiting", "10"}}, {}},
      {{{"waiting", "0"}}, {{"waiting", "11"}}, {"waiting is 11, normally 0"}},
      {{{"requests", "700"}}, {{"requests", "300"}}, {}},
      {{{"requests", "700"}}, {{"requests", "40"}}, {"requests is 40, normally 700"}},
      {{{"file", "#aa"}}, {{"file", "#bb"}}, {"file: not as it was"}},
      {{}, {{"route x", ""}}, {"new: route x"}},
      {{{"route x", ""}}, {}, {"missing: route x"}},
      {{{"receives", "streaming"}}, {}, {"missing: receives: streaming"}},
      {{}, {{"file", "#bb"}}, {"new: file"}},
  };
  for (const Row& row : rows) CHECK(differences(row.normal, row.now) == row.expected);
}

TEST_CASE("every team answers, and what they look at and ask names no mechanism") {
  const Taxonomy taxonomy = load_taxonomy(project_root() + "/scenarios/taxonomy.yaml");
  const Topology topology = read_topology(project_root() + "/docker-compose.yml", {});
  std::string everything;
  for (const std::string& team : taxonomy.names("team")) {
    INFO(team);
    const std::vector<std::string> owned = owned_teams(team);
    const bool owns = std::any_of(topology.hosts.begin(), topology.hosts.end(), [&](const auto& host) {
      return std::find(owned.begin(), owned.end(), host.team) != owned.end();
    });
    CHECK(owns == team_questions(team).empty());
    for (const std::string_view question : team_questions(team)) everything += question;
  }
  for (const TeamLook& look : team_looks()) {
    everything += std::string(look.what) + std::string(look.command);
  }
  for (const TaxonomyValue& mechanism : taxonomy.mechanisms) {
    CHECK(everything.find(mechanism.name) == std::string::npos);
    for (const std::string& synonym : mechanism.synonyms) {
      CHECK(everything.find(synonym) == std::string::npos);
    }
  }
}
