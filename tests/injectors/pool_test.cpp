// Faults of the connection pool on a real stack: what each leaves on the machines, whether it is
// seen there, and what ends it. What users suffer of them is the contract's business.
#include "core/json.hpp"
#include "injectors/database.hpp"
#include "injectors/pooler.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A fault of both web servers. Nobody but the test uses the shop.
struct PoolStack : RealStack {
  std::vector<std::unique_ptr<Fault>> faults;

  void prepare(const char* name, const std::map<std::string, std::string>& parameters) {
    faults.clear();
    for (const char* web : {"web1", "web2"}) faults.push_back(make_fault(name, {web, parameters}));
    REQUIRE(eventually(20s, [&] { return works(); }));
    for (const auto& fault : faults) fault->prepare(*sandbox);
    CHECK(all(Presence::kNo));
  }
  void inject() {
    for (const auto& fault : faults) fault->inject(*sandbox);
  }
  void heal() {
    for (const auto& fault : faults) fault->heal(*sandbox);
  }
  bool all(Presence presence) {
    for (const auto& fault : faults) {
      if (fault->present(*sandbox) != presence) return false;
    }
    return true;
  }
  bool works() { return read() == 200 && writes(); }
  bool restart(const char* services) {
    return run("web1", std::string("sv -w 15 restart ") + services) &&
           run("web2", std::string("sv -w 15 restart ") + services);
  }
  // Healing ends it, and healing again changes nothing.
  void check_heals() {
    for (int time = 0; time < 2; ++time) {
      heal();
      CHECK(eventually(15s, [&] { return all(Presence::kNo); }));
      CHECK(eventually(15s, [&] { return works(); }));
    }
  }
  bool has_release(const std::string& name) {
    return run("web1", "[ \"$(deploy current)\" = " + name + " ]");
  }
};

}  // namespace

TEST_CASE("a pool is too small for a crowd while the crowd is there and the pool has not grown") {
  REQUIRE_A_STACK();
  PoolStack stack;
  const std::string before = stack.output("web1", "cat /etc/pgbouncer/pgbouncer.ini");
  stack.prepare("pool_exhausted_demand", {{"factor", "3"}, {"pool_size", "1"}, {"wait_ms", "200"}});
  // It has always been so: the last stable copy says the same, and the spare has it too.
  CHECK(stack.run("web1", "diff /var/backups/pgbouncer.ini /etc/pgbouncer/pgbouncer.ini"));
  CHECK(configured_pool_size(stack.sandbox->host("web3")) == 1);
  stack.inject();
  CHECK(stack.all(Presence::kNo));
  Command command;
  command.argv = {"/usr/local/bin/workload", "--target", "10.77.1.20:80", "--plan", "-"};
  const auto crowd = stack.sandbox->host("clients").start(command);
  // Each order holds a connection for some 80 ms: four at once for two connections.
  json::object plan{{"users", 500}, {"period_seconds", 10}, {"writers", 1.0},
                    {"reads_per_visit", 1}, {"think_seconds", 0.1}};
  write_all(crowd->in(), json::serialize(plan) + "\n");
  CHECK(eventually(15s, [&] { return stack.all(Presence::kYes); }));
  CHECK(stack.restart("pgbouncer storefront"));
  CHECK(eventually(15s, [&] { return stack.all(Presence::kYes); }));
  stack.check_heals();
  CHECK(stack.output("web1", "cat /etc/pgbouncer/pgbouncer.ini") == before);
  crowd->kill();
}

TEST_CASE("a lowered limit stands in the pooler's file until it is put back") {
  REQUIRE_A_STACK();
  PoolStack stack;
  stack.prepare("pool_exhausted_limit", {{"before", "4"}, {"pool_size", "1"}, {"wait_ms", "200"}});
  stack.inject();
  CHECK(stack.all(Presence::kYes));
  CHECK(stack.run("web1", "diff /var/backups/pgbouncer.ini /etc/pgbouncer/pgbouncer.ini | "
                          "grep -q '> default_pool_size = 1'"));
  CHECK(stack.restart("pgbouncer"));
  CHECK(eventually(15s, [&] { return stack.all(Presence::kYes); }));
  CHECK(pool_state(stack.sandbox->host("web1"))->size == 1);
  // In force only: the next start would read the file.
  REQUIRE(stack.run("web1", "psql -h 127.0.0.1 -p 6432 -U postgres -d pgbouncer "
                            "-c 'SET default_pool_size = 4'"));
  CHECK(stack.faults[0]->present(*stack.sandbox) == Presence::kYes);
  stack.check_heals();
  CHECK(pool_state(stack.sandbox->host("web1"))->size == 4);
}

TEST_CASE("a release that asks for every row is cured by an index or by the release before") {
  REQUIRE_A_STACK();
  PoolStack stack;
  stack.prepare("pool_exhausted_hold_time", {});
  stack.inject();
  CHECK(stack.all(Presence::kYes));
  CHECK(stack.has_release("r42"));
  CHECK(stack.restart("storefront"));
  CHECK(stack.all(Presence::kYes));
  REQUIRE(stack.run("ops", "psql -h db1 -U postgres -d shop -c "
                           "'CREATE INDEX by_price ON products (price_cents, id)'"));
  CHECK(stack.all(Presence::kNo));
  // The shop's own pages of 20 rows take that way: the server counts.
  const auto uses_index = [&] {
    return stack.run("web1", "curl -sfo /dev/null "
                             "'http://127.0.0.1:8080/api/products?category=books'") &&
           std::atoi(stack.output("ops", "psql -h db1 -U postgres -d shop -tAc \"SELECT idx_scan FROM "
                                         "pg_stat_user_indexes WHERE indexrelname = 'by_price'\"")
                         .c_str()) > 0;
  };
  CHECK(eventually(20s, uses_index));
  REQUIRE(stack.run("ops", "psql -h db1 -U postgres -d shop -c 'DROP INDEX by_price'"));
  CHECK(stack.all(Presence::kYes));
  stack.check_heals();
  CHECK(stack.has_release("r41"));
}

TEST_CASE("a job that never ends its transactions takes the whole pool and goes with its release") {
  REQUIRE_A_STACK();
  PoolStack stack;
  stack.prepare("pool_exhausted_leak", {});
  stack.inject();
  CHECK(stack.all(Presence::kYes));
  const auto all_taken = [&] {
    const auto idle = ask_database(stack.sandbox->host("db1"),
                                   {"SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in "
                                    "transaction' AND application_name = 'stock-sync'"});
    const auto pool = pool_state(stack.sandbox->host("web1"));
    return idle && pool && pool->size > 0 && std::atoi(idle->c_str()) >= 2 * pool->size;
  };
  CHECK(eventually(20s, all_taken));
  CHECK(eventually(15s, [&] { return stack.all_fails(); }));
  REQUIRE(stack.run("db1", "sv -w 15 restart postgresql"));
  CHECK(stack.restart("pgbouncer storefront stock-sync"));
  CHECK(eventually(20s, all_taken));
  CHECK(stack.all(Presence::kYes));

  for (const char* web : {"web1", "web2"}) CHECK(stack.run(web, "deploy rollback"));
  CHECK(eventually(10s, [&] { return stack.all(Presence::kNo); }));
  CHECK(eventually(15s, [&] { return stack.works(); }));
  // Started by hand and under another name, from no service.
  for (const char* web : {"web1", "web2"}) {
    CHECK(stack.run(web, "cp /srv/storefront/releases/r42/jobs/stock-sync /tmp/other && "
                         "setsid chpst -u storefront /tmp/other >/dev/null 2>&1 </dev/null & "
                         "echo $! >/tmp/other.pid"));
  }
  CHECK(eventually(20s, [&] { return stack.all(Presence::kYes); }));
  for (const char* web : {"web1", "web2"}) {
    CHECK(stack.run(web, "kill $(cat /tmp/other.pid)"));
  }
  CHECK(eventually(10s, [&] { return stack.all(Presence::kNo); }));
  for (const char* web : {"web1", "web2"}) CHECK(stack.run(web, "deploy switch r42"));
  CHECK(eventually(10s, [&] { return stack.all(Presence::kYes); }));
  stack.check_heals();
  CHECK(stack.run("web1", "[ ! -e /etc/service/stock-sync ]"));
  CHECK(stack.has_release("r41"));
}
