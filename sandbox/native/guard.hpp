// A system call filter for programs of hosts that share the machine's user namespace. What Docker's
// own filter forbids to the host's services must not be open to the programs that we start there.
#pragma once

namespace gameday::native {

// From now on, in this process and its children: no new namespaces, no mounts, no keyrings of the
// machine, no BPF, nothing that is the kernel's own. Wants no_new_privs. Throws Error.
void guard_program();

}  // namespace gameday::native
