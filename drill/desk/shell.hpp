// The verbs `on`, `shell` and `exec`: a shell on another host, or one command there, relayed and
// recorded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drill/desk/caller.hpp"
#include "drill/desk/desk.hpp"

namespace gameday {

// What one command on a host came to.
struct RemoteCommand {
  int status = 0;
  std::string out, err;     // only when they were collected; bounded
  std::string observation;  // its id; empty when it was not kept
};

// The host that a trainee may enter. Throws a usage Error of the verb that lists them.
Host& host_to_enter(Sandbox& sandbox, std::string_view verb, const std::string& name);

// A shell, or `command`, on a terminal of its own, until it ends, the caller goes or stop_fd
// becomes readable. A caller without a terminal gets plain text; the end of their input ends it.
// Returns the exit status; 129 when it did not come to its end.
int relay_shell(Host& host, const std::vector<std::string>& command, const DeskSetup& setup,
                Conversation& person, int stop_fd);

// A command with plain streams: the caller's input goes in, output and errors come back apart, or,
// with `collect`, are returned.
RemoteCommand relay_command(Host& host, const std::vector<std::string>& command,
                            const DeskSetup& setup, Conversation& person, int stop_fd,
                            bool collect);

}  // namespace gameday
