// A decoy that passes: the payment service refuses or stalls for a moment, and answers again when
// inject returns. Some orders fail or are slow meanwhile; what alerts say of it is true.
#include "injectors/database.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

class Hiccup final : public Fault {
 public:
  explicit Hiccup(const FaultTarget& target)
      : host_(target.host),
        stalls_(target.text("kind") == "stall"),
        seconds_(std::to_string(target.number("milliseconds") / 1000)) {}

  void inject(Sandbox& sandbox) override {
    const char* stop = stalls_ ? "sv pause payment-gateway" : "sv -w 5 down payment-gateway";
    const char* go = stalls_ ? "sv cont payment-gateway" : "sv -w 5 up payment-gateway";
    run_script(sandbox.host(host_),
               std::string("trap '") + go + "' EXIT\n" + stop + "\nsleep " + seconds_,
               "hiccup: " + host_);
  }

  // It is over when inject returns.
  Presence present(Sandbox&) override { return Presence::kNo; }
  void heal(Sandbox&) override {}

 private:
  const std::string host_;
  const bool stalls_;
  const std::string seconds_;
};

}  // namespace

FaultKind hiccup() {
  return {.decoy = true,
          .summary = "the payment service fails for a moment",
          .targets = {"pay"},
          .parameters = {{.name = "kind",
                          .words = {"refuse", "stall"},
                          .otherwise = "refuse",
                          .meaning = "whether the service is down or answers late"},
                         {.name = "milliseconds",
                          .unit = "ms",
                          .low = 100,
                          .high = 1900,
                          .otherwise = "1200",
                          .meaning = "how long, below the shop's patience with the service"}},
          .make = made<Hiccup>};
}

}  // namespace gameday
