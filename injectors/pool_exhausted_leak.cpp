// A release that brings a job along: it opens a database session for each batch of its work, and
// keeps its transaction open until somebody confirms, which nobody ever does. The sessions sit idle
// in transaction on the pool's connections, without any load.
//
// Persistent: runit starts the job at each start of the machine, and the job opens its sessions
// again when they were lost. A release without the job ends it, and so does marking it down.
#include <cstdlib>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/release.hpp"

namespace gameday {

namespace {

// The statement a second is what makes a lost session known, so that it is opened again.
const std::string kEdits = R"(mkdir -p jobs
cat >jobs/stock-sync <<'END'
#!/bin/bash
# stock-sync: tells the warehouse what is left of every product, a thousand at a time. A batch's
# figures must hold until the warehouse has confirmed it, so it keeps its transaction until then.
spool=/var/spool/stock-sync
psql=/usr/lib/postgresql/15/bin/psql
shop="host=127.0.0.1 port=6432 dbname=shop user=app application_name=stock-sync connect_timeout=2"
trap 'trap - TERM; kill 0' TERM
[ -p $spool/answers ] || mkfifo $spool/answers
exec 3<>$spool/answers

confirmed() { read -r -t 1 -u 3 answer && [ "$answer" = "confirmed $1" ]; }
batch() {
  echo 'BEGIN ISOLATION LEVEL REPEATABLE READ;'
  echo "SELECT id, stock FROM products WHERE id > $1 ORDER BY id LIMIT 1000;"
  until confirmed "$1"; do echo 'SELECT 1;' || exit; done
  echo 'COMMIT;'
}
send() { until batch "$1" | $psql -XAtq "$shop" >"$spool/$1"; do sleep 0.2; done; }

echo "sending stock figures"
for first in $(seq 0 1000 19000); do
  send "$first" &
  sleep 0.02
done
wait
END
chmod 755 jobs/stock-sync
)";

const std::string kService = R"(
install -d -o storefront -g storefront /var/spool/stock-sync
mkdir -p /etc/service/.stock-sync
cat >/etc/service/.stock-sync/run <<'END'
#!/bin/sh
exec >>/var/log/stock-sync.log 2>&1
job=/srv/storefront/current/jobs/stock-sync
[ -x $job ] || exec sv down /etc/service/stock-sync
exec chpst -P -u storefront $job
END
chmod 755 /etc/service/.stock-sync/run
mv /etc/service/.stock-sync /etc/service/stock-sync
)";

constexpr int kLeaked = 2;  // one may be somebody's own

class PoolExhaustedLeak final : public Fault {
 public:
  explicit PoolExhaustedLeak(const FaultTarget& target)
      : host_(target.host), release_("pool_exhausted_leak", target) {}

  void inject(Sandbox& sandbox) override {
    if (path_exists(sandbox.host(host_), "/etc/service/stock-sync")) {
      throw Error("pool_exhausted_leak: " + host_ + ": the job is there already");
    }
    release_.roll_out(sandbox, kEdits + "printf '%s\\nStock figures go to the warehouse.\\n' " +
                                   release_.name() + " >NOTES\n"
                                   "chown -R storefront:storefront " + release_.folder() + kService);
    ours_ = true;
  }

  // Would the job run after the next start, or does it run now, whoever started it?
  Presence present(Sandbox& sandbox) override {
    const ExecResult result = sandbox.host(host_).exec(
        {"/bin/sh", "-c",
         "cd /etc/service/stock-sync 2>/dev/null || { echo gone; exit; }\n"
         "/usr/bin/sv status . | grep -q '^run' && { echo runs; exit; }\n"
         "[ -e down ] || [ ! -x /srv/storefront/current/jobs/stock-sync ] || { echo starts; exit; }\n"
         "echo stopped"});
    if (!result.ok()) return Presence::kUnknown;
    const bool there = result.out == "runs\n" || result.out == "starts\n";
    return there ? Presence::kYes : leaks(sandbox);
  }

  void heal(Sandbox& sandbox) override {
    if (ours_) {
      run_script(sandbox.host(host_),
                 "[ ! -d /etc/service/stock-sync ] || {\n"
                 "  touch /etc/service/stock-sync/down\n"
                 "  sv -w 5 force-stop /etc/service/stock-sync >/dev/null || true\n"
                 "  sv exit /etc/service/stock-sync >/dev/null || true\n"
                 "  rm -rf /etc/service/stock-sync\n}\n"
                 "rm -rf /var/spool/stock-sync /var/log/stock-sync.log",
                 "pool_exhausted_leak: " + host_ + ": ending the job");
      ours_ = false;
    }
    release_.take_back(sandbox);
  }

 private:
  // What the job does, under whatever name: transactions of the shop that come from here and stay
  // open. The shop's own last some milliseconds; of a stopped job none is left after a second.
  Presence leaks(Sandbox& sandbox) const {
    std::string addresses;
    for (const Attachment& attachment : sandbox.topology().find(host_)->attachments) {
      addresses += (addresses.empty() ? "'" : ", '") + attachment.address + "'";
    }
    const std::string sql =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND host(client_addr) IN (" +
        addresses + ") AND xact_start < clock_timestamp() - interval '5 s'";
    Presence found = Presence::kNo;
    for (const HostSpec& spec : sandbox.topology().hosts) {
      if (spec.role != "db") continue;
      const auto answer = ask_database(sandbox.host(spec.name), {sql});
      if (!answer) found = Presence::kUnknown;
      if (answer && std::atoi(answer->c_str()) >= kLeaked) return Presence::kYes;
    }
    return found;
  }

  const std::string host_;
  Release release_;
  bool ours_ = false;
};

}  // namespace

FaultKind pool_exhausted_leak() {
  return {.summary = "a job takes connections and keeps them",
          .targets = {"web"},
          .parameters = {kReleaseParameter},
          .giveaways = {"pool", "exhausted"},
          .make = made<PoolExhaustedLeak>};
}

}  // namespace gameday
