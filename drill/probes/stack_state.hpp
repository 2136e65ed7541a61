// What can be seen of the stack from outside, asked the same way before the fault and after the
// repair. A probe that could not run answers unknown, which is never a pass.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "drill/probes/comparison.hpp"
#include "injectors/fault.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

struct ProbeResult {
  std::string name;  // as in journal/events.hpp, kProbe
  Presence result = Presence::kUnknown;
  std::string detail;
};

const char* to_string(Presence presence);

// What the invariants are compared with: taken once, before the fault.
struct StackSnapshot {
  ServicesByHost services;
  ServicesByHost broken_services;               // the same as the fault left them
  std::optional<std::string> client_access;     // rules of pg_hba.conf, superusers, members
  std::optional<std::string> catalogue;         // of the databases: what decides their answers
  std::string loaders;                          // of the hosts: what decides how programs start
  std::optional<std::string> firewall;          // the router's rules without counters
  std::optional<std::string> broken_firewall;   // the same as the fault left them
  std::optional<std::string> monitoring;        // targets, rules, receivers
  std::optional<int> servers_up;                // in the load balancer
};

StackSnapshot take_snapshot(Sandbox& sandbox);
// Adds what the fault itself has changed, once its effect was seen.
void note_fault(Sandbox& sandbox, StackSnapshot& snapshot);

// What the watch over harm asks again and again; nullopt when a host could not be asked.
std::optional<std::string> firewall_state(Sandbox& sandbox);  // as StackSnapshot::firewall

// What runs on every host, and since when. About ten milliseconds a host.
ServicesByHost running_services(Sandbox& sandbox);

// The data of a restarts event: what no longer runs as it did then.
json::object restarts_since(Sandbox& sandbox, const ServicesByHost& then);

// Compares now with `before`: one_writable_primary, redundancy, access_not_widened, services_same,
// monitoring_intact. Places an order as a user does. Log-ins that must be refused are tried at the end
// of a response only: each refusal stands in a server's log, where it is the mark of another fault.
enum class LogIns { kLeave, kTry };
std::vector<ProbeResult> check_invariants(Sandbox& sandbox, const StackSnapshot& before,
                                          LogIns log_ins);

// The first result that a machine without processor time could have made; null when there is none.
// That is a probe that got no answer, and users who are not served although the cause is gone: while
// it is there they suffer from that. Pure.
const ProbeResult* doubtful_result(const std::vector<ProbeResult>& results);

// cause_present over all faults: yes when any is present, unknown when any cannot be asked.
ProbeResult check_cause(Sandbox& sandbox, const std::vector<std::unique_ptr<Fault>>& faults);

// A user's request, made from the users' host through the front door.
enum class UserAction { kRead, kWrite };
struct UserAnswer {
  int status = 0;  // 0: no answer in time
  bool right = false;  // it holds what was asked for
  std::string reference;  // of the order that was placed
  double seconds = 0;
};
UserAnswer act_as_user(Sandbox& sandbox, UserAction action, Deadline deadline);

// All hosts of a role, spares too, in the topology's order.
std::vector<const HostSpec*> hosts_of_role(const Topology& topology, std::string_view role);

// The address of the front door as users know it.
std::string front_door(const Topology& topology);

// Restarts the services of these hosts by the ordinary command, all hosts at once; true when every
// command succeeded.
bool restart_services(Sandbox& sandbox, const std::vector<std::string>& hosts);

// The hosts that a name of a scenario means: a host, a declared alias (label `alias`), or a role,
// without spares. Throws a usage Error when there is none.
std::vector<std::string> resolve_target(const Topology& topology, const std::string& name);

}  // namespace gameday
