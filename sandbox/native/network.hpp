// The networks of a stack: one bridge each in the pod's own network namespace, which has no way
// out, and one namespace per host, its eth0, eth1, … plugged into them.
#pragma once

#include <map>
#include <string>

#include "core/fd.hpp"
#include "sandbox/native/plan.hpp"

namespace gameday::native {

class Networks {
 public:
  // Makes a namespace per host. Throws Error.
  explicit Networks(const Plan& plan);

  // Starts connecting them all; finish_connecting waits for it and gives out the addresses.
  // Between the two the caller may do other work.
  void start_connecting(const Plan& plan);
  void finish_connecting(const Plan& plan);

  // The host's namespace, for setns.
  int of(const std::string& host) const { return spaces_.at(host).get(); }
  // Moves this process into the host's namespace, or back into the pod's own.
  void enter(const std::string& host) const;
  void leave() const;

 private:
  UniqueFd own_;
  std::map<std::string, UniqueFd> spaces_;
  pid_t connecting_ = -1;
  UniqueFd connecting_output_;
};

}  // namespace gameday::native
