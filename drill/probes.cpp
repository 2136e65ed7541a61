#include "drill/probes.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <set>

#include "core/error.hpp"
#include "core/http.hpp"
#include "drill/monitoring_probe.hpp"
#include "workload/requests.hpp"

namespace gameday {

using std::chrono::seconds;

namespace {

constexpr const char* kPsql = "/usr/lib/postgresql/15/bin/psql";

// Nothing when the host is gone: a probe that could not run is unknown, not a failed drill.
std::optional<ExecResult> run_in(Host& host, const Command& command) {
  try {
    return host.exec(command, seconds(5));
  } catch (const Error&) {
    return std::nullopt;
  }
}

// One value or table from the database of a host, asked on its own local socket, so that neither
// the network nor client authentication is in between.
std::optional<std::string> ask_database(Host& host, const std::string& sql) {
  Command command;
  command.argv = {kPsql, "-XAt", "-d", "postgres", "-c", sql};
  command.user = "postgres";
  command.cwd = "/";
  command.env = {{"PGCONNECT_TIMEOUT", "3"}};
  const auto result = run_in(host, command);
  if (!result || !result->ok()) return std::nullopt;
  std::string text = result->out;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<const HostSpec*> hosts_of_role(const Topology& topology, std::string_view role) {
  std::vector<const HostSpec*> found;
  for (const HostSpec& host : topology.hosts) {
    if (host.role == role) found.push_back(&host);
  }
  return found;
}

std::optional<ServiceList> services_of(Host& host) {
  Command command;
  command.argv = {"sh", "-c", "sv status /etc/service/* 2>&1"};
  const auto result = run_in(host, command);
  if (!result || result->timed_out) return std::nullopt;
  return read_service_list(result->out);
}

// Whether a session of the shop begins read-only: what its role and database were given goes before
// the server's own setting, and sessions of others do not show it.
constexpr const char* kShopIsReadOnly =
    "coalesce((SELECT split_part(setting, '=', 2)::bool FROM pg_db_role_setting "
    "CROSS JOIN unnest(setconfig) AS setting LEFT JOIN pg_roles r ON r.oid = setrole "
    "LEFT JOIN pg_database d ON d.oid = setdatabase "
    "WHERE setting LIKE 'default_transaction_read_only=%' AND coalesce(rolname, 'app') = 'app' "
    "AND coalesce(datname, 'shop') = 'shop' ORDER BY setrole = 0, setdatabase = 0 LIMIT 1), "
    "current_setting('default_transaction_read_only')::bool)";

struct DatabaseRole {
  std::string host;
  std::optional<bool> writable;
};

std::vector<DatabaseRole> database_roles(Sandbox& sandbox) {
  std::vector<DatabaseRole> roles;
  for (const HostSpec* spec : hosts_of_role(sandbox.topology(), "db")) {
    const auto answer = ask_database(
        sandbox.host(spec->name),
        std::string("SELECT NOT pg_is_in_recovery() AND NOT ") + kShopIsReadOnly);
    DatabaseRole role;
    role.host = spec->name;
    if (answer) role.writable = *answer == "t";
    roles.push_back(role);
  }
  return roles;
}

// What lets someone in: the rules of every database host, who is superuser, and who belongs to a
// role that may do more. The lines are those of access_widened.
std::optional<std::string> client_access(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec* spec : hosts_of_role(sandbox.topology(), "db")) {
    const auto rules = ask_database(
        sandbox.host(spec->name),
        "SELECT concat_ws(' ', 'rule', type, array_to_string(database, ','), "
        "array_to_string(user_name, ','), coalesce(address, '-'), coalesce(netmask, '-'), "
        "auth_method) FROM pg_hba_file_rules WHERE error IS NULL "
        "UNION ALL SELECT 'superuser ' || rolname FROM pg_roles WHERE rolsuper "
        "UNION ALL SELECT concat_ws(' ', 'member', member::regrole, roleid::regrole) "
        "FROM pg_auth_members");
    if (!rules) return std::nullopt;
    for (const std::string& line : lines_of(*rules)) all += spec->name + " " + line + "\n";
  }
  return all;
}

std::optional<std::string> firewall_rules(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec* spec : hosts_of_role(sandbox.topology(), "router")) {
    Command command;
    command.argv = {"nft", "-s", "list", "ruleset"};
    const auto result = run_in(sandbox.host(spec->name), command);
    if (!result || !result->ok()) return std::nullopt;
    all += result->out;
  }
  return all;
}

ProbeResult compare(const std::string& name, const std::optional<std::string>& before,
                    const std::optional<std::string>& now) {
  if (!before || !now) return {name, Presence::kUnknown, "could not be asked"};
  if (*before == *now) return {name, Presence::kYes, ""};
  return {name, Presence::kNo, first_difference(*before, *now)};
}

// Rules that were taken away narrow access; only what was added widens it.
ProbeResult compare_access(const StackSnapshot& before, const StackSnapshot& now) {
  const std::string name = "access_not_widened";
  if (!before.client_access || !now.client_access || !before.firewall || !now.firewall) {
    return {name, Presence::kUnknown, "could not be asked"};
  }
  const std::string wider = access_widened(*before.client_access, *now.client_access);
  if (!wider.empty()) return {name, Presence::kNo, "new: " + wider};
  const std::string& old = *before.firewall;
  return compare(name, without_fault(old, "", old),
                 without_fault(old, before.broken_firewall.value_or(""), *now.firewall));
}

// Whether another database host receives a primary's stream. Anybody can ask a primary for it, so
// that the primary's own list of replicas proves nothing.
Presence replica_receives(Sandbox& sandbox, const std::vector<DatabaseRole>& roles) {
  Presence result = Presence::kNo;
  for (const DatabaseRole& role : roles) {
    if (role.writable.value_or(false)) continue;
    const auto streams =
        ask_database(sandbox.host(role.host),
                     "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'");
    if (streams && *streams != "0") return Presence::kYes;
    if (!streams) result = Presence::kUnknown;
  }
  return result;
}

ProbeResult check_redundancy(Sandbox& sandbox, const std::vector<DatabaseRole>& roles,
                             const StackSnapshot& before, const StackSnapshot& now) {
  const std::string name = "redundancy";
  for (const DatabaseRole& role : roles) {
    if (!role.writable.value_or(false)) continue;
    const auto standbys =
        ask_database(sandbox.host(role.host),
                     "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'");
    if (!standbys) return {name, Presence::kUnknown, role.host + " could not be asked"};
    const Presence replica = replica_receives(sandbox, roles);
    if (*standbys == "0" || replica == Presence::kNo) {
      return {name, Presence::kNo, "no replica streams from " + role.host};
    }
    if (replica == Presence::kUnknown) return {name, replica, "a replica could not be asked"};
    if (!before.servers_up || !now.servers_up) {
      return {name, Presence::kUnknown, "the load balancer could not be asked"};
    }
    if (*now.servers_up < *before.servers_up) {
      return {name, Presence::kNo,
              std::to_string(*now.servers_up) + " web servers are up, there were " +
                  std::to_string(*before.servers_up)};
    }
    return {name, Presence::kYes, ""};
  }
  return {name, Presence::kNo, "no database accepts writes"};
}

ProbeResult check_primary(const std::vector<DatabaseRole>& roles) {
  int writable = 0;
  bool unknown = false;
  std::string detail;
  for (const DatabaseRole& role : roles) {
    if (!role.writable) unknown = true;
    if (role.writable.value_or(false)) ++writable;
    detail += (detail.empty() ? "" : ", ") + role.host +
              (!role.writable ? " unknown" : *role.writable ? " writable" : " read-only");
  }
  const Presence result = unknown ? Presence::kUnknown
                          : writable == 1 ? Presence::kYes : Presence::kNo;
  return {"one_writable_primary", result, detail};
}

ProbeResult compare_services(const StackSnapshot& before, const StackSnapshot& now) {
  const std::string name = "services_same";
  bool unknown = false;
  for (const auto& [host, services] : before.services) {
    const auto found = now.services.find(host);
    if (!services || found == now.services.end() || !found->second) {
      unknown = true;
      continue;
    }
    const std::string difference = service_difference(*services, *found->second);
    if (!difference.empty()) return {name, Presence::kNo, host + ": " + difference};
  }
  if (unknown) return {name, Presence::kUnknown, "a host could not be asked"};
  return {name, Presence::kYes, ""};
}

}  // namespace

const char* to_string(Presence presence) {
  switch (presence) {
    case Presence::kYes: return "yes";
    case Presence::kNo: return "no";
    case Presence::kUnknown: break;
  }
  return "unknown";
}

ServicesByHost running_services(Sandbox& sandbox) {
  ServicesByHost services;
  for (const HostSpec& spec : sandbox.topology().hosts) {
    services[spec.name] = services_of(sandbox.host(spec.name));
  }
  return services;
}

StackSnapshot take_snapshot(Sandbox& sandbox) {
  StackSnapshot snapshot;
  snapshot.services = running_services(sandbox);
  snapshot.client_access = client_access(sandbox);
  snapshot.firewall = firewall_rules(sandbox);
  snapshot.monitoring = monitoring_state(sandbox);
  snapshot.servers_up = servers_up(sandbox);
  return snapshot;
}

void note_fault(Sandbox& sandbox, StackSnapshot& snapshot) {
  snapshot.broken_firewall = firewall_rules(sandbox);
}

std::vector<ProbeResult> check_invariants(Sandbox& sandbox, const StackSnapshot& before) {
  const StackSnapshot now = take_snapshot(sandbox);
  const std::vector<DatabaseRole> roles = database_roles(sandbox);
  return {check_primary(roles), check_redundancy(sandbox, roles, before, now),
          compare_services(before, now),
          compare("monitoring_intact", before.monitoring, now.monitoring),
          compare_access(before, now)};
}

const ProbeResult* doubtful_result(const std::vector<ProbeResult>& results) {
  const bool cured = std::any_of(results.begin(), results.end(), [](const ProbeResult& one) {
    return one.name == "cause_present" && one.result == Presence::kNo;
  });
  for (const ProbeResult& one : results) {
    if (one.result == Presence::kUnknown) return &one;
    if (cured && one.name == "users_served" && one.result == Presence::kNo) return &one;
  }
  return nullptr;
}

ProbeResult check_cause(Sandbox& sandbox, const std::vector<std::unique_ptr<Fault>>& faults) {
  Presence result = Presence::kNo;
  for (const auto& fault : faults) {
    Presence presence = Presence::kUnknown;
    try {
      presence = fault->present(sandbox);
    } catch (const std::exception& error) {  // a host is gone, or says what nobody expects
      return {"cause_present", Presence::kUnknown, error.what()};
    }
    if (presence == Presence::kYes) return {"cause_present", Presence::kYes, ""};
    if (presence == Presence::kUnknown) result = Presence::kUnknown;
  }
  return {"cause_present", result, ""};
}

std::string front_door(const Topology& topology) {
  for (const HostSpec* spec : hosts_of_role(topology, "lb")) {
    const std::string address = spec->address_on("edge");
    if (!address.empty()) return address;
  }
  throw usage_error("topology: no host of role lb stands in the network edge");
}

UserAnswer act_as_user(Sandbox& sandbox, UserAction action, Deadline deadline) {
  const auto start = std::chrono::steady_clock::now();
  UserAnswer answer;
  const auto users = hosts_of_role(sandbox.topology(), "clients");
  if (users.empty()) throw usage_error("topology: no host of role clients");
  UniqueFd connection =
      sandbox.host(users.front()->name).dial(front_door(sandbox.topology()), 80, deadline);
  if (connection) {
    static std::atomic<int> serial{0};
    const uint64_t product = 1 + static_cast<uint64_t>(serial++) % 1000;
    HttpRequest request;
    std::string wanted = "\"price_cents\":" + std::to_string(price_cents(product));
    if (action == UserAction::kRead) {
      request.method = "GET";
      request.target = "/api/products/" + std::to_string(product);
    } else {
      request.method = "POST";
      request.target = "/api/orders";
      request.headers.push_back({"Content-Type", "application/json"});
      const auto stamp = std::chrono::system_clock::now().time_since_epoch().count();
      const std::string reference = "\"client_ref\":\"v" + std::to_string(stamp) + "-" +
                                    std::to_string(product) + "\"";
      request.body = "{\"product_id\":" + std::to_string(product) + ",\"quantity\":1," +
                     reference + "}";
      wanted = reference + ",\"total_cents\":" + std::to_string(price_cents(product));
    }
    const HttpResponse response = http_request(std::move(connection), request, deadline);
    answer.status = response.status;
    answer.right = response.body.find(wanted) != std::string::npos;
  }
  answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return answer;
}

bool restart_services(Sandbox& sandbox, const std::vector<std::string>& hosts) {
  std::vector<std::future<bool>> restarts;
  for (const std::string& name : hosts) {
    Host& host = sandbox.host(name);
    restarts.push_back(std::async(std::launch::async, [&host] {
      // Only what runs is restarted: a service that is meant to be down stays down.
      const Argv restart = {"sh", "-c",
                            "for s in /etc/service/*; do sv check $s 2>/dev/null | "
                            "grep -q ^ok:.run: && set -- \"$@\" $s; done; "
                            "[ $# = 0 ] || sv -w 10 restart \"$@\""};
      try {
        return host.exec(restart, seconds(20)).ok();
      } catch (const Error&) {
        return false;  // the host is gone
      }
    }));
  }
  bool all = true;
  for (auto& restart : restarts) all = restart.get() && all;
  return all;
}

std::vector<std::string> resolve_target(const Topology& topology, const std::string& name) {
  if (topology.find(name)) return {name};
  std::vector<std::string> found;
  for (const HostSpec& host : topology.hosts) {
    const auto alias = host.labels.find("alias");
    if (alias != host.labels.end() && alias->second == name) return {host.name};
    const bool is_spare = host.health.test.empty() && host.role == "web";
    if (host.role == name && !is_spare) found.push_back(host.name);
  }
  if (found.empty()) {
    throw usage_error("topology: no host, alias or role is named " + name + ": see " +
                      topology.file.string());
  }
  return found;
}

}  // namespace gameday
