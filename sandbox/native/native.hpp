// The native engine: a stack in Linux namespaces, without root and without a daemon. The conductor
// stays outside; one pod process holds the stack and answers requests (protocol.hpp). Whatever ends
// the conductor ends the pod, and the kernel then ends everything inside.
#pragma once

#include <memory>

#include "sandbox/sandbox.hpp"

namespace gameday::native {

// From then on this process ignores SIGPIPE: a program in a host may end while it is written to.
std::unique_ptr<Sandbox> make_native_sandbox();

}  // namespace gameday::native
