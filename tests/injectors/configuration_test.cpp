// A database whose configuration is wrong, on the real stack: before, while, after restarts and
// reloads, healed, healed twice, and told from its neighbours by what an engineer would type.
#include "injectors/database.hpp"
#include "injectors/server_config.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

struct Row {
  const char* name;
  std::map<std::string, std::string> parameters;
};

const std::vector<Row> kOutages = {{"client_auth_reject", {}},
                                   {"listen_or_port", {}},
                                   {"privilege_or_search_path", {}},
                                   {"privilege_or_search_path", {{"lost", "role_search_path"}}},
                                   {"privilege_or_search_path", {{"lost", "privileges"}}}};

std::string title(const Row& row) {
  return row.name + (row.parameters.empty() ? "" : " " + row.parameters.begin()->second);
}

bool works(RealStack& stack) { return stack.read() == 200 && stack.writes(); }

std::string as_app(RealStack& stack, const char* host) {
  return stack.output(host, "psql -XAt -h db1 -U app shop -c 'SELECT count(*) FROM products'");
}

// Injects, and waits until the server that the restart brings is there: the one before it still
// answers for a moment, and a file that is mended meanwhile is read at the start.
void inject_and_restart(RealStack& stack, Fault& fault, bool restarts = true) {
  const auto began = [&stack] {
    return ask_database(stack.sandbox->host("db1"), {"SELECT pg_postmaster_start_time()"});
  };
  const auto before = began();
  fault.inject(*stack.sandbox);
  CHECK(eventually(20s, [&] {
    const auto now = began();
    return now && (now != before || !restarts);
  }));
  CHECK(eventually(10s, [&] { return stack.all_fails(); }));
}

bool replica_streams(RealStack& stack) {
  const char* streams = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
  return ask_database(stack.sandbox->host("db2"), {streams}) == "1";
}

}  // namespace

TEST_CASE("a wrong configuration fails every request, outlives restarts, and heals for good") {
  REQUIRE_A_STACK();
  for (const Row& row : kOutages) {
    CAPTURE(title(row));
    RealStack stack;
    const auto fault = make_fault(row.name, {"db1", row.parameters});
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    REQUIRE(eventually(20s, [&] { return works(stack); }));

    fault->inject(*stack.sandbox);
    CHECK(eventually(10s, [&] { return stack.all_fails(); }));
    CHECK(eventually(5s, [&] { return fault->present(*stack.sandbox) == Presence::kYes; }));
    // Whoever asks on the machine itself, as its superuser, is answered: outside probes rest on it.
    CHECK(eventually(5s, [&] { return in_recovery(stack.sandbox->host("db1")) == false; }));

    CHECK(stack.run("db1", "sv hup postgresql"));
    CHECK(stack.run("db1", "sv restart postgresql"));
    for (const char* web : {"web1", "web2"}) {
      CHECK(stack.run(web, "sv restart pgbouncer storefront"));
    }
    CHECK_FALSE(eventually(3s, [&] { return stack.read() == 200 || stack.writes(); }));
    CHECK(eventually(10s, [&] { return fault->present(*stack.sandbox) == Presence::kYes; }));
    CHECK_THROWS_AS(make_fault(row.name, {"db1", row.parameters})->inject(*stack.sandbox), Error);

    for (int time = 0; time < 2; ++time) {
      fault->heal(*stack.sandbox);
      CHECK(eventually(20s, [&] { return works(stack); }));
      CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    }
    CHECK(stack.run("db1", "diff /var/backups/postgresql.conf " + std::string(kServerConfig)));
    CHECK(stack.run("db1", "diff /var/backups/pg_hba.conf " + std::string(kAccessRules)));
    CHECK(eventually(20s, [&] { return replica_streams(stack); }));
  }
}

TEST_CASE("the wrong configurations are told apart by trying as the shop's own role") {
  REQUIRE_A_STACK();
  using Catch::Contains;
  RealStack stack;
  const auto while_there = [&](const Row& row, const auto& look) {
    CAPTURE(title(row));
    const auto fault = make_fault(row.name, {"db1", row.parameters});
    inject_and_restart(stack, *fault, !row.parameters.contains("lost"));
    look();
    fault->heal(*stack.sandbox);
    CHECK(eventually(20s, [&] { return works(stack); }));
  };
  while_there(kOutages[0], [&] {
    CHECK_THAT(as_app(stack, "web1"), Contains("no pg_hba.conf entry for host"));
    // From the data network it works: the rule was narrowed, not taken away.
    CHECK(as_app(stack, "ops") == "20000\n");
  });
  while_there(kOutages[1], [&] {
    for (const char* host : {"web1", "ops"}) {
      CHECK_THAT(as_app(stack, host), Contains("Connection refused"));
    }
    CHECK_THAT(stack.output("db1", "ss -ltn"), Contains("127.0.0.1:5432"));
    CHECK(stack.run("ops", "ping -c 1 -W 2 db1"));
  });
  while_there(kOutages[2], [&] {
    CHECK_THAT(as_app(stack, "web1"), Contains("relation \"products\" does not exist"));
    CHECK(stack.output("ops", "psql -XAt -h db1 -U postgres shop -c "
                              "'SELECT count(*) FROM public.products'") == "20000\n");
  });
  while_there(kOutages[4], [&] {
    CHECK_THAT(as_app(stack, "web1"), Contains("permission denied for table products"));
    CHECK_THAT(stack.output("web1", "grep -c sqlstate=42501 /var/log/storefront/current"),
               !Contains("0\n"));
  });
}

TEST_CASE("a mended file is not enough while the server has not read it, or another wins over it") {
  REQUIRE_A_STACK();
  RealStack stack;
  Host& db1 = stack.sandbox->host("db1");
  const auto listen = make_fault("listen_or_port", {"db1", {}});
  inject_and_restart(stack, *listen);
  REQUIRE(stack.run("db1", "cp /var/backups/postgresql.conf " + std::string(kServerConfig)));
  CHECK(listen->present(*stack.sandbox) == Presence::kYes);
  CHECK(stack.run("db1", "sv hup postgresql"));
  CHECK(listen->present(*stack.sandbox) == Presence::kYes);
  REQUIRE(stack.run("db1", "sv restart postgresql"));
  CHECK(eventually(20s, [&] { return listen->present(*stack.sandbox) == Presence::kNo; }));
  REQUIRE(ask_database(db1, {"ALTER SYSTEM SET listen_addresses = 'localhost'"}));
  CHECK(listen->present(*stack.sandbox) == Presence::kYes);
  REQUIRE(ask_database(db1, {"ALTER SYSTEM RESET listen_addresses"}));

  const auto rules = make_fault("client_auth_reject", {"db1", {}});
  inject_and_restart(stack, *rules);
  REQUIRE(stack.run("db1", "cp /var/backups/pg_hba.conf " + std::string(kAccessRules)));
  CHECK(rules->present(*stack.sandbox) == Presence::kYes);
  CHECK(stack.run("db1", "sv hup postgresql"));
  CHECK(eventually(5s, [&] { return rules->present(*stack.sandbox) == Presence::kNo; }));
}

TEST_CASE("helping the shop's role out serves users and leaves the server's setting wrong") {
  REQUIRE_A_STACK();
  RealStack stack;
  Host& db1 = stack.sandbox->host("db1");
  const auto fault = make_fault("privilege_or_search_path", {"db1", {}});
  inject_and_restart(stack, *fault);
  REQUIRE(ask_database(db1, {"ALTER ROLE app SET search_path = public"}));
  REQUIRE(ask_database(db1, {"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                             "WHERE usename = 'app'"}));
  CHECK(eventually(20s, [&] { return works(stack); }));
  CHECK(fault->present(*stack.sandbox) == Presence::kYes);
}

TEST_CASE("a time-out that is too low cuts off slow pages and leaves quick ones alone") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto slow_page = [&] {
    return stack.ask("GET /api/products?page=1000 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
  };
  const auto fault = make_fault("timeout_too_low", {"db1", {}});
  CHECK(fault->present(*stack.sandbox) == Presence::kNo);
  REQUIRE(eventually(20s, [&] { return works(stack) && slow_page() == 200; }));
  fault->inject(*stack.sandbox);
  for (int round = 0; round < 2; ++round) {
    CHECK(eventually(10s, [&] { return slow_page() == 503; }));
    CHECK(eventually(10s, [&] { return stack.read() == 200; }));
    CHECK(eventually(5s, [&] { return fault->present(*stack.sandbox) == Presence::kYes; }));
    CHECK_THAT(stack.output("db1", "tail -n 50 /var/log/postgresql/current"),
               Catch::Contains("57014"));
    if (round == 0) CHECK(stack.run("db1", "sv restart postgresql"));
  }
  for (int time = 0; time < 2; ++time) {
    fault->heal(*stack.sandbox);
    CHECK(eventually(10s, [&] { return fault->present(*stack.sandbox) == Presence::kNo; }));
    CHECK(eventually(10s, [&] { return slow_page() == 200; }));
  }
}
