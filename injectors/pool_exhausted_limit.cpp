// The pool was made smaller by a change of its configuration, while load and hold time are flat.
//
// Persistent: it stands in the pooler's file, which is read at each start; the last stable copy
// still has the larger pool.
//
// Parameters: pool_size (default 1), connections of a web host's pool after the change; before (no
// default: the stack's own), connections before it; wait_ms (default 200), how long a request may
// wait for one, before and after.
#include "core/error.hpp"
#include "injectors/kinds.hpp"
#include "injectors/pooler.hpp"

namespace gameday {

namespace {

class PoolExhaustedLimit final : public Fault {
 public:
  PoolExhaustedLimit(const FaultTarget& target, int before, int after, std::string wait_seconds)
      : host_(target.host), before_(before), after_(after), wait_seconds_(std::move(wait_seconds)) {}

  void prepare(Sandbox& sandbox) override {
    std::map<std::string, std::string> settings{{"query_wait_timeout", wait_seconds_}};
    if (before_ > 0) settings["default_pool_size"] = std::to_string(before_);
    for (const std::string& name : with_spares(sandbox.topology(), host_)) {
      change_pooler(sandbox.host(name), settings, true,
                    "pool_exhausted_limit: " + name + ": sizing its pool");
    }
  }

  void inject(Sandbox& sandbox) override {
    Host& web = sandbox.host(host_);
    before_ = configured_pool_size(web).value_or(0);
    if (before_ <= after_) {
      throw Error("pool_exhausted_limit: " + host_ + ": its pool has " + std::to_string(before_) +
                  " connections: lower it to fewer");
    }
    ours_ = true;
    set_size(web, after_);
  }

  // Too small after the next start, or too small now.
  Presence present(Sandbox& sandbox) override {
    Host& web = sandbox.host(host_);
    const auto size = configured_pool_size(web);
    const auto state = pool_state(web);
    if (!size || !state) return Presence::kUnknown;
    const int wanted = ours_ ? before_ : after_ + 1;
    return *size < wanted || state->size < wanted ? Presence::kYes : Presence::kNo;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    if (present(sandbox) != Presence::kNo) set_size(sandbox.host(host_), before_);
    ours_ = false;
  }

 private:
  void set_size(Host& web, int size) const {
    change_pooler(web, {{"default_pool_size", std::to_string(size)}}, false,
                  "pool_exhausted_limit: " + host_ + ": changing its pool");
  }

  const std::string host_;
  int before_;
  const int after_;
  const std::string wait_seconds_;
  bool ours_ = false;
};

}  // namespace

std::unique_ptr<Fault> make_pool_exhausted_limit(const FaultTarget& target) {
  const char* name = "pool_exhausted_limit";
  allow_parameters(name, target, {"before", "pool_size", "wait_ms"});
  const double before = number_parameter(name, target, "before", 0, 100, 0);
  const double after = number_parameter(name, target, "pool_size", 1, 100, 1);
  const double wait = number_parameter(name, target, "wait_ms", 1, 60000, 200);
  return std::make_unique<PoolExhaustedLimit>(target, static_cast<int>(before),
                                              static_cast<int>(after), std::to_string(wait / 1000));
}

}  // namespace gameday
