#include "drill/probes/databases.hpp"

#include <algorithm>
#include <sstream>
#include <thread>

#include "core/error.hpp"
#include "drill/probes/access_rules.hpp"
#include "drill/probes/comparison.hpp"
#include "injectors/database.hpp"
#include "injectors/database_session.hpp"

namespace gameday {

namespace {

constexpr const char* kShopRole = "app";
constexpr const char* kShopDatabase = "shop";

std::vector<const HostSpec*> database_hosts(const Sandbox& sandbox) {
  return hosts_of_role(sandbox.topology(), "db");
}

// nullopt also when the host is gone: a probe that could not run is unknown, not a failed drill.
std::optional<std::string> ask(Sandbox& sandbox, const HostSpec& spec,
                               std::initializer_list<std::string_view> sql,
                               std::string_view database = "postgres") {
  try {
    return ask_database(sandbox.host(spec.name), sql, database);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Whether the shop may write: "true" or "false". "hidden" when this session cannot tell, and then
// whether the server is in recovery. A session of the shop begins with what its role and database
// were given, which goes before the server's own setting; the same may have been given to the role
// and database of this session, and then hides the server's.
constexpr const char* kWritable =
    "WITH given AS (SELECT setrole, setdatabase, split_part(setting, '=', 2)::bool AS read_only, "
    "coalesce(rolname, 'app') = 'app' AND coalesce(datname, 'shop') = 'shop' AS to_shop, "
    "coalesce(rolname, 'postgres') = 'postgres' AND coalesce(datname, 'postgres') = 'postgres' "
    "AS to_us FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting "
    "LEFT JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase "
    "WHERE setting LIKE 'default_transaction_read_only=%') "
    "SELECT CASE WHEN NOT EXISTS (SELECT FROM given WHERE to_shop) "
    "AND EXISTS (SELECT FROM given WHERE to_us) "
    "THEN 'hidden ' || pg_is_in_recovery() "
    "ELSE (NOT pg_is_in_recovery() AND NOT coalesce((SELECT read_only FROM given WHERE to_shop "
    "ORDER BY setrole = 0, setdatabase = 0 LIMIT 1), "
    "current_setting('default_transaction_read_only')::bool))::text END";

struct Write {
  std::optional<bool> done;  // nullopt: it failed for another reason than read-only
  std::string why;
};

// A web server: rules let the shop in from there.
Host& shop_side(Sandbox& sandbox) {
  for (const HostSpec* host : hosts_of_role(sandbox.topology(), "web")) {
    if (!host->health.test.empty()) return sandbox.host(host->name);
  }
  throw usage_error("topology: no host of role web");
}

// Writes an order as the shop's role, from a web server, and rolls it back.
Write try_to_write(Sandbox& sandbox, const HostSpec& spec) {
  const Deadline deadline = deadline_in(std::chrono::seconds(5));
  try {
    DatabaseSession shop(
        shop_side(sandbox).dial(spec.address_on("data"), kDatabasePort, deadline),
        {kShopRole, kShopDatabase, SessionSettings::kOfRole}, deadline);
    const std::string number = "-" + std::to_string(
        std::chrono::system_clock::now().time_since_epoch().count());
    SqlResult result = shop.run("BEGIN", deadline);
    if (result.ok) {
      result = shop.run("INSERT INTO public.orders (id, client_ref, customer_id, status, "
                        "total_cents) VALUES (" + number + ", 'v" + number +
                        "', 1, 'new', 1) RETURNING id", deadline);
    }
    const bool stored = result.ok && result.text == number + "\n";
    shop.run("ROLLBACK", deadline);
    if (stored) return {true, ""};
    if (result.sqlstate == "25006") return {false, ""};
    return {std::nullopt, result.ok ? "the order was not stored" : result.error};
  } catch (const Error& error) {
    return {std::nullopt, error.what()};
  }
}

// The rules as the server reads them.
constexpr const char* kServersRules =
    "SELECT concat_ws(' ', 'rule', type, array_to_string(database, ','), "
    "array_to_string(user_name, ','), coalesce(address, '-'), coalesce(netmask, '-'), auth_method) "
    "FROM pg_hba_file_rules WHERE error IS NULL ORDER BY line_number";
constexpr const char* kPrivileged =
    "SELECT 'superuser ' || rolname FROM pg_authid WHERE rolsuper UNION ALL "
    "SELECT concat_ws(' ', 'member', member::regrole, roleid::regrole) FROM pg_auth_members "
    "UNION ALL SELECT concat_ws(' ', 'attribute', rolname, rolcreaterole, rolcreatedb, "
    "rolreplication, rolbypassrls) FROM pg_authid WHERE NOT rolsuper AND "
    "(rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls) ORDER BY 1";
// In the shop's database: what others than the application may do to its tables, whose they are, and
// functions that run with the rights of who made them.
constexpr const char* kGranted =
    "SELECT concat_ws(' ', 'granted', relname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE "
    "grantee::regrole::text END, privilege_type) FROM pg_class CROSS JOIN aclexplode(relacl) "
    "WHERE relnamespace = 'public'::regnamespace AND grantee <> relowner "
    "AND (grantee = 0 OR grantee::regrole::text <> 'app') "
    "UNION ALL SELECT concat_ws(' ', 'owner', relname, relowner::regrole) FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') "
    "UNION ALL SELECT concat_ws(' ', 'definer', oid::regprocedure, proowner::regrole) FROM pg_proc "
    "WHERE prosecdef AND oid >= 16384 ORDER BY 1";
constexpr const char* kRuleFiles =
    "SELECT current_setting('hba_file') || '|' || current_setting('ident_file')";

// What the names in a host's rules mean now.
HostNames names_of(Host& host) {
  HostNames names{host.read_file("/etc/hosts").value_or(""),
                  host.read_file("/etc/nsswitch.conf").value_or(""), {}};
  // "2: eth0    inet 10.77.3.11/24 brd …"
  const ExecResult shown = host.exec({"/usr/sbin/ip", "-o", "addr", "show"},
                                     std::chrono::seconds(5));
  for (const std::string& line : lines_of(shown.out)) {
    std::istringstream words(line);
    std::string number, link, family, prefix;
    words >> number >> link >> family >> prefix;
    names.prefixes.push_back(prefix);
  }
  return names;
}

std::optional<std::string> access_of(Sandbox& sandbox, const HostSpec& spec) {
  // One session: each costs the server a process.
  const auto answer = ask(sandbox, spec, {kRuleFiles, kServersRules, kPrivileged});
  const auto granted = ask(sandbox, spec, {kGranted}, kShopDatabase);
  if (!answer || !granted) return std::nullopt;
  std::string files, rules, privileged;
  for (const std::string& line : lines_of(*answer)) {
    if (files.empty()) files = line;
    else (line.starts_with("rule ") ? rules : privileged) += line + "\n";
  }
  const size_t bar = files.find('|');
  Host& host = sandbox.host(spec.name);
  const auto hba = host.read_file(files.substr(0, bar));
  const auto ident = bar == files.npos ? std::nullopt : host.read_file(files.substr(bar + 1));
  if (!hba || !ident) return std::nullopt;
  const std::string own = access_rules(*hba);
  // A rule that the server cannot read stands in no list of its own, and then nothing is loaded.
  if (own.find("unread ") == std::string::npos && own != rules) return std::nullopt;
  const std::string plain = speaks_of_names(own) ? with_addresses(own, names_of(host)) : own;
  return "files " + files + "\n" + plain + user_name_maps(*ident) + privileged +
         *granted + (granted->empty() ? "" : "\n");
}

constexpr const char* kCatalogue =
    "SELECT md5(string_agg(one, ',' ORDER BY one)) FROM ("
    "SELECT 'p' || oid || '.' || xmin AS one FROM pg_proc WHERE oid < 16384 UNION ALL "
    "SELECT 'o' || oid || '.' || xmin FROM pg_operator WHERE oid < 16384 UNION ALL "
    "SELECT 'c' || oid || '.' || xmin FROM pg_cast WHERE oid < 16384 UNION ALL "
    "SELECT 'r' || oid || '.' || xmin FROM pg_rewrite WHERE oid < 16384 UNION ALL "
    "SELECT 'n' || relname FROM pg_class WHERE relnamespace = 11) AS every";

struct Trial {
  const char* role;
  const char* database;
  bool loopback;  // from 127.0.0.1, else from the host's own address
};
// No rule of the shop's lets them in: the application from outside its networks and in another
// database, the replicator where it has nothing to stream.
constexpr Trial kStrangers[] = {
    {"app", "shop", true}, {"app", "postgres", false}, {"replicator", "shop", false}};

std::optional<bool> has_order(Sandbox& sandbox, const HostSpec& spec, const std::string& reference) {
  const auto found = ask(sandbox, spec,
                         {"SELECT count(*) FROM public.orders WHERE client_ref = '" + reference + "'"},
                         kShopDatabase);
  if (!found) return std::nullopt;
  return *found == "1";
}

}  // namespace

std::vector<DatabaseRole> database_roles(Sandbox& sandbox) {
  std::vector<DatabaseRole> roles;
  for (const HostSpec* spec : database_hosts(sandbox)) {
    DatabaseRole role{spec->name, std::nullopt, std::nullopt, "it could not be asked"};
    if (const auto answer = ask(sandbox, *spec, {kWritable})) {
      if (*answer == "true" || *answer == "false") role.writable = *answer == "true";
      if (answer->starts_with("hidden ")) role.in_recovery = answer->ends_with(" true");
      role.why = "default_transaction_read_only of postgres hides the setting of the server";
    }
    roles.push_back(role);
  }
  return roles;
}

std::optional<std::vector<std::string>> writable_databases(Sandbox& sandbox) {
  std::vector<std::string> hosts;
  for (const DatabaseRole& role : database_roles(sandbox)) {
    if (!role.writable) return std::nullopt;
    if (*role.writable) hosts.push_back(role.host);
  }
  return hosts;
}

std::optional<std::string> client_access(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec* spec : database_hosts(sandbox)) {
    std::optional<std::string> access;
    try {
      access = access_of(sandbox, *spec);
    } catch (const Error&) {
    }
    if (!access) return std::nullopt;
    for (const std::string& line : lines_of(*access)) all += spec->name + " " + line + "\n";
  }
  return all;
}

std::optional<std::string> catalogue_state(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec* spec : database_hosts(sandbox)) {
    for (const char* database : {"postgres", kShopDatabase}) {
      const auto state = ask(sandbox, *spec, {kCatalogue}, database);
      if (!state) return std::nullopt;
      all += spec->name + " " + database + " " + *state + "\n";
    }
  }
  return all;
}

std::string stranger_let_in(Sandbox& sandbox, const std::string& access) {
  for (const HostSpec* spec : database_hosts(sandbox)) {
    const auto log_in = [&](const std::string& role, const std::string& database, bool loopback) {
      const Deadline deadline = deadline_in(std::chrono::seconds(3));
      return std::make_unique<DatabaseSession>(
          sandbox.host(spec->name).dial(loopback ? "127.0.0.1" : spec->address_on("data"),
                                        kDatabasePort, deadline),
          DatabaseSession::Login{role, database, SessionSettings::kOfRole}, deadline);
    };
    try {
      for (const Trial& trial : kStrangers) {
        if (trial.loopback &&
            lets_in_by_loopback(access, spec->name, trial.database, trial.role)) {
          continue;
        }
        if (!log_in(trial.role, trial.database, trial.loopback)->ready()) continue;
        return spec->name + " lets " + trial.role + " into " + trial.database + " from " +
               (trial.loopback ? "127.0.0.1" : spec->address_on("data"));
      }
      for (const char* role : {"app", "monitor"}) {
        if (log_in(role, kShopDatabase, false)->is_superuser()) {
          return spec->name + " takes " + role + " for a superuser";
        }
      }
    } catch (const Error&) {
      // The host is gone: nobody is let in.
    }
  }
  return "";
}

ProbeResult check_primary(Sandbox& sandbox) {
  int writable = 0;
  bool unknown = false;
  std::string detail;
  for (const DatabaseRole& role : database_roles(sandbox)) {
    const Write write = try_to_write(sandbox, *sandbox.topology().find(role.host));
    // Where its setting is hidden the write tells it; a server in recovery never writes.
    const auto says = role.in_recovery ? (*role.in_recovery ? std::optional(false) : write.done)
                                       : role.writable;
    std::string said;
    if (!says || !write.done) {
      said = " unknown: " + (says ? write.why : role.why);
    } else if (*says != *write.done) {
      said = std::string(" unknown: it says ") + (*says ? "writable" : "read-only") +
             ", and a write as the shop " + (*write.done ? "succeeds" : "fails with 25006");
    } else {
      said = *write.done ? " writable" : " read-only";
      writable += *write.done;
    }
    unknown = unknown || said.starts_with(" unknown");
    detail += (detail.empty() ? "" : ", ") + role.host + said;
  }
  const Presence result = unknown ? Presence::kUnknown
                          : writable == 1 ? Presence::kYes : Presence::kNo;
  return {"one_writable_primary", result, detail};
}

ProbeResult check_redundancy(Sandbox& sandbox, std::optional<int> servers_before,
                             std::optional<int> servers_now) {
  const std::string name = "redundancy";
  const UserAnswer order = act_as_user(sandbox, UserAction::kWrite, deadline_in(std::chrono::seconds(5)));
  if (!order.right) return {name, Presence::kNo, "no order could be placed"};
  const std::vector<DatabaseRole> roles = database_roles(sandbox);
  std::string primary, unknown;
  bool followed = false;
  for (const DatabaseRole& role : roles) {
    const HostSpec& spec = *sandbox.topology().find(role.host);
    const Deadline deadline = deadline_in(std::chrono::seconds(5));
    std::optional<bool> found;
    while (!(found = has_order(sandbox, spec, order.reference)).value_or(false) &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const bool follows = role.in_recovery.value_or(!role.writable.value_or(true));
    if (!found || (!role.writable && !role.in_recovery)) unknown = role.host + " could not be asked";
    if (!found.value_or(false) || (!role.writable && !role.in_recovery)) continue;
    if (follows) followed = true;
    else primary = role.host;
  }
  if (!primary.empty() && followed) {
    if (!servers_before || !servers_now) {
      return {name, Presence::kUnknown, "the load balancer could not be asked"};
    }
    if (*servers_now >= *servers_before) return {name, Presence::kYes, ""};
    return {name, Presence::kNo,
            std::to_string(*servers_now) + " web servers are up, there were " +
                std::to_string(*servers_before)};
  }
  if (!unknown.empty()) return {name, Presence::kUnknown, unknown};
  return {name, Presence::kNo,
          primary.empty() ? "no writable database holds an order that was just placed"
                          : "no replica has an order that was just placed on " + primary};
}

}  // namespace gameday
