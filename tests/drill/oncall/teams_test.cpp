#include "drill/oncall/teams.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "drill/oncall/team_checks.hpp"
#include "drill/oncall/team_words.hpp"
#include "journal/events.hpp"
#include "sandbox/fake/fake.hpp"
#include "scenarios/taxonomy.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A stack whose hosts answer the look at their services with the same facts until they are told
// otherwise, and the others with nothing.
struct Company {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  FakeSandbox stack;
  std::mutex mutex;
  std::map<std::string, std::string> facts;
  std::set<std::string> failing;  // hosts whose look at services fails
  std::unique_ptr<Teams> teams;

  // `unseen`: a host whose look fails while all is well.
  explicit Company(double delay_scale = 0.0005, uint64_t seed = 1, const std::string& unseen = "") {
    stack.up(read_topology(project_root() + "/docker-compose.yml", {}), {});
    for (const HostSpec& host : stack.topology().hosts) {
      const std::string name = host.name;
      stack.fake(name).answer("/bin/sh -c", [this, name](const Command& command) {
        const std::lock_guard lock(mutex);
        const bool services = command.argv.at(2).find("sv status") != std::string::npos;
        if (!services) return ExecResult{0, "", "", false};
        if (failing.contains(name)) return ExecResult{1, "", "", false};
        return ExecResult{0, "service x: run\n" + facts[name], "", false};
      });
    }
    teams = std::make_unique<Teams>(TeamsSetup{journal, stack, seed, delay_scale});
    journal.on_event([this](const Event& event) { teams->take(event); });
    failing = {unseen};
    teams->learn_normal();
    failing.clear();
  }
  ~Company() { teams->stop(); }

  void show(const std::string& host, const std::string& lines) {
    const std::lock_guard lock(mutex);
    facts[host] = lines;
  }
  void call(const std::string& team, const std::string& reason = "") {
    journal.append(events::kDesk, {{"verb", "escalate"}, {"team", team}, {"reason", reason}});
  }
  std::vector<Event> answers() const {
    std::vector<Event> found;
    for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
      if (event.kind == events::kAnswer) found.push_back(event);
    }
    return found;
  }
  // Calls a team and waits for as many answers as it owes. The last one's text.
  std::string hear(const std::string& team, size_t owed = 2, const std::string& reason = "") {
    const size_t before = answers().size();
    call(team, reason);
    REQUIRE(eventually([&] { return answers().size() == before + owed; }));
    for (size_t i = before; i < before + owed; ++i) {
      CHECK(string_or(answers()[i].data, "team", "") == team);
    }
    return without_time(string_or(answers().back().data, "text", ""));
  }
  // "… We looked at 03:06:12." changes from run to run.
  static std::string without_time(const std::string& text) {
    return std::regex_replace(text, std::regex("We looked at \\d\\d:\\d\\d:\\d\\d"), "We looked");
  }
};

}  // namespace

TEST_CASE("a team acknowledges, and then tells what is not as always on its hosts and no others") {
  Company company;
  company.show("db1", "in recovery: yes\n");
  company.show("router", "rule drop\n");
  CHECK(company.hear("database") == "db1: in recovery is yes. db2 is as always. We looked.");
  CHECK(string_or(company.answers()[0].data, "text", "") ==
        "We have it. We look at db1 and db2 and report; repairs stay with you.");
  std::set<std::string> looked;
  const json::array looks = company.answers()[1].data.at("looked").as_array();
  for (const json::value& look : looks) {
    looked.insert(string_or(look.as_object(), "host", ""));
  }
  CHECK(looked == std::set<std::string>{"db1", "db2"});
  const std::string rule =
      "The packet filter of router has a rule that it did not have before: drop. ";
  CHECK(company.hear("network") == rule + "We looked.");
  CHECK(company.hear("devops") == rule + "lb, mon and ops are as always. We looked.");
}

TEST_CASE("the wrong team says that its part is healthy and what it looked at") {
  Company company;
  company.show("db1", "in recovery: yes\n");
  const std::string text = company.hear("network");
  CHECK_THAT(text, Catch::StartsWith("Our part is healthy: router looks as always. We looked: "));
  CHECK_THAT(text, Catch::Contains("refused packets"));
  CHECK(text.find("db1") == std::string::npos);
  // What they say follows what is there at that moment.
  company.show("router", "route 10.77.9.0/24 dev eth0\n");
  CHECK(company.hear("network") ==
        "router has a route that it did not have before: 10.77.9.0/24 dev eth0. We looked.");
}

TEST_CASE("a team answers what it was asked first, also when nothing differs there") {
  Company company;
  company.show("db1", "service postgresql: down\n");
  const std::string down =
      "db1 has a service that it did not have before, postgresql: down. ";
  CHECK(company.hear("database", 2, "does any SERVICE not run?") ==
        "You asked about services: " + down + "db2 is as always. We looked.");
  CHECK(company.hear("database", 2, "is replication broken?") ==
        "You asked about roles, replication, settings, access and sessions: we saw nothing unusual "
        "there. " + down + "db2 is as always. We looked.");
  CHECK_THAT(company.hear("network", 2, "is anything dropped?"),
             Catch::Contains("You asked about firewall and refused packets: we saw nothing unusual"));
}

TEST_CASE("a team tells what it saw when it was called, whatever is repaired before it reports") {
  Company company(0.01);
  company.show("db1", "service x: down\n");
  company.call("database");
  // The look is over when the hosts have been asked; the report is not due for another second.
  REQUIRE(eventually([&] { return company.stack.fake("db1").calls().size() >= 12; }));
  REQUIRE(eventually([&] { return company.stack.fake("db2").calls().size() >= 12; }));
  CHECK(company.answers().empty());
  company.show("db1", "");
  REQUIRE(eventually([&] { return company.answers().size() == 2; }));
  CHECK_THAT(string_or(company.answers()[1].data, "text", ""),
             Catch::StartsWith("The service x on db1 is down, normally run."));
}

TEST_CASE("what a team never saw while all was well is said to be unknown, and not to be new") {
  Company company(0.0005, 1, "db2");
  company.show("db2", "service y: down\n");
  CHECK(company.hear("database") ==
        "Of db2 we cannot say whether services are as ever: our look while all was well failed. "
        "db1 is as always. We looked.");
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
             Catch::StartsWith("db2 cannot be reached. db1 is as always."));
  const Journal journal = read_journal(company.folder.path / "journal.jsonl");
  REQUIRE(journal.first(events::kTrouble));
  CHECK(string_or(journal.first(events::kTrouble)->data, "where", "") == "a team's look at db2");
}

TEST_CASE("what differs is a sentence with its value, numbers only when they are far apart") {
  struct Row {
    TeamFacts normal, now;
    std::vector<std::string> expected;
  };
  const std::string since = ", since its restart at 03:06:12";
  const std::vector<Row> rows = {
      {{{"a", "1"}}, {{"a", "1"}}, {}},
      {{{"in recovery", "no"}}, {{"in recovery", "yes"}},
       {"db1 says that it is in recovery: yes, normally no"}},
      {{{"listens on", "0.0.0.0:5432"}}, {{"listens on", "127.0.0.1:5432"}},
       {"db1 listens on 127.0.0.1:5432, normally on 0.0.0.0:5432" + since}},
      {{{"started postgresql", "11172"}}, {{"started postgresql", "11174"}}, {}},
      {{{"started postgresql", "11172"}}, {{"started postgresql", "14772"}},
       {"the service postgresql on db1 was started again at 04:06:12"}},
      {{{"waiting clients", "0"}}, {{"waiting clients", "10"}}, {}},
      {{{"waiting clients", "0"}}, {{"waiting clients", "11"}},
       {"11 requests on db1 wait for a connection of its pool, normally 0"}},
      {{{"other", "700"}}, {{"other", "300"}}, {}},
      {{{"other", "700"}}, {{"other", "40"}}, {"db1: other is 40, normally 700"}},
      {{{"file /etc/x", "#aa\t(written at 03:00:00)"}},
       {{"file /etc/x", "#bb\t(written at 04:00:00)"}},
       {"the file /etc/x on db1 is another one than before (written at 04:00:00)"}},
      {{{"file /etc/x", "#aa\t(written at 03:00:00)"}},
       {{"file /etc/x", "#aa\t(written at 04:00:00)"}}, {}},
      {{{"settings in force", "#aa"}}, {{"settings in force", "#bb"}},
       {"the settings in force of db1 are not those that it had while all was well"}},
      {{}, {{"route x", ""}}, {"db1 has a route that it did not have before: x"}},
      {{{"route x", ""}}, {}, {"db1 no longer has the route x"}},
      {{{"receives changes", "streaming"}}, {},
       {"db1 receives no changes from a primary; normally it does: streaming"}},
      {{}, {{"most frequent error", "no such table\t(3 of its last 200 lines)"}},
       {"the log of db1 says most often: no such table (3 of its last 200 lines)"}},
  };
  for (const Row& row : rows) {
    CHECK(team_sentences("db1", row.normal, row.now, since) == row.expected);
  }
}

TEST_CASE("a database that gives no answer is no database without indexes") {
  size_t look = 0;
  while (team_looks()[look].command.find("own socket") == std::string_view::npos) ++look;
  SeenHost host{"db1", {}, {}, true};
  host.normal[look] = {{{"own socket", "answers"}, {"indexes", "15"}}, true};
  host.now[look] = {{{"own socket", "gives no answer"}}, false};
  CHECK(team_report({host}, "03:08:20", "") ==
        "PostgreSQL on db1 gives no answer on its own socket; normally it answers. Of db1 we could "
        "not see roles, replication, settings, access and sessions: the look failed or took too "
        "long. We looked at 03:08:20.");
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
    CHECK_FALSE(look.words.empty());
  }
  for (const TaxonomyValue& mechanism : taxonomy.mechanisms) {
    CHECK(everything.find(mechanism.name) == std::string::npos);
    for (const std::string& synonym : mechanism.synonyms) {
      CHECK(everything.find(synonym) == std::string::npos);
    }
  }
}
