// What every scenario promises of its variants, repairs and twin, tried on a real stack with few
// users: about causes and repairs, not about figures. Each check is one drill of about half a minute
// and returns what was not kept, a line each; empty is the pass. All of them throw Error when the
// stack or a command of a repair fails, and Stopped when the bell was asked to; nothing is left
// behind but the drill's folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drill/conductor.hpp"

namespace gameday {

struct ContractSetup {
  Settings settings;
  Topology topology;
  std::filesystem::path folder;  // an empty one for each check
  Bell& bell;
  std::string engine = "native";
};

// A plan with few users and short waits.
DrillPlan light_plan(const Scenario& scenario, const Variant& variant, bool twin = false);

// Healthy before, broken by the fault, told by what the variant says that tells it, still broken when every service was restarted, cured by the
// variant's first repair, and still cured after another restart. No order is lost.
std::vector<std::string> check_contract(const ContractSetup& setup, const Scenario& scenario,
                                        const Variant& variant);
// The outside probes, which know nothing of a repair, give it its rung and find no harm.
std::vector<std::string> check_repair(const ContractSetup& setup, const Scenario& scenario,
                                      const Variant& variant, const Repair& repair);
// The same changes and decoys without the fault: users are served, nobody is paged, and what tells
// that nothing is broken prints what it should.
std::vector<std::string> check_twin(const ContractSetup& setup, const Scenario& scenario,
                                    const Variant& variant);

}  // namespace gameday
