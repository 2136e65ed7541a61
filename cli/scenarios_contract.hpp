// `gameday scenarios check FILE --contract`: what the scenario promises, tried on real stacks.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// One light drill.
struct ContractResult {
  std::string variant;
  std::string part;                 // contract, repair ID, twin
  uint64_t seed = 1;
  double seconds = 0;
  std::vector<std::string> broken;  // empty: kept
  std::string folder;               // the journal of one that was not kept
  bool busy = false;                // not kept, and the machine lacked processor time in every try
};

// Every variant with another draw, every other repair of it, and the twin, one after the other; a
// line of progress each on standard error. Throws an Error when it was interrupted, or when this
// machine cannot do it.
std::vector<ContractResult> try_contract(const CommandLine& line, const std::string& engine,
                                         const Scenario& scenario, const Taxonomy& taxonomy);

}  // namespace gameday
