#include "sandbox/stack/storefront/json_answers.hpp"

#include <cstdlib>

#include "core/json.hpp"

namespace gameday::storefront {
namespace {

int64_t number(const Row& row, size_t column) {
  return column < row.size() ? std::strtoll(row[column].c_str(), nullptr, 10) : 0;
}

std::string text(const Row& row, size_t column) {
  return column < row.size() ? row[column] : std::string();
}

json::object product_object(const Row& row) {
  return {{"id", number(row, 0)},          {"name", text(row, 1)},
          {"category", text(row, 2)},      {"price_cents", number(row, 3)},
          {"stock", number(row, 4)},       {"description", text(row, 5)}};
}

}  // namespace

std::string products_json(const Rows& rows, int page) {
  json::array products;
  for (const Row& row : rows) products.push_back(product_object(row));
  return json::serialize(json::object{{"products", std::move(products)}, {"page", page}});
}

std::string product_json(const Row& row) { return json::serialize(product_object(row)); }

std::string order_json(const Rows& rows) {
  json::array items;
  for (const Row& row : rows) {
    items.push_back(json::object{{"product_id", number(row, 5)}, {"product", text(row, 6)},
                                 {"quantity", number(row, 7)}, {"price_cents", number(row, 8)}});
  }
  const Row& order = rows.front();
  return json::serialize(json::object{
      {"id", number(order, 0)}, {"client_ref", text(order, 1)}, {"status", text(order, 2)},
      {"total_cents", number(order, 3)}, {"placed_at", text(order, 4)},
      {"items", std::move(items)}});
}

HttpResponse json_response(int status, std::string body) {
  return make_response(status, "application/json", std::move(body));
}

HttpResponse error_response(int status, std::string_view what, std::string_view sqlstate) {
  json::object body{{"error", std::string(what)}};
  if (!sqlstate.empty()) body["sqlstate"] = std::string(sqlstate);
  return json_response(status, json::serialize(body));
}

}  // namespace gameday::storefront
