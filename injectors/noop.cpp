// The smallest fault, as a reference for writing one: it is carried out like every other, does
// nothing and leaves nothing to heal. No catalogue draws it, because no user would see an effect.
#include "injectors/fault.hpp"

namespace gameday {

namespace {

class Noop final : public Fault {
 public:
  explicit Noop(const FaultTarget&) {}
  void inject(Sandbox&) override {}
  Presence present(Sandbox&) override { return Presence::kNo; }
  void heal(Sandbox&) override {}
};

}  // namespace

FaultKind noop() {
  return {.summary = "nothing: the reference for writing a fault",
          .targets = {"lb", "web", "pay", "router", "db", "mon", "ops"},
          .make = made<Noop>};
}

}  // namespace gameday
