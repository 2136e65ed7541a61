// A decoy that passes: the payment service refuses or stalls for a moment, and answers again when
// inject returns. Some orders fail or are slow meanwhile; what alerts say of it is true.
//
// Parameters: kind, `refuse` (the service is down) or `stall` (it answers late); milliseconds, 100 to
// 1900, default 1200: below the shop's patience with the service.
#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/kinds.hpp"

namespace gameday {

namespace {

class Hiccup final : public Fault {
 public:
  Hiccup(const FaultTarget& target, bool stalls, double milliseconds)
      : host_(target.host), stalls_(stalls), seconds_(std::to_string(milliseconds / 1000)) {}

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

std::unique_ptr<Fault> make_hiccup(const FaultTarget& target) {
  allow_parameters("hiccup", target, {"kind", "milliseconds"});
  const auto given = target.parameters.find("kind");
  const std::string kind = given == target.parameters.end() ? "refuse" : given->second;
  if (kind != "refuse" && kind != "stall") {
    throw usage_error("hiccup: kind: \"" + kind + "\" is neither refuse nor stall");
  }
  const double length = number_parameter("hiccup", target, "milliseconds", 100, 1900, 1200);
  return std::make_unique<Hiccup>(target, kind == "stall", length);
}

}  // namespace gameday
