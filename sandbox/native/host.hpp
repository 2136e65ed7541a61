// A host of a native stack: every verb is one request to the pod.
#pragma once

#include <memory>

#include "sandbox/native/pod_link.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday::native {

// Both must outlive the host.
std::unique_ptr<Host> make_host(const HostSpec& spec, const PodLink& pod);

}  // namespace gameday::native
