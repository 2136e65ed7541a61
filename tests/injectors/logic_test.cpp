// What faults do and refuse to do, on database and web hosts that are played from memory.
#include <catch2/catch.hpp>

#include <set>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"
#include "sandbox/fake/fake.hpp"
#include "tests/support/fake_postgres.hpp"

using namespace gameday;

namespace {

const std::string kSignal = std::string(kDataDirectory) + "/standby.signal";

// A PostgreSQL server as far as faults can tell.
struct Database {
  bool running = true, recovery = false, streaming = false, signal = false;
  bool read_only_file = false, read_only = false;

  void restart() {
    running = true;
    recovery = signal;
    read_only = read_only_file;
  }

  ExecResult run(const Command& command) {
    const std::string& text = command.argv.back();
    if (text.find("install ") != std::string::npos) signal = true;
    if (text.find("rm -f " + kSignal) != std::string::npos) signal = false;
    if (text.find("sv ") != std::string::npos) restart();
    return ExecResult{0, "", "", false};
  }

  // The row that a statement gives.
  std::optional<std::string> statement(const std::string& sql) {
    if (sql.find("pg_is_in_recovery") != std::string::npos) return recovery ? "t" : "f";
    if (sql.find("pg_stat_wal_receiver") != std::string::npos) return streaming ? "1" : "0";
    if (sql.find("ALTER SYSTEM") != std::string::npos) {
      read_only_file = sql.find(" SET ") != std::string::npos;
    }
    if (sql.find("pg_reload_conf") != std::string::npos) read_only = read_only_file;
    if (sql.find("pg_file_settings") != std::string::npos) return read_only_file ? "1" : "0";
    if (sql.find("SHOW default") != std::string::npos) return read_only ? "on" : "off";
    return std::nullopt;
  }
};

// Two database hosts and a web host.
struct Stack {
  Database db1, db2;
  FakeSandbox sandbox;  // destroyed first: its threads play the databases

  Stack() {
    Topology topology;
    for (const char* name : {"db1", "db2", "web1"}) {
      HostSpec spec;
      spec.name = name;
      spec.role = name[0] == 'd' ? "db" : "web";
      topology.hosts.push_back(spec);
    }
    sandbox.up(topology, {});
    db2.recovery = db2.signal = db2.streaming = true;
    play("db1", db1);
    play("db2", db2);
  }

  void play(const char* host, Database& database) {
    FakeHost& fake = sandbox.fake(host);
    fake.answer("/bin/sh", [&database](const Command& command) { return database.run(command); });
    fake.set_file(kSignal, [&database] {
      return database.signal ? std::optional<std::string>("") : std::nullopt;
    });
    fake.serve_unix([&database](UniqueFd socket) {
      if (!database.running) return;
      testing::serve_postgres(std::move(socket),
                              [&](const std::string& sql) { return database.statement(sql); });
    });
  }
};

std::unique_ptr<Fault> fault_on(const char* name, const char* host,
                                std::map<std::string, std::string> parameters = {}) {
  return make_fault(name, FaultTarget{host, std::move(parameters)});
}

}  // namespace

TEST_CASE("every fault is known by one name, and an unknown name lists them all") {
  std::set<std::string_view> names;
  for (const FaultKind& kind : registry()) {
    CHECK(names.insert(kind.name).second);
    CHECK_FALSE(kind.summary.empty());
    CHECK_FALSE(kind.targets.empty());
    CHECK(kind.make != nullptr);
    for (const FaultParameter& parameter : kind.parameters) {
      INFO(kind.name << " " << parameter.name);
      CHECK_FALSE(parameter.meaning.empty());
      CHECK((parameter.unit.empty() || parameter.low < parameter.high));
    }
  }
  try {
    make_fault("earthquake", {"db1", {}});
    FAIL("an earthquake was made");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kUsage);
    for (const std::string_view name : names) {
      CHECK_THAT(error.what(), Catch::Contains(std::string(name)));
    }
  }
}

TEST_CASE("wrong parameters are refused when the fault is made") {
  struct Row {
    const char* name;
    std::map<std::string, std::string> parameters;
  };
  const Row rows[] = {{"standby_read_only", {{"release", "r42"}}},
                      {"session_read_only", {{"factor", "2"}}},
                      {"client_auth_reject", {{"release", "r42"}}},
                      {"listen_or_port", {{"port", "5433"}}},
                      {"privilege_or_search_path", {{"lost", "everything"}}},
                      {"timeout_too_low", {{"milliseconds", "0"}}},
                      {"timeout_too_low", {{"milliseconds", "5s"}}},
                      {"timeout_too_low", {{"milliseconds", "60001"}}},
                      {"timeout_too_low", {{"milliseconds", "2.5"}}},
                      {"timeout_too_low", {{"milliseconds", " 5"}}},
                      {"hiccup", {{"milliseconds", "1e3"}}},
                      {"noop", {{"factor", "1"}}},
                      {"deploy", {{"factor", "2"}}},
                      {"deploy", {{"kind", "rewrite"}}},
                      {"deploy", {{"release", ""}}},
                      {"deploy", {{"release", "../../etc"}}},
                      {"deploy", {{"release", "r42; reboot"}}},
                      {"traffic", {}},
                      {"traffic", {{"factor", "many"}}},
                      {"traffic", {{"factor", "0.05"}}},
                      {"traffic", {{"factor", "1.1x"}}},
                      {"traffic", {{"factor", "1.1"}, {"release", "r42"}}}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK_THROWS_AS(make_fault(row.name, {"web1", row.parameters}), Error);
  }
  CHECK_NOTHROW(make_fault("traffic", {"clients", {{"factor", "1.1"}}}));
  CHECK_NOTHROW(make_fault("deploy", {"web1", {}}));
}

TEST_CASE("what is not given is what the fault declares") {
  const FaultKind* limit = find_fault("pool_exhausted_limit");
  REQUIRE(limit != nullptr);
  CHECK_FALSE(refused_parameter(*limit, {}));
  CHECK_FALSE(refused_parameter(*limit, {{"before", "0"}, {"wait_ms", "12.5"}}));
  const auto refused = refused_parameter(*limit, {{"pool_sizes", "1"}});
  REQUIRE(refused);
  CHECK(refused->name == "pool_sizes");
  CHECK(refused->why == "it has no such parameter: did you mean `pool_size`?");
  CHECK(limit->parameters[0].range() == "1 to 100 connections, a whole number");
  CHECK(find_fault("deploy")->parameters[1].range() == "wording or best_sellers");
  const FaultTarget target{"web1", {{"wait_ms", "12.5"}}};
  CHECK(target.number("wait_ms") == Approx(12.5));
  CHECK(target.text("before").empty());
}

TEST_CASE("noop is carried out like every fault, changes nothing and is never there") {
  Stack stack;
  const auto fault = fault_on("noop", "db1");
  fault->prepare(stack.sandbox);
  fault->inject(stack.sandbox);
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
  CHECK_FALSE(stack.db1.signal);
  CHECK_FALSE(stack.db1.read_only);
  fault->heal(stack.sandbox);
  fault->heal(stack.sandbox);
}

TEST_CASE("standby_read_only comes, outlives restarts and goes, and going twice is harmless") {
  Stack stack;
  const auto fault = fault_on("standby_read_only", "db1");
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
  fault->inject(stack.sandbox);
  CHECK(stack.db1.recovery);
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
  stack.db1.restart();
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
  fault->heal(stack.sandbox);
  CHECK_FALSE(stack.db1.recovery);
  CHECK_FALSE(stack.db1.signal);
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
  fault->heal(stack.sandbox);
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
}

TEST_CASE("standby_read_only is present while its file waits for the next start") {
  Stack stack;
  const auto fault = fault_on("standby_read_only", "db1");
  fault->inject(stack.sandbox);
  SECTION("a server that is down with the file has it") {
    stack.db1.running = false;
    CHECK(fault->present(stack.sandbox) == Presence::kYes);
  }
  SECTION("a server that is down without the file is unknown") {
    stack.db1.running = false;
    stack.db1.signal = false;
    CHECK(fault->present(stack.sandbox) == Presence::kUnknown);
  }
  SECTION("removing the file alone cures nothing until the restart") {
    stack.db1.signal = false;
    CHECK(fault->present(stack.sandbox) == Presence::kYes);
    stack.db1.restart();
    CHECK(fault->present(stack.sandbox) == Presence::kNo);
  }
  SECTION("a trainee's promotion cures it, and healing afterwards does nothing") {
    stack.db1.recovery = stack.db1.signal = false;
    CHECK(fault->present(stack.sandbox) == Presence::kNo);
    fault->heal(stack.sandbox);
    CHECK_FALSE(stack.db1.recovery);
  }
}

TEST_CASE("healing never makes a second primary once the replica was promoted") {
  Stack stack;
  const auto fault = fault_on("standby_read_only", "db1");
  fault->inject(stack.sandbox);
  stack.db2.recovery = stack.db2.signal = stack.db2.streaming = false;
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
  fault->heal(stack.sandbox);
  fault->heal(stack.sandbox);
  CHECK(stack.db1.recovery);
  CHECK(stack.db1.signal);
  // Following the new primary, it is an ordinary standby.
  stack.db1.streaming = true;
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
}

TEST_CASE("standby_read_only refuses a host that is no running primary, and heals nothing there") {
  Stack stack;
  const auto on_replica = fault_on("standby_read_only", "db2");
  CHECK_THROWS_AS(on_replica->inject(stack.sandbox), Error);
  on_replica->heal(stack.sandbox);
  CHECK(stack.db2.signal);
  // A replica that follows the primary is as it should be.
  CHECK(on_replica->present(stack.sandbox) == Presence::kNo);
  stack.db1.running = false;
  CHECK_THROWS_AS(fault_on("standby_read_only", "db1")->inject(stack.sandbox), Error);
}

TEST_CASE("session_read_only comes, outlives restarts and goes, and going twice is harmless") {
  Stack stack;
  const auto fault = fault_on("session_read_only", "db1");
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
  fault->inject(stack.sandbox);
  CHECK(stack.db1.read_only);
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
  stack.db1.restart();
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
  CHECK_THROWS_AS(fault_on("session_read_only", "db1")->inject(stack.sandbox), Error);
  fault->heal(stack.sandbox);
  CHECK_FALSE(stack.db1.read_only);
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
  fault->heal(stack.sandbox);
  CHECK(fault->present(stack.sandbox) == Presence::kNo);
}

TEST_CASE("session_read_only reads the file of a server that is down, and knows when it cannot") {
  Stack stack;
  const auto fault = fault_on("session_read_only", "db1");
  const std::string file = std::string(kDataDirectory) + "/postgresql.auto.conf";
  stack.db1.running = false;
  CHECK(fault->present(stack.sandbox) == Presence::kUnknown);
  stack.sandbox.fake("db1").set_file(file, "# edited\ndefault_transaction_read_only = 'on'\n");
  CHECK(fault->present(stack.sandbox) == Presence::kYes);
}

TEST_CASE("a fault that was never injected heals nothing") {
  Stack stack;
  stack.db1.read_only_file = stack.db1.read_only = true;
  fault_on("session_read_only", "db1")->heal(stack.sandbox);
  CHECK(stack.db1.read_only);
  stack.db1.recovery = stack.db1.signal = true;
  fault_on("standby_read_only", "db1")->heal(stack.sandbox);
  CHECK(stack.db1.recovery);
}

TEST_CASE("a deploy that the host refuses is an error with the host's own words") {
  Stack stack;
  stack.sandbox.fake("web1").answer("deploy current", ExecResult{0, "r41\n", "", false});
  stack.sandbox.fake("web1").answer("/bin/sh", ExecResult{1, "", "disk full\n", false});
  const auto decoy = fault_on("deploy", "web1", {{"release", "r42"}});
  CHECK(decoy->present(stack.sandbox) == Presence::kNo);
  CHECK_THROWS_WITH(decoy->inject(stack.sandbox), Catch::Contains("disk full"));
}

TEST_CASE("traffic touches no host") {
  FakeSandbox empty;
  const auto decoy = fault_on("traffic", "clients", {{"factor", "1.1"}});
  decoy->inject(empty);
  CHECK(decoy->present(empty) == Presence::kUnknown);
  decoy->heal(empty);
  decoy->heal(empty);
}

TEST_CASE("a roll-out that fails half-way is cleaned up by healing, an existing release is not") {
  Stack stack;
  FakeHost& web = stack.sandbox.fake("web1");
  bool folder = false;
  web.answer("deploy current", ExecResult{0, "r41\n", "", false});
  web.answer("test -e", [&folder](const Command&) {
    return ExecResult{folder ? 0 : 1, "", "", false};
  });
  web.answer("/bin/sh", [&folder](const Command& command) {
    const std::string& script = command.argv.back();
    if (script.find("rm -rf /srv/storefront/releases/r42") != std::string::npos) {
      folder = false;
      return ExecResult{0, "", "", false};
    }
    folder = true;
    return ExecResult{1, "", "no space left\n", false};
  });
  const auto decoy = fault_on("deploy", "web1");
  CHECK_THROWS_AS(decoy->inject(stack.sandbox), Error);
  CHECK(folder);
  decoy->heal(stack.sandbox);
  CHECK_FALSE(folder);

  folder = true;
  const auto other = fault_on("deploy", "web1");
  CHECK_THROWS_WITH(other->inject(stack.sandbox), Catch::Contains("already"));
  other->heal(stack.sandbox);
  CHECK(folder);
}

TEST_CASE("the line that sets something is the last one that is no comment") {
  const std::string text = "# port = 1\nport = 2\n  port=3  # so\nports = 4\n#port = 5\n\n";
  CHECK(line_that_sets(text, "port") == "  port=3  # so");
  CHECK(line_that_sets(text, "ports") == "ports = 4");
  CHECK_FALSE(line_that_sets(text, "po"));
  CHECK_FALSE(line_that_sets("", "port"));
}

TEST_CASE("an edited setting is put back once, and never over somebody else's change") {
  Stack stack;
  FakeHost& db1 = stack.sandbox.fake("db1");
  const std::string before = "# the server\nport = 5432\nlisten_addresses = '*'\n";
  db1.set_file(kServerConfig, before);
  const auto text = [&] { return db1.read_file(kServerConfig).value_or(""); };
  SettingEdit edit("listen_addresses", "'localhost'");
  CHECK_FALSE(edit.undo(db1));
  edit.make(db1);
  CHECK(text() == "# the server\nport = 5432\nlisten_addresses = 'localhost'\n");
  CHECK(edit.in_file(db1));
  CHECK_THROWS_AS(SettingEdit("listen_addresses", "'localhost'").make(db1), Error);
  CHECK_THROWS_AS(SettingEdit("work_mem", "1MB").make(db1), Error);
  SECTION("put back, and then left alone") {
    CHECK(edit.undo(db1));
    CHECK(text() == before);
    CHECK_FALSE(edit.undo(db1));
    CHECK(text() == before);
  }
  SECTION("mended otherwise meanwhile") {
    db1.set_file(kServerConfig, "listen_addresses = '0.0.0.0'\n");
    CHECK_FALSE(edit.in_file(db1));
    CHECK_FALSE(edit.undo(db1));
    CHECK(text() == "listen_addresses = '0.0.0.0'\n");
  }
}
