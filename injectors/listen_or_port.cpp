// The database listens for itself alone: a maintenance bound it to localhost, to have it quiet while
// it worked, and left it so. From other machines every connection is refused at once; on the host
// all is well.
//
// Persistent: postgresql.conf, read at each start. The address is bound at a start only, so the
// maintenance's own restart makes it bite, and no reload takes it back.
#include <sstream>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

namespace {

constexpr int kPort = 5432;

// Whether a value of listen_addresses leaves the machine reachable from others. No value at all is
// PostgreSQL's own default, localhost.
bool reaches_others(const std::string& addresses) {
  std::istringstream stream(addresses);
  for (std::string item; std::getline(stream, item, ',');) {
    std::erase(item, ' ');
    if (!item.empty() && item != "localhost" && item != "::1" && !item.starts_with("127.")) {
      return true;
    }
  }
  return false;
}

class ListenOrPort final : public Fault {
 public:
  explicit ListenOrPort(const FaultTarget& target) : host_(target.host) {}

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (!ask_database(host, {"SELECT 1"})) {
      throw Error("listen_or_port: " + host_ + ": it is no running database");
    }
    edit_.make(host);
    // Waiting for the restart is the business of whoever verifies.
    run_script(host, "sv term postgresql", "listen_or_port: " + host_ + ": restarting");
  }

  // In the files or in force: either shuts others out, after the next start or now.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto configured = configured_value(host, "listen_addresses");
    if (!configured) return edit_.in_file(host) ? Presence::kYes : Presence::kUnknown;
    if (!reaches_others(*configured)) return Presence::kYes;
    const std::string address = host.spec().address_on("data");
    const UniqueFd connection = host.dial(address, kPort, deadline_in(std::chrono::seconds(2)));
    return connection ? Presence::kNo : Presence::kYes;
  }

  void heal(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (edit_.undo(host)) restart_database(host, "listen_or_port: " + host_ + ": restarting");
  }

 private:
  const std::string host_;
  SettingEdit edit_{"listen_addresses", "'localhost'"};
};

}  // namespace

FaultKind listen_or_port() {
  return {.summary = "the database listens for itself alone",
          .targets = {"primary"},
          .giveaways = {"listen_addresses"},
          .make = made<ListenOrPort>};
}

}  // namespace gameday
