// At the end of a run: is every acknowledged order still there? Each is asked for by the reference
// that the client gave it, over a few connections and at a bounded pace, so that the look-up itself
// does not overload a shop that has just recovered.
#pragma once

#include <netinet/in.h>

#include <vector>

#include "core/json.hpp"
#include "workload/requests.hpp"

namespace gameday {

struct OrderCount {
  uint64_t acknowledged = 0, found = 0, lost = 0, unknown = 0;
};
// The "orders" object of workload/protocol.hpp.
json::object to_json(const OrderCount& count);

// Found: a 200 that names the reference. Lost: a 404, or a 200 that does not name it. Unknown: no
// such answer in three tries, or not asked within `limit_seconds`.
OrderCount look_up_orders(const sockaddr_in& target, RequestWriter& requests,
                          const std::vector<uint64_t>& order_numbers, double limit_seconds);

}  // namespace gameday
