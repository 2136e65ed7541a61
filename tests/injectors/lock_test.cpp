// A migration that waits, on the real stack: seen where users stand, and in the database.
#include "injectors/database.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// Sessions of the database that wait for a lock.
int waiting(RealStack& stack) {
  const auto count = ask_database(
      stack.sandbox->host("db1"),
      {"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"});
  return count ? std::atoi(count->c_str()) : -1;
}

}  // namespace

TEST_CASE("lock_contention stops readers, outlives a restart, grows with each of the application") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto fault = make_fault("lock_contention", {"db1", {}});
  fault->prepare(*stack.sandbox);
  REQUIRE(eventually(20s, [&] { return stack.writes() && stack.read() == 200; }));
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);

  fault->inject(*stack.sandbox);
  CHECK(fault->present(*stack.sandbox) == Presence::kYes);
  CHECK(stack.read() != 200);
  REQUIRE(eventually(5s, [&] { return waiting(stack) >= 2; }));
  // What the old process asked for goes on waiting, beside what the new one asks for.
  const int before = waiting(stack);
  REQUIRE(stack.run("web1", "sv -w 10 restart storefront pgbouncer"));
  REQUIRE(stack.run("web2", "sv -w 10 restart storefront pgbouncer"));
  CHECK(waiting(stack) >= before);
  CHECK(stack.read() != 200);
  CHECK(eventually(5s, [&] { return waiting(stack) > before; }));

  REQUIRE(stack.run("db1", "sv -w 15 restart postgresql stock-report migrate"));
  REQUIRE(eventually(10s, [&] { return fault->present(*stack.sandbox) == Presence::kYes &&
                                       waiting(stack) > 0; }));
  CHECK(stack.read() != 200);

  SECTION("healing takes the migration back, and the report goes on") {
    fault->heal(*stack.sandbox);
    fault->heal(*stack.sandbox);
    CHECK(stack.run("db1", "[ ! -e /etc/service/migrate ] && sv check stock-report | grep -q ^ok"));
  }
  SECTION("when the report ends, the migration goes through") {
    REQUIRE(stack.run("db1", "psql -U postgres -d shop -Atc \"SELECT pg_terminate_backend(pid) FROM "
                             "pg_stat_activity WHERE application_name = 'stock-report'\""));
  }
  CHECK(eventually(20s, [&] { return stack.read() == 200 && stack.writes(); }));
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);
  CHECK(eventually(5s, [&] { return waiting(stack) == 0; }));
}
