// Every fault and decoy on the real stack: before, while, after a restart, healed, healed twice.
// The effect is seen where users stand, through the load balancer.
#include "injectors/database.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

TEST_CASE("read-only faults stop writes and no reads, outlive a restart, and heal for good") {
  REQUIRE_A_STACK();
  for (const char* name : {"standby_read_only", "session_read_only"}) {
    CAPTURE(name);
    RealStack stack;
    const auto fault = make_fault(name, {"db1", {}});
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    REQUIRE(eventually(20s, [&] { return stack.writes(); }));

    fault->inject(*stack.sandbox);
    CHECK(eventually(10s, [&] { return stack.only_reads(); }));
    CHECK(fault->present(*stack.sandbox) == Presence::kYes);

    CHECK(stack.run("db1", "sv restart postgresql"));
    for (const char* web : {"web1", "web2"}) {
      CHECK(stack.run(web, "sv restart pgbouncer storefront"));
    }
    CHECK(eventually(20s, [&] { return stack.only_reads(); }));
    CHECK(fault->present(*stack.sandbox) == Presence::kYes);

    fault->heal(*stack.sandbox);
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    CHECK(eventually(20s, [&] { return stack.writes(); }));
    fault->heal(*stack.sandbox);
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    CHECK(eventually(20s, [&] { return stack.writes(); }));
    // The replica follows again: redundancy is back.
    CHECK(eventually(20s, [&] {
      const char* streams = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
      return ask_database(stack.sandbox->host("db2"), {streams}) == "1";
    }));
  }
}

TEST_CASE("the two read-only faults are told apart on the database") {
  REQUIRE_A_STACK();
  RealStack stack;
  Host& db1 = stack.sandbox->host("db1");
  const auto session = make_fault("session_read_only", {"db1", {}});
  session->inject(*stack.sandbox);
  CHECK(eventually(10s, [&] {
    return ask_database(db1, {"SHOW default_transaction_read_only"}) == "on";
  }));
  CHECK(in_recovery(db1) == false);
  CHECK_THROWS_AS(session->inject(*stack.sandbox), Error);
  session->heal(*stack.sandbox);

  const auto standby = make_fault("standby_read_only", {"db1", {}});
  standby->inject(*stack.sandbox);
  CHECK(eventually(10s, [&] { return in_recovery(db1) == true; }));
  CHECK(ask_database(db1, {"SHOW default_transaction_read_only"}) == "off");
  CHECK_THROWS_AS(make_fault("standby_read_only", {"db2", {}})->inject(*stack.sandbox), Error);
  standby->heal(*stack.sandbox);
  CHECK(in_recovery(db1) == false);
}

TEST_CASE("a trainee's promotion of the primary cures the standby, and healing then adds nothing") {
  REQUIRE_A_STACK();
  RealStack stack;
  Host& db1 = stack.sandbox->host("db1");
  const auto fault = make_fault("standby_read_only", {"db1", {}});
  fault->inject(*stack.sandbox);
  REQUIRE(eventually(10s, [&] { return in_recovery(db1) == true; }));
  REQUIRE(ask_database(db1, {"SELECT pg_promote(true, 10)"}) == "t");
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);
  CHECK(eventually(20s, [&] { return stack.writes(); }));
  fault->heal(*stack.sandbox);
  fault->heal(*stack.sandbox);
  CHECK(stack.run("db1", "sv restart postgresql"));
  CHECK(eventually(20s, [&] { return stack.writes(); }));
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);
}

TEST_CASE("healing after a failover leaves exactly one primary") {
  REQUIRE_A_STACK();
  RealStack stack;
  Host& db1 = stack.sandbox->host("db1");
  Host& db2 = stack.sandbox->host("db2");
  const auto fault = make_fault("standby_read_only", {"db1", {}});
  fault->inject(*stack.sandbox);
  REQUIRE(eventually(10s, [&] { return in_recovery(db1) == true; }));
  REQUIRE(ask_database(db2, {"SELECT pg_promote(true, 10)"}) == "t");
  fault->heal(*stack.sandbox);
  fault->heal(*stack.sandbox);
  CHECK(in_recovery(db1) == true);
  CHECK(in_recovery(db2) == false);
}

TEST_CASE("healing right after injecting waits for the restart and undoes it") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto fault = make_fault("standby_read_only", {"db1", {}});
  fault->inject(*stack.sandbox);
  fault->heal(*stack.sandbox);
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);
  CHECK(in_recovery(stack.sandbox->host("db1")) == false);
  CHECK(eventually(20s, [&] { return stack.writes(); }));
}

TEST_CASE("the deployed release is live, harmless, visible in a diff, and goes without a trace") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto decoy = make_fault("deploy", {"web1", {{"release", "r42"}}});
  CHECK(decoy->present(*stack.sandbox) == Presence::kNo);
  REQUIRE(eventually(20s, [&] { return stack.writes(); }));
  decoy->inject(*stack.sandbox);
  CHECK(decoy->present(*stack.sandbox) == Presence::kYes);
  const ExecResult diff = stack.sandbox->host("web1").exec(
      {"diff", "-r", "/srv/storefront/releases/r41/sql", "/srv/storefront/releases/r42/sql"});
  CHECK(diff.status == 1);
  CHECK_THAT(diff.out, Catch::Contains("with you in"));
  for (int i = 0; i < 4; ++i) {
    CHECK(stack.read() == 200);
    CHECK(stack.writes());
  }
  CHECK(stack.run("web1", "curl -sf localhost:8080/api/products/7 | grep -q 'with you in'"));

  decoy->heal(*stack.sandbox);
  CHECK(decoy->present(*stack.sandbox) == Presence::kNo);
  CHECK(stack.run("web1", "[ \"$(deploy current)\" = r41 ]"));
  CHECK(stack.run("web1", "[ ! -e /srv/storefront/releases/r42 ]"));
  decoy->heal(*stack.sandbox);
  CHECK(stack.read() == 200);
}

TEST_CASE("taking a deploy back respects what a trainee chose meanwhile") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto decoy = make_fault("deploy", {"web1", {}});
  decoy->inject(*stack.sandbox);
  REQUIRE(stack.run("web1", "deploy switch r40"));
  decoy->heal(*stack.sandbox);
  CHECK(stack.run("web1", "[ \"$(deploy current)\" = r40 ]"));
}
