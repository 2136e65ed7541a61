// A statement time-out that is far too short: a maintenance set statement_timeout with a number
// meant as seconds, and PostgreSQL reads milliseconds. Statements that take longer fail with
// SQLSTATE 57014; quick ones, and with them most of the site, go on: a degradation, never a total
// outage.
//
// Persistent: postgresql.conf, read at each start and reload. A reload reaches open sessions too.
#include <cstdlib>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

namespace {

class TimeoutTooLow final : public Fault {
 public:
  explicit TimeoutTooLow(const FaultTarget& target)
      : host_(target.host),
        milliseconds_(static_cast<int>(target.number("milliseconds"))),
        edit_("statement_timeout", std::to_string(milliseconds_)) {}

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    edit_.make(host);
    reload(host);
  }

  // In the files or in force.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto configured = configured_value(host, "statement_timeout");
    const auto in_force = ask_database(
        host, {"SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"});
    if (!configured || !in_force) return edit_.in_file(host) ? Presence::kYes : Presence::kUnknown;
    const int now = std::atoi(in_force->c_str());
    const bool too_low = now > 0 && now <= milliseconds_;
    const bool comes_back = *configured == std::to_string(milliseconds_);
    return too_low || comes_back ? Presence::kYes : Presence::kNo;
  }

  void heal(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (edit_.undo(host)) reload(host);
  }

 private:
  // By signal, as a time-out of a millisecond could cut off our own statement.
  void reload(Host& host) {
    run_script(host, "sv hup postgresql", "timeout_too_low: " + host_ + ": reloading");
  }

  const std::string host_;
  const int milliseconds_;
  SettingEdit edit_;
};

}  // namespace

FaultKind timeout_too_low() {
  return {.summary = "slower statements are cut off",
          .targets = {"primary"},
          .parameters = {{.name = "milliseconds",
                          .unit = "ms",
                          .low = 1,
                          .high = 60000,
                          .whole = true,
                          .otherwise = "1",
                          .meaning = "the limit on each statement"}},
          .giveaways = {"statement_timeout"},
          .make = made<TimeoutTooLow>};
}

}  // namespace gameday
