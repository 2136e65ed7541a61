// The primary database comes back from maintenance as a standby: a procedure left standby.signal in
// its data directory and restarted it. Reads go on; every write fails with SQLSTATE 25006.
//
// Persistent: PostgreSQL reads the file at each start, so a restart changes nothing. It follows
// nobody, because a primary has no primary_conninfo.
#include <thread>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

constexpr std::chrono::seconds kAnswerLimit{15};

class StandbyReadOnly final : public Fault {
 public:
  explicit StandbyReadOnly(const FaultTarget& target) : host_(target.host) {}

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (in_recovery(host) != false) {
      throw Error("standby_read_only: " + host_ + ": it is no running primary: choose the primary");
    }
    ours_ = true;
    // TERM makes runsv restart the service. The restart belongs to the maintenance, what it left
    // behind is the fault: it is there once the server answers as a standby.
    run_script(host,
               "install -o postgres -g postgres -m 0600 /dev/null " + signal_file() +
                   "\nsv term postgresql",
               "standby_read_only: " + host_ + ": restarting as a standby");
    wait_for_role(host, true);
  }

  // A standby that follows a primary elsewhere is what a failover leaves, not the fault.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto answer = ask_database(
        host, {"SELECT pg_is_in_recovery()",
               "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"});
    if (answer == "f\n0" || answer == "f\n1") {
      // Already writable, but the next start would bring it back.
      return file_exists(host, signal_file()) ? Presence::kYes : Presence::kNo;
    }
    if (answer == "t\n1" && another_primary(sandbox, host_)) return Presence::kNo;
    if (answer || file_exists(host, signal_file())) return Presence::kYes;
    return Presence::kUnknown;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    // Someone made another host the primary: a second one would let the data part ways.
    if (another_primary(sandbox, host_)) return;
    Host& host = sandbox.host(host_);
    // A server that is just starting may have read the file already: ask it once it answers. One
    // that never answers is down, and will find no file when it starts.
    const bool restart = recovery_once_it_answers(host) == true;
    run_script(host, "rm -f " + signal_file() + (restart ? "\nsv restart postgresql" : ""),
               "standby_read_only: " + host_ + ": restarting as the primary");
    if (restart) wait_for_role(host, false);
    ours_ = false;
  }

 private:
  static std::string signal_file() { return std::string(kDataDirectory) + "/standby.signal"; }

  static std::optional<bool> recovery_once_it_answers(Host& host) {
    const Deadline deadline = deadline_in(kAnswerLimit);
    for (;;) {
      const std::optional<bool> recovery = in_recovery(host);
      if (recovery || std::chrono::steady_clock::now() > deadline) return recovery;
      pause();
    }
  }

  void wait_for_role(Host& host, bool standby) const {
    const Deadline deadline = deadline_in(kAnswerLimit);
    while (in_recovery(host) != standby) {
      if (std::chrono::steady_clock::now() > deadline) {
        throw Error("standby_read_only: " + host_ + ": it did not come back as " +
                    (standby ? "a standby" : "the primary") +
                    ": read its log in /var/log/postgresql");
      }
      pause();
    }
  }

  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

  const std::string host_;
  bool ours_ = false;
};

}  // namespace

FaultKind standby_read_only() {
  return {.summary = "the primary restarts as a standby",
          .targets = {"primary"},
          .giveaways = {"read-only", "read only", "standby", "recovery", "promote"},
          .make = made<StandbyReadOnly>};
}

}  // namespace gameday
