#include <algorithm>

#include "core/error.hpp"
#include "injectors/kinds.hpp"

namespace gameday {

const std::vector<FaultKind>& registry() {
  static const std::vector<FaultKind> kinds = {
      {"standby_read_only", false, "the primary restarts as a standby", make_standby_read_only},
      {"session_read_only", false, "sessions are read-only by default", make_session_read_only},
      {"client_auth_reject", false, "access rules refuse the application", make_client_auth_reject},
      {"listen_or_port", false, "the database listens for itself alone", make_listen_or_port},
      {"privilege_or_search_path", false, "the application connects and cannot read",
       make_privilege_or_search_path},
      {"timeout_too_low", false, "slower statements are cut off", make_timeout_too_low},
      {"firewall_drop", false, "a firewall rule drops packets", make_firewall_drop},
      {"firewall_reject", false, "a firewall rule refuses connections", make_firewall_reject},
      {"wrong_route", false, "a route leads the wrong way or nowhere", make_wrong_route},
      {"deploy", true, "an innocent release goes live", make_deploy},
      {"traffic", true, "a small rise of traffic", make_traffic},
  };
  return kinds;
}

std::unique_ptr<Fault> make_fault(std::string_view name, const FaultTarget& target) {
  std::string known;
  for (const FaultKind& kind : registry()) {
    if (kind.name == name) return kind.make(target);
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  throw usage_error("fault: " + std::string(name) + ": there is none of that name: choose from " +
                    known);
}

void allow_parameters(std::string_view fault, const FaultTarget& target,
                      std::initializer_list<std::string_view> allowed) {
  for (const auto& [key, value] : target.parameters) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    throw usage_error(std::string(fault) + ": " + key + ": it has no such parameter");
  }
}

}  // namespace gameday
