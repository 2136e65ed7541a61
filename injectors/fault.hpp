// One way to break a stack, or to do something harmless that looks like it (a decoy).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday {

enum class Presence { kYes, kNo, kUnknown };

struct FaultTarget {
  std::string host;                               // resolved: never an alias
  std::map<std::string, std::string> parameters;  // of the scenario's timeline entry
};

class Fault {
 public:
  virtual ~Fault() = default;
  // The state of things that the trigger meets, as this company has had it for long: applied before
  // the baseline, in the twin as well. Throws Error when it could not. Most faults need none.
  virtual void prepare(Sandbox&) {}
  // Breaks the stack so that it stays broken over restarts. Throws Error when it could not; what
  // was done until then is undone by heal.
  virtual void inject(Sandbox& sandbox) = 0;
  // Is the cause still there? Unknown when the probe itself could not run.
  virtual Presence present(Sandbox& sandbox) = 0;
  // Undoes only what inject did; may be called twice, and after a trainee's own repair.
  virtual void heal(Sandbox& sandbox) = 0;
};

struct FaultKind {
  std::string_view name;   // a mechanism of the taxonomy, or a decoy's name
  bool decoy;
  std::string_view summary;
  std::unique_ptr<Fault> (*make)(const FaultTarget&);
};

// Every fault and decoy there is, one line each.
const std::vector<FaultKind>& registry();
// Throws a usage Error that lists the known names.
std::unique_ptr<Fault> make_fault(std::string_view name, const FaultTarget& target);

}  // namespace gameday
