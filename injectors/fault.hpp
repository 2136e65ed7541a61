// One way to break a stack, or to do something harmless that looks like it (a decoy). A fault is
// one file: what it does, and what it declares of itself. docs/writing-a-fault.md builds one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday {

enum class Presence { kYes, kNo, kUnknown };

struct FaultTarget {
  std::string host;                               // resolved: never an alias
  std::map<std::string, std::string> parameters;  // of the scenario's timeline entry

  // A declared parameter, in makers that make_fault calls: given, or what it is otherwise; empty,
  // and 0 as a number, when it is neither given nor anything otherwise.
  std::string text(const std::string& parameter) const;
  double number(const std::string& parameter) const;
};

class Fault {
 public:
  virtual ~Fault() = default;
  // Throws a usage Error when it has no place on this stack. Asked before anything starts.
  virtual void check(const Topology&) const {}
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

// What a timeline entry may carry for a fault: a number when it has a unit, one of `words` when it
// has those, and else a text.
struct FaultParameter {
  std::string_view name = {};
  std::string_view unit = {};  // ms, connections, …
  double low = 0, high = 0;    // of a number, both included
  bool whole = false;          // no fraction
  std::vector<std::string_view> words = {};
  std::string_view otherwise = {};  // the value when it is not given; empty: none
  bool required = false;
  std::string_view meaning = {};  // one line

  // What it may be: "1 to 60000 ms, a whole number", "refuse or stall", "text".
  std::string range() const;
};

// "router, primary"
std::string joined(const std::vector<std::string_view>& words);

struct FaultKind {
  std::string_view name = {};  // a mechanism of the taxonomy, or a decoy's name
  bool decoy = false;
  std::string_view summary = {};
  std::vector<std::string_view> targets = {};  // hosts, aliases or roles where it does what it says
  std::vector<FaultParameter> parameters = {};
  // Words, or beginnings of words, that a text which may name symptoms only must not hold.
  std::vector<std::string_view> giveaways = {};
  std::unique_ptr<Fault> (*make)(const FaultTarget&) = nullptr;
};

// The usual maker: a class that is constructed from its target.
template <typename F>
std::unique_ptr<Fault> made(const FaultTarget& target) {
  return std::make_unique<F>(target);
}

// Every fault and decoy there is.
const std::vector<FaultKind>& registry();
// Null when there is none of that name.
const FaultKind* find_fault(std::string_view name);

// The first parameter that a fault does not take so, and why.
struct RefusedParameter {
  std::string name, why;
};
std::optional<RefusedParameter> refused_parameter(
    const FaultKind& kind, const std::map<std::string, std::string>& parameters);

// Throws a usage Error that lists the known names, or "fault: parameter: why".
std::unique_ptr<Fault> make_fault(std::string_view name, const FaultTarget& target);

}  // namespace gameday
