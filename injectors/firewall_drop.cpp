// A firewall rule that drops packets silently: whoever connects waits for its time-out.
#include "injectors/kinds.hpp"
#include "injectors/network.hpp"

namespace gameday {

std::unique_ptr<Fault> make_firewall_drop(const FaultTarget& target) {
  return make_filter_rule("firewall_drop", target, "drop");
}

}  // namespace gameday
