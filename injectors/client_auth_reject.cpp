// The database's access rules no longer let the application in: a maintenance narrowed the rule of
// its role to the network that the database itself stands in, and the web servers stand in another.
// They connect and are refused with SQLSTATE 28000; monitoring, replication and a try from a
// machine of the data network go on.
//
// Persistent: pg_hba.conf, read at each start and reload. A reload leaves connections that are
// already open, and a pooler holds many: the maintenance's own restart makes it bite.
#include <sstream>
#include <vector>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/database_session.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

namespace {

const std::string kRole = "app", kDatabase = "shop";

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The network that an address stands in, all of ours being /24.
std::string network_of(const std::string& address) {
  return address.substr(0, address.rfind('.')) + ".0/24";
}

class ClientAuthReject final : public Fault {
 public:
  explicit ClientAuthReject(const FaultTarget& target) : host_(target.host) {}

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    if (!ask_database(host, {"SELECT 1"})) {
      throw Error("client_auth_reject: " + host_ + ": it is no running database");
    }
    const std::string rules = host.read_file(kAccessRules).value_or("");
    std::istringstream stream(rules);
    for (std::string line; std::getline(stream, line);) {
      const std::vector<std::string> words = words_of(line);
      if (words.size() == 5 && words[0] == "host" && words[1] == kDatabase && words[2] == kRole) {
        before_ = line;
        narrowed_ = line;
        narrowed_.replace(line.find(words[3]), words[3].size(),
                          network_of(host.spec().address_on("data")));
      }
    }
    if (before_.empty() || narrowed_ == before_) {
      throw Error("client_auth_reject: " + host_ + ": no rule in " + kAccessRules +
                  " lets the application in from other networks");
    }
    replace_line(host, kAccessRules, before_, narrowed_);
    // Waiting for the restart is the business of whoever verifies.
    run_script(host, "sv term postgresql", "client_auth_reject: " + host_ + ": restarting");
  }

  // In the file or in force: any web server that is shut out, now or after the next reload.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    for (const HostSpec& web : sandbox.topology().hosts) {
      if (web.role != "web" || web.health.test.empty()) continue;
      const auto method = method_in_file(host, web);
      if (!method) return ours_in_file(host) ? Presence::kYes : Presence::kUnknown;
      if (*method != "trust") return Presence::kYes;
      if (refused_now(sandbox.host(web.name), host.spec())) return Presence::kYes;
    }
    return Presence::kNo;
  }

  void heal(Sandbox& sandbox) override {
    if (before_.empty()) return;
    Host& host = sandbox.host(host_);
    if (replace_line(host, kAccessRules, narrowed_, before_)) {
      run_script(host, "sv hup postgresql", "client_auth_reject: " + host_ + ": reloading");
    }
  }

 private:
  bool ours_in_file(Host& host) const {
    const std::string rules = host.read_file(kAccessRules).value_or("");
    return !narrowed_.empty() && rules.find(narrowed_ + "\n") != std::string::npos;
  }

  // The first rule of the file that speaks of the application on a web server decides; empty: none
  // does. Nothing: the server could not be asked.
  static std::optional<std::string> method_in_file(Host& host, const HostSpec& web) {
    const std::string address = web.address_on("app");
    return ask_database(
        host,
        {"SELECT auth_method FROM pg_hba_file_rules WHERE error IS NULL "
         "AND type IN ('host', 'hostnossl') AND database && ARRAY['all', '" + kDatabase + "'] "
         "AND user_name && ARRAY['all', '" + kRole + "'] "
         "AND (address IN ('all', '" + web.name + "') "
         "OR CASE WHEN address ~ '^[0-9.]+$' THEN address::inet & netmask::inet = inet '" +
         address + "' & netmask::inet ELSE false END) ORDER BY line_number LIMIT 1"});
  }

  // A refusal in words; a server that cannot be reached at all is another fault's.
  static bool refused_now(Host& web, const HostSpec& database) {
    const Deadline deadline = deadline_in(std::chrono::seconds(2));
    const DatabaseSession shop(web.dial(database.address_on("data"), 5432, deadline),
                               {kRole, kDatabase, SessionSettings::kOfRole}, deadline);
    return shop.refusal().find("pg_hba.conf") != std::string::npos;
  }

  const std::string host_;
  std::string before_, narrowed_;
};

}  // namespace

FaultKind client_auth_reject() {
  return {.summary = "access rules refuse the application",
          .targets = {"primary"},
          .giveaways = {"pg_hba", "access rule"},
          .make = made<ClientAuthReject>};
}

}  // namespace gameday
