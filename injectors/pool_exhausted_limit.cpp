// The pool was made smaller by a change of its configuration, while load and hold time are flat.
//
// Persistent: it stands in the pooler's file, which is read at each start; the last stable copy
// still has the larger pool.
#include "core/error.hpp"
#include "injectors/fault.hpp"
#include "injectors/pooler.hpp"

namespace gameday {

namespace {

class PoolExhaustedLimit final : public Fault {
 public:
  explicit PoolExhaustedLimit(const FaultTarget& target)
      : host_(target.host),
        before_(static_cast<int>(target.number("before"))),
        after_(static_cast<int>(target.number("pool_size"))),
        wait_seconds_(std::to_string(target.number("wait_ms") / 1000)) {}

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

FaultKind pool_exhausted_limit() {
  return {.summary = "a change makes the pool smaller",
          .targets = {"web"},
          .parameters = {{.name = "pool_size",
                          .unit = "connections",
                          .low = 1,
                          .high = 100,
                          .whole = true,
                          .otherwise = "1",
                          .meaning = "a web host's pool after the change"},
                         {.name = "before",
                          .unit = "connections",
                          .low = 0,
                          .high = 100,
                          .whole = true,
                          .otherwise = "0",
                          .meaning = "the pool before it; 0: what the stack gives it"},
                         kPoolWaitParameter},
          .giveaways = {"pool", "exhausted"},
          .make = made<PoolExhaustedLimit>};
}

}  // namespace gameday
