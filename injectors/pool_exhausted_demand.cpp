// More requests arrive than the connection pool can serve. The pool has always been this small, and
// was large enough; then many more users come.
//
// Users are not part of the stack: the conductor, which alone holds the workload's commands, reads
// `factor` at the inject and tells the workload. What is here gives the web host its small pool
// before the trigger, and sees whether it is still too small for whoever comes.
//
// With C connections in all pools, arrivals of λ transactions a second and a mean hold time h, a
// request is refused once it has waited as long as the limit: 1 − C/(λh) of them are lost.
//
// Parameters: factor, of the plan's arrivals; pool_size (default 3), connections of a web host's
// pool; wait_ms (default 200), how long a request may wait for one.
#include <cstdlib>

#include "core/error.hpp"
#include "injectors/kinds.hpp"
#include "injectors/pooler.hpp"

namespace gameday {

namespace {

class PoolExhaustedDemand final : public Fault {
 public:
  PoolExhaustedDemand(const FaultTarget& target, std::string size, std::string wait_seconds)
      : host_(target.host),
        settings_({{"default_pool_size", std::move(size)},
                   {"query_wait_timeout", std::move(wait_seconds)}}) {}

  void prepare(Sandbox& sandbox) override {
    Host& web = sandbox.host(host_);
    if (before_.empty()) {
      for (const auto& setting : settings_) {
        before_[setting.first] = pooler_setting(web, setting.first);
      }
    }
    for (const std::string& name : with_spares(sandbox.topology(), host_)) {
      change_pooler(sandbox.host(name), settings_, true,
                    "pool_exhausted_demand: " + name + ": sizing its pool");
    }
  }

  void inject(Sandbox&) override {}

  Presence present(Sandbox& sandbox) override {
    const auto is_short = pool_is_short(sandbox.host(host_));
    if (!is_short) return Presence::kUnknown;
    return *is_short ? Presence::kYes : Presence::kNo;
  }

  // The users stay; the pool gets the size back that it had before us, unless somebody has changed
  // it meanwhile.
  void heal(Sandbox& sandbox) override {
    if (before_.empty()) return;
    Host& web = sandbox.host(host_);
    std::map<std::string, std::string> back;
    for (const auto& [name, value] : before_) {
      if (pooler_setting(web, name) == settings_.at(name)) back[name] = value;
    }
    if (!back.empty()) {
      change_pooler(web, back, true, "pool_exhausted_demand: " + host_ + ": giving its pool back");
    }
    before_.clear();
  }

 private:
  const std::string host_;
  const std::map<std::string, std::string> settings_;
  std::map<std::string, std::string> before_;
};

}  // namespace

std::unique_ptr<Fault> make_pool_exhausted_demand(const FaultTarget& target) {
  allow_parameters("pool_exhausted_demand", target, {"factor", "pool_size", "wait_ms"});
  number_parameter("pool_exhausted_demand", target, "factor", 0.1, 20);
  const double size = number_parameter("pool_exhausted_demand", target, "pool_size", 1, 100, 3);
  const double wait = number_parameter("pool_exhausted_demand", target, "wait_ms", 1, 60000, 200);
  return std::make_unique<PoolExhaustedDemand>(target, std::to_string(static_cast<int>(size)),
                                               std::to_string(wait / 1000));
}

}  // namespace gameday
