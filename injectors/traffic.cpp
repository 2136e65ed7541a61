// A decoy: a small rise of traffic. Users are not part of the stack, so nothing is done to it: the
// conductor, which alone holds the workload's commands, reads `factor` and tells the workload. What
// is here checks the parameter before anything starts.
//
// Parameter: factor, 0.1 to 20, of the plan's arrivals.
#include "injectors/kinds.hpp"

namespace gameday {

namespace {

class Traffic final : public Fault {
 public:
  void inject(Sandbox&) override {}
  // Whether users came more often cannot be read off any host for certain.
  Presence present(Sandbox&) override { return Presence::kUnknown; }
  void heal(Sandbox&) override {}
};

}  // namespace

std::unique_ptr<Fault> make_traffic(const FaultTarget& target) {
  allow_parameters("traffic", target, {"factor"});
  number_parameter("traffic", target, "factor", 0.1, 20);
  return std::make_unique<Traffic>();
}

}  // namespace gameday
