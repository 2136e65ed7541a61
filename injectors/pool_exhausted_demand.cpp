// More requests arrive than the connection pool can serve. The pool has always been this small, and
// was large enough; then many more users come.
//
// Users are not part of the stack: the conductor, which alone holds the workload's commands, reads
// `factor` at the inject and tells the workload. What is here gives the web host its small pool
// before the trigger, and sees whether it is still too small for whoever comes.
//
// With C connections in all pools, arrivals of λ transactions a second and a mean hold time h, a
// request is refused once it has waited as long as the limit: 1 − C/(λh) of them are lost.
#include "injectors/fault.hpp"
#include "injectors/pooler.hpp"

namespace gameday {

namespace {

class PoolExhaustedDemand final : public Fault {
 public:
  explicit PoolExhaustedDemand(const FaultTarget& target)
      : host_(target.host),
        settings_({{"default_pool_size", target.text("pool_size")},
                   {"query_wait_timeout", std::to_string(target.number("wait_ms") / 1000)}}) {}

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

FaultKind pool_exhausted_demand() {
  return {.summary = "more users come than the pool serves",
          .targets = {"web"},
          .parameters = {{.name = "factor",
                          .unit = "times the plan's arrivals",
                          .low = 0.1,
                          .high = 20,
                          .required = true,
                          .meaning = "how many users come"},
                         {.name = "pool_size",
                          .unit = "connections",
                          .low = 1,
                          .high = 100,
                          .whole = true,
                          .otherwise = "3",
                          .meaning = "a web host's pool, as it has long been"},
                         kPoolWaitParameter},
          .giveaways = {"pool", "exhausted"},
          .make = made<PoolExhaustedDemand>};
}

}  // namespace gameday
