// A firewall rule that drops packets silently: whoever connects waits for its time-out.
#include "injectors/network.hpp"

namespace gameday {

FaultKind firewall_drop() {
  return filter_rule("a firewall rule drops packets", [](const FaultTarget& target) {
    return make_filter_rule("firewall_drop", target, "drop");
  });
}

}  // namespace gameday
