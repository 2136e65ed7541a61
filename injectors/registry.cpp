#include <algorithm>
#include <cstdlib>
#include <sstream>

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
      {"pool_exhausted_demand", false, "more users come than the pool serves",
       make_pool_exhausted_demand},
      {"pool_exhausted_hold_time", false, "a release's statements hold connections for long",
       make_pool_exhausted_hold_time},
      {"pool_exhausted_leak", false, "a job takes connections and keeps them",
       make_pool_exhausted_leak},
      {"pool_exhausted_limit", false, "a change makes the pool smaller", make_pool_exhausted_limit},
      {"deploy", true, "an innocent release goes live", make_deploy},
      {"everyday", true, "work of an ordinary day", make_everyday},
      {"hiccup", true, "the payment service fails for a moment", make_hiccup},
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

double number_parameter(std::string_view fault, const FaultTarget& target, const std::string& name,
                        double low, double high, std::optional<double> otherwise) {
  const std::string where = std::string(fault) + ": " + name + ": ";
  const auto given = target.parameters.find(name);
  if (given == target.parameters.end()) {
    if (otherwise) return *otherwise;
    throw usage_error(where + "it is missing");
  }
  const std::string& text = given->second;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (!text.empty() && *end == '\0' && number >= low && number <= high) return number;
  std::ostringstream range;
  range << "\" is not a number of " << low << " to " << high;
  throw usage_error(where + "\"" + text + range.str());
}

}  // namespace gameday
