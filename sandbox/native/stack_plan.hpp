// From a topology to what the pod is told to build.
#pragma once

#include "sandbox/native/gold.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday::native {

// Throws a usage Error for a file that is meant for an unknown host.
Plan make_plan(const Topology& topology, const Settings& settings, const GoldTree& gold);

}  // namespace gameday::native
