// Who the stack's root really is. Inside, users are 0..65535; on the machine they are an
// unprivileged range: of an ordinary user the one that /etc/subuid gives (root inside is the user),
// of root a range that /etc/subuid gives to nobody. Never uid 0 of the machine: root in a host could
// then write the machine's /usr.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace gameday::native {

struct Identity {
  uid_t user = 0;       // who runs the drill
  uid_t root_inside = 0;  // the machine's uid of uid 0 inside
  uid_t uid_base = 0;   // of uid 1 and up inside (root's drill: of uid 0 and up)
  gid_t gid_base = 0;
  unsigned uid_count = 0;
  unsigned gid_count = 0;
};

// From /etc/subuid and /etc/subgid. Throws a machine Error with the remedy when an ordinary user has
// no subordinate ids.
Identity read_identity();

// A range in the text of /etc/subuid for a user by name or number; {0, 0} when there is none.
struct SubordinateIds {
  unsigned first = 0;
  unsigned count = 0;
};
SubordinateIds find_subordinate_ids(std::string_view text, std::string_view name, unsigned id);
// The first multiple of 65536 above 100000 - and above every range of the text - that is free.
unsigned free_range_above(std::string_view text);

// Moves this single-threaded process into a user namespace of its own, as uid 0 with all
// capabilities there. Throws a machine Error.
void enter_user_namespace(const Identity& identity);

}  // namespace gameday::native
