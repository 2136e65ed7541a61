// The look-alike of standby_read_only: a primary whose sessions are read-only by default. The same
// 25006 on every write, but pg_is_in_recovery() is false.
//
// Persistent: ALTER SYSTEM writes postgresql.auto.conf, which PostgreSQL reads at each start and
// reload. A reload reaches sessions that are already open, at their next transaction.
#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

class SessionReadOnly final : public Fault {
 public:
  explicit SessionReadOnly(const FaultTarget& target) : host_(target.host) {}

  void inject(Sandbox& sandbox) override {
    if (present(sandbox) != Presence::kNo) {
      throw Error("session_read_only: " + host_ +
                  ": it is read-only by default already, or does not answer");
    }
    ours_ = true;
    if (!ask_database(sandbox.host(host_), {"ALTER SYSTEM SET default_transaction_read_only = on",
                                            "SELECT pg_reload_conf()"})) {
      throw Error("session_read_only: " + host_ + ": the setting could not be changed");
    }
  }

  // In the files or in force: either refuses writes, now or after the next start.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto answer = ask_database(
        host, {"SELECT count(*) FROM pg_file_settings WHERE name = 'default_transaction_read_only' "
               "AND setting::bool",
               "SHOW default_transaction_read_only"});
    if (answer) return *answer == "0\noff" ? Presence::kNo : Presence::kYes;
    const auto file = host.read_file(std::string(kDataDirectory) + "/postgresql.auto.conf");
    if (file && file->find("default_transaction_read_only") != std::string::npos) {
      return Presence::kYes;
    }
    return Presence::kUnknown;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    if (present(sandbox) != Presence::kNo &&
        !ask_database(sandbox.host(host_), {"ALTER SYSTEM RESET default_transaction_read_only",
                                            "SELECT pg_reload_conf()"})) {
      throw Error("session_read_only: " + host_ + ": the setting could not be taken back");
    }
    ours_ = false;
  }

 private:
  const std::string host_;
  bool ours_ = false;
};

}  // namespace

FaultKind session_read_only() {
  return {.summary = "sessions are read-only by default",
          .targets = {"primary"},
          .giveaways = {"read-only", "read only"},
          .make = made<SessionReadOnly>};
}

}  // namespace gameday
