// A decoy: a small rise of traffic. Users are not part of the stack, so nothing is done to it: the
// conductor, which alone holds the workload's commands, reads `factor` and tells the workload. What
// is here declares the parameter.
#include "injectors/fault.hpp"

namespace gameday {

namespace {

class Traffic final : public Fault {
 public:
  explicit Traffic(const FaultTarget&) {}
  void inject(Sandbox&) override {}
  // Whether users came more often cannot be read off any host for certain.
  Presence present(Sandbox&) override { return Presence::kUnknown; }
  void heal(Sandbox&) override {}
};

}  // namespace

FaultKind traffic() {
  return {.decoy = true,
          .summary = "a small rise of traffic",
          .targets = {"clients"},
          .parameters = {{.name = "factor",
                          .unit = "times the plan's arrivals",
                          .low = 0.1,
                          .high = 20,
                          .required = true,
                          .meaning = "how many users come"}},
          .make = made<Traffic>};
}

}  // namespace gameday
