// Rows of the release's statements as the API's JSON, and the API's errors.
#pragma once

#include "core/http.hpp"
#include "sandbox/stack/storefront/database.hpp"

namespace gameday::storefront {

// {"products": [...], "page": n}
std::string products_json(const Rows& rows, int page);
// A product or an order with its items; rows must not be empty.
std::string product_json(const Row& row);
std::string order_json(const Rows& rows);

HttpResponse json_response(int status, std::string body);
// {"error": what}; `sqlstate` is added unless empty.
HttpResponse error_response(int status, std::string_view what, std::string_view sqlstate = {});

}  // namespace gameday::storefront
