// The one filter of system calls for everything that runs in a host: its first process and what
// comes of it, and the programs that are started there from outside. It keeps programs from what
// knows no namespace (keys, BPF, the kernel's profiler), from what belongs to the machine alone,
// and from parts of the kernel that no drill needs. Services in Docker have the same filter as
// sandbox/compose/seccomp.json: who changes one changes both.
#pragma once

#include "core/fd.hpp"

namespace gameday::native {

// Puts the filter upon this process and its children, for good. Refused calls fail with EPERM;
// those that programs do without (io_uring, clone3) with ENOSYS, and sockets of other families than
// UNIX, INET, INET6, NETLINK and PACKET with EAFNOSUPPORT. Wants no_new_privs, or CAP_SYS_ADMIN.
// Throws Error.
void guard_program();

// The same filter as `bwrap --seccomp` reads it, close-on-exec. Throws Error.
UniqueFd guard_file();

}  // namespace gameday::native
