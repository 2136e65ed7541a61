// A firewall rule that refuses connections: whoever connects is told so at once, and what was open
// is reset.
#include "injectors/kinds.hpp"
#include "injectors/network.hpp"

namespace gameday {

std::unique_ptr<Fault> make_firewall_reject(const FaultTarget& target) {
  return make_filter_rule("firewall_reject", target, "reject with tcp reset");
}

}  // namespace gameday
