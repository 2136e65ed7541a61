// What a stack needs from the kernel, each tried for real inside the namespaces it would run in.
#pragma once

namespace gameday::native {

// Sends one message {ability: "" or why it is lacking} to `socket`.
void probe_kernel(int socket);

}  // namespace gameday::native
