// Whether what users were told is true: an acknowledged order stands in a database, not only in the
// answer of whoever stands at the front door.
#pragma once

#include "core/json.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// The workload's "orders" as the journal keeps them (journal/events.hpp). `stored` is the most of
// the acknowledged orders that one database host holds, asked on its own socket.
json::object with_stored(Sandbox& sandbox, json::object orders);

}  // namespace gameday
