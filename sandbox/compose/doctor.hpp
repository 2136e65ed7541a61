// What this machine's Docker can do, tried for real.
#pragma once

#include <vector>

#include "sandbox/native/doctor.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// Brings the stack up, lets a web host reach a database through the router, and takes it down: up to
// half a minute, and a minute more when the image has to be built.
std::vector<Ability> probe_docker(const Topology& topology, const Settings& settings);

}  // namespace gameday
