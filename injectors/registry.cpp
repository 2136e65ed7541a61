#include "core/error.hpp"
#include "injectors/fault.hpp"

// Every fault and decoy, a line each. The file of that name defines a function of that name, which
// declares it.
#define EVERY_FAULT(FAULT)         \
  FAULT(standby_read_only)         \
  FAULT(session_read_only)         \
  FAULT(client_auth_reject)        \
  FAULT(listen_or_port)            \
  FAULT(privilege_or_search_path)  \
  FAULT(timeout_too_low)           \
  FAULT(firewall_drop)             \
  FAULT(firewall_reject)           \
  FAULT(wrong_route)               \
  FAULT(pool_exhausted_demand)     \
  FAULT(pool_exhausted_hold_time)  \
  FAULT(pool_exhausted_leak)       \
  FAULT(pool_exhausted_limit)      \
  FAULT(lock_contention)           \
  FAULT(noop)                      \
  FAULT(deploy)                    \
  FAULT(everyday)                  \
  FAULT(hiccup)                    \
  FAULT(traffic)

namespace gameday {

#define FAULT(name) FaultKind name();
EVERY_FAULT(FAULT)
#undef FAULT

namespace {

FaultKind named(std::string_view name, FaultKind kind) {
  kind.name = name;
  return kind;
}

}  // namespace

const std::vector<FaultKind>& registry() {
#define FAULT(name) named(#name, name()),
  static const std::vector<FaultKind> kinds = {EVERY_FAULT(FAULT)};
#undef FAULT
  return kinds;
}

const FaultKind* find_fault(std::string_view name) {
  for (const FaultKind& kind : registry()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::unique_ptr<Fault> make_fault(std::string_view name, const FaultTarget& target) {
  const FaultKind* kind = find_fault(name);
  if (!kind) {
    std::vector<std::string_view> known;
    for (const FaultKind& one : registry()) known.push_back(one.name);
    throw usage_error("fault: " + std::string(name) + ": there is none of that name: choose from " +
                      joined(known));
  }
  if (const auto refused = refused_parameter(*kind, target.parameters)) {
    throw usage_error(std::string(name) + ": " + refused->name + ": " + refused->why);
  }
  FaultTarget complete = target;
  for (const FaultParameter& parameter : kind->parameters) {
    if (parameter.otherwise.empty()) continue;
    complete.parameters.emplace(parameter.name, parameter.otherwise);
  }
  return kind->make(complete);
}

}  // namespace gameday
