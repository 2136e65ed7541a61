// Placing an order: one transaction, held over the payment call.
#pragma once

#include <chrono>

#include "core/http.hpp"
#include "sandbox/stack/storefront/config.hpp"
#include "sandbox/stack/storefront/release.hpp"
#include "sandbox/stack/storefront/workers.hpp"

namespace gameday::storefront {

// Body {product_id, quantity, client_ref}. Answers
//   201 {id, client_ref, total_cents}; 200 the same when client_ref was placed before;
//   400 a body that is none, 404 no such product, 502 payment refused, nothing was placed;
//   503 the database refused (`sqlstate`) or was lost, nothing was placed; 503 with
//   "outcome": "unknown" when the connection broke during COMMIT.
// A refused write waits inside its transaction for the next retry round and is tried again, as long
// as that round comes within `order_budget` of `received`.
HttpResponse place_order(WorkerState& worker, const Config& config, const Release& release,
                         const HttpRequest& request,
                         std::chrono::steady_clock::time_point received);

}  // namespace gameday::storefront
