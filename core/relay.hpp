// Two stream sockets joined to one.
#pragma once

namespace gameday {

// Copies bytes both ways between `a` and `b` until both sides have ended, one of them takes no more
// for two seconds, or `stop` is readable. The descriptors stay open, and are blocking afterwards.
// `a` and `b` must be sockets. Never throws.
void relay(int a, int b, int stop);

}  // namespace gameday
