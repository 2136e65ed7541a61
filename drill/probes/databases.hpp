// What the databases of the stack really do: who accepts writes, whether orders reach a replica, who
// is let in. Asked over sessions of this process (injectors/database_session.hpp), never through a
// program of a host, and where it can be by doing: see docs/what-decides-a-probe.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drill/probes/stack_state.hpp"

namespace gameday {

inline constexpr int kDatabasePort = 5432;

// What a database host says of itself.
struct DatabaseRole {
  std::string host;
  std::optional<bool> writable;     // as the shop's role would find it; nullopt: it cannot be told
  std::optional<bool> in_recovery;  // told where a setting of our own role hides the server's
  std::string why;                  // it cannot be told
};
std::vector<DatabaseRole> database_roles(Sandbox& sandbox);

// The hosts that say they are writable; nullopt when one cannot tell.
std::optional<std::vector<std::string>> writable_databases(Sandbox& sandbox);

// The rules, user name maps, superusers and members of every database host, one entry a line as
// access_widened() compares them; nullopt when one could not be asked or tells two stories: the rule
// file as the harness reads it and as the server does must agree.
std::optional<std::string> client_access(Sandbox& sandbox);

// What of the system catalogues decides answers and never changes in a healthy database: functions,
// operators, casts, view definitions. A line a host and database; nullopt when one could not be asked.
std::optional<std::string> catalogue_state(Sandbox& sandbox);

// Tries log-ins that no rule of the shop's allows, on every database host, and returns the first that
// was let in, or the role of the shop that is superuser; empty: none. Every refusal writes a line into
// the server's log, so this is for the end of a response only. `access`: what client_access() said of
// rules, which may let in whoever comes from the host itself.
std::string stranger_let_in(Sandbox& sandbox, const std::string& access);

// one_writable_primary: what every host says of itself, and what a write as the shop's role does
// there (rolled back), must agree.
ProbeResult check_primary(Sandbox& sandbox);

// redundancy: an order placed now by a user is on the primary and, within 5 s, on a host that follows
// it, and as many web servers are up as `servers_before`.
ProbeResult check_redundancy(Sandbox& sandbox, std::optional<int> servers_before,
                             std::optional<int> servers_now);

}  // namespace gameday
