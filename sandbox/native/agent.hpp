// The first process of a stack's own process namespace: builds what the plan says, then answers
// requests until its socket closes. When it ends, the kernel ends everything in the stack.
#pragma once

namespace gameday::native {

// `socket`: requests, one message each (protocol.hpp). Returns when the other side is gone, or when
// the machine has too little memory left.
void run_agent(int socket);

// Moves this process into mount, network, process, IPC and name namespaces of its own (the user
// namespace is already its own), mounts the stack's private memory over /tmp, makes it the working
// directory and binds the tree that was the working directory to `l` in it. Call it as process 1 of
// the namespace. Throws Error.
void enter_stack_files();

}  // namespace gameday::native
