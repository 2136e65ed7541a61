// A migration's ALTER TABLE waits behind an innocent transaction that is long, and every reader of
// the table queues behind the ALTER. Nothing is slow by itself, and no lock is held that should not
// be.
//
// The report has been there for years and harms nobody: it is made before the trigger, in the twin
// as well. The migration is tried again until it is through, so that a restart of the database only
// puts both in line anew. A restart of the application makes it worse: the server does not notice
// that the clients of waiting statements are gone, and each restart adds as many more, until no
// connection is left. When the report ends, or the migration is withdrawn, all is well again.
#include <thread>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

constexpr std::chrono::seconds kLimit{10};
const std::string kReport = "/etc/service/stock-report";
const std::string kMigrate = "/etc/service/migrate";
const std::string kMigration = "/srv/migrations/column.sql";

// Whoever looks at pg_stat_activity finds both by their names.
const std::string kReportService = R"(mkdir -p /etc/service/.stock-report
cat >/etc/service/.stock-report/run <<'END'
#!/bin/sh
# stock-report: what is in stock, for the accounts. Read in one go, so that the figures belong
# together, and slowly, so that the shop does not notice.
exec >/dev/null 2>>/var/log/stock-report.log
psql="/usr/lib/postgresql/15/bin/psql -XAtq -h /run/postgresql -U postgres -d shop"
export PGAPPNAME=stock-report
until $psql -c 'SELECT 1' 2>/dev/null; do sleep 0.05; done
exec $psql -c 'SELECT id, stock, pg_sleep(0.5) FROM products'
END
chmod 755 /etc/service/.stock-report/run
mv /etc/service/.stock-report /etc/service/stock-report
)";

// @column@ is what it adds. The pause lets whatever else begins with the database begin first.
const std::string kMigrateService = R"(mkdir -p /srv/migrations /etc/service/.migrate
echo 'ALTER TABLE products ADD COLUMN @column@ text;' >/srv/migrations/column.sql
cat >/etc/service/.migrate/run <<'END'
#!/bin/sh
# migrate: applies the migration that waits here, and tries again until it is through.
exec >>/var/log/migrate.log 2>&1
psql="/usr/lib/postgresql/15/bin/psql -XAtq -h /run/postgresql -U postgres -d shop"
export PGAPPNAME=migrate
until $psql -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.2; done
sleep 0.7
$psql -c "SELECT 'applied' FROM pg_attribute
  WHERE attrelid = 'products'::regclass AND attname = '@column@'" | grep applied &&
  exec sv down /etc/service/migrate
exec $psql -v ON_ERROR_STOP=1 -f /srv/migrations/column.sql
END
chmod 755 /etc/service/.migrate/run
mv /etc/service/.migrate /etc/service/migrate
)";

class LockContention final : public Fault {
 public:
  explicit LockContention(const FaultTarget& target)
      : host_(target.host), column_(target.text("column")) {
    if (column_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos) return;
    throw usage_error("lock_contention: column: \"" + column_ + "\": only small letters and _");
  }

  void prepare(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (!path_exists(host, kReport)) run_script(host, kReportService, what() + "its report");
  }

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (path_exists(host, kMigrate)) throw Error(what() + "a migration is there already");
    wait_for(host, "granted AND mode = 'AccessShareLock'", "its report does not read");
    ours_ = true;
    std::string script = kMigrateService;
    const std::string place = "@column@";
    for (size_t at = 0; (at = script.find(place)) != std::string::npos;) {
      script.replace(at, place.size(), column_);
    }
    run_script(host, script, what() + "starting the migration");
    wait_for(host, "NOT granted AND mode = 'AccessExclusiveLock'", "its migration does not wait");
  }

  // Somebody waits for the whole table, or the migration would after the next start.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto waits = locks(host, "NOT granted AND mode = 'AccessExclusiveLock'");
    const auto applied = ask_database(
        host,
        {"SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('public.products') "
         "AND attname = '" + column_ + "'"},
        "shop");
    if (!waits || !applied) return Presence::kUnknown;
    if (*waits != "0") return Presence::kYes;
    const bool starts = *applied == "0" && file_exists(host, kMigration) &&
                        file_exists(host, kMigrate + "/run") &&
                        !file_exists(host, kMigrate + "/down");
    return starts ? Presence::kYes : Presence::kNo;
  }

  // A column that was added stays: to take it back would wait behind the report again.
  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    Host& host = sandbox.host(host_);
    run_script(host,
               "cd /etc/service\n"
               "[ ! -d migrate ] || {\n"
               "  touch migrate/down\n"
               "  sv -w 5 force-stop /etc/service/migrate >/dev/null || true\n"
               "  sv exit /etc/service/migrate >/dev/null || true\n"
               "  rm -rf migrate\n}\n"
               "rm -rf /var/log/migrate.log /srv/migrations",
               what() + "withdrawing the migration");
    // What it asked of the server goes on waiting when the client is gone.
    ask_database(host, {"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE application_name = 'migrate'"});
    ours_ = false;
  }

 private:
  std::string what() const { return "lock_contention: " + host_ + ": "; }

  // How many locks on the table of products are as the condition says.
  static std::optional<std::string> locks(Host& host, const std::string& condition) {
    return ask_database(host,
                        {"SELECT count(*) FROM pg_locks WHERE relation = "
                         "to_regclass('public.products') AND " + condition},
                        "shop");
  }

  void wait_for(Host& host, const std::string& condition, const char* otherwise) const {
    const Deadline deadline = deadline_in(kLimit);
    for (;;) {
      const auto found = locks(host, condition);
      if (found && *found != "0") return;
      if (std::chrono::steady_clock::now() > deadline) throw Error(what() + otherwise);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  const std::string host_, column_;
  bool ours_ = false;
};

}  // namespace

FaultKind lock_contention() {
  return {.summary = "a migration waits for a long transaction, and readers for the migration",
          .targets = {"primary"},
          .parameters = {{.name = "column",
                          .otherwise = "origin",
                          .meaning = "what the migration adds to products: small letters and _"}},
          .giveaways = {"lock", "deadlock", "migration"},
          .make = made<LockContention>};
}

}  // namespace gameday
