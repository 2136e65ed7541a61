// A firewall rule that refuses connections: whoever connects is told so at once, and what was open
// is reset.
#include "injectors/network.hpp"

namespace gameday {

FaultKind firewall_reject() {
  return filter_rule("a firewall rule refuses connections", [](const FaultTarget& target) {
    return make_filter_rule("firewall_reject", target, "reject with tcp reset");
  });
}

}  // namespace gameday
