// The engine `compose`: docker-compose.yml as it stands, started by Docker Compose. Docker makes the
// hosts; what is done in them later goes through an attendant (attendant.cpp), which enters their
// namespaces as the native engine's pod does: so both engines' hosts answer alike.
#pragma once

#include <memory>

#include "sandbox/sandbox.hpp"

namespace gameday::compose {

// Throws a machine Error with the remedy when Docker or Docker Compose cannot be used here. From
// then on this process ignores SIGPIPE.
std::unique_ptr<Sandbox> make_compose_sandbox();

}  // namespace gameday::compose
