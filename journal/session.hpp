// What runs on this machine right now, found by anyone who may: each drill or stack listens on an
// abstract socket that names its owner and its id, so that nothing is left of it when it dies.
// Abstract sockets have no permissions: every connection is checked for the user behind it.
#pragma once

#include <string>
#include <vector>

#include "core/fd.hpp"

namespace gameday {

// What the id of a stack without a drill begins with.
inline constexpr const char* kStackPrefix = "stack-";

struct Session {
  std::string id;
  std::string socket;  // the abstract name, without its leading NUL
};

// A listening socket for a new session of the calling user. Throws Error when the id is taken.
UniqueFd listen_session(const std::string& id);
// Sessions of the calling user, sorted by id.
std::vector<Session> list_sessions();
// Connects; an invalid fd when the session is gone.
UniqueFd dial_session(const Session& session);
// Whether the process at the other end belongs to the calling user, or to root.
bool is_own_peer(int connection);

}  // namespace gameday
