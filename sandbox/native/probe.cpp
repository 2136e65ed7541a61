#include "sandbox/native/probe.hpp"
#include "sandbox/native/protocol.hpp"
namespace gameday::native { void probe_kernel(int socket) { send_message(socket, {}); } }
