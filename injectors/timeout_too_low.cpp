// A statement time-out that is far too short: a maintenance set statement_timeout with a number
// meant as seconds, and PostgreSQL reads milliseconds. Statements that take longer fail with
// SQLSTATE 57014; quick ones, and with them most of the site, go on: a degradation, never a total
// outage.
//
// Persistent: postgresql.conf, read at each start and reload. A reload reaches open sessions too.
//
// Parameter: milliseconds, 1 to 60000, default 1.
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/kinds.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

namespace {

class TimeoutTooLow final : public Fault {
 public:
  TimeoutTooLow(const FaultTarget& target, int milliseconds)
      : host_(target.host),
        milliseconds_(milliseconds),
        edit_("statement_timeout", std::to_string(milliseconds)) {}

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

std::unique_ptr<Fault> make_timeout_too_low(const FaultTarget& target) {
  allow_parameters("timeout_too_low", target, {"milliseconds"});
  const auto given = target.parameters.find("milliseconds");
  const std::string text = given == target.parameters.end() ? "1" : given->second;
  const bool digits = !text.empty() && text.size() <= 5 &&
                      std::all_of(text.begin(), text.end(), [](unsigned char c) {
                        return std::isdigit(c) != 0;
                      });
  const int milliseconds = digits ? std::atoi(text.c_str()) : 0;
  if (milliseconds < 1 || milliseconds > 60000) {
    throw usage_error("timeout_too_low: milliseconds: \"" + text +
                      "\" is not a whole number of 1 to 60000");
  }
  return std::make_unique<TimeoutTooLow>(target, milliseconds);
}

}  // namespace gameday
