#include "workload/requests.hpp"

#include <array>

#include "workload/dice.hpp"

namespace gameday {

namespace {

struct Category {
  std::string_view slug, name;
};
constexpr std::array<Category, 10> kCategories = {{{"audio", "Audio"}, {"books", "Books"},
    {"garden", "Garden"}, {"kitchen", "Kitchen"}, {"lamps", "Lamps"}, {"office", "Office"},
    {"sports", "Sports"}, {"toys", "Toys"}, {"tools", "Tools"}, {"bags", "Bags"}}};

// What a read asks for, and what its answer holds.
struct Wanted {
  std::string path, first, second;
};

std::string member(std::string_view key, uint64_t value) {
  return '"' + std::string(key) + "\":" + std::to_string(value);
}

Wanted wanted_by(uint32_t kind, Dice& dice) {
  if (kind == 0) return {"/", "Corner shop", "href=\"/products/"};
  if (kind == 1) {
    const Category& category = kCategories[dice.below(kCategories.size())];
    return {"/api/products?category=" + std::string(category.slug), "\"products\":[{",
            "\"category\":\"" + std::string(category.name) + '"'};
  }
  const bool is_product = kind == 2;
  const uint64_t id = 1 + dice.below(is_product ? kSeedProducts : kSeedOrders);
  return {(is_product ? "/api/products/" : "/api/orders/") + std::to_string(id), member("id", id),
          is_product ? member("price_cents", price_cents(id))
                     : member("total_cents", price_cents(id % kSeedProducts))};
}

struct Order {
  uint64_t product, quantity;
};

Order order_of(Dice& dice) {
  const uint64_t product = 1 + dice.below(kSeedProducts);
  return {product, 1 + dice.below(3)};
}

}  // namespace

uint64_t price_cents(uint64_t product) {
  return 200 + (product * 7919) % 9800;
}

RequestWriter::RequestWriter(std::string host_header, std::string run)
    : host_header_(std::move(host_header)), run_(std::move(run)) {}

std::string_view RequestWriter::text(const Send& send, uint64_t order_number) {
  Dice dice(send.dice);
  if (!send.write) {
    begin("GET", wanted_by(send.kind, dice).path);
    end(send.last);
    return text_;
  }
  const Order order = order_of(dice);
  const std::string body = "{\"product_id\":" + std::to_string(order.product) +
                           ",\"quantity\":" + std::to_string(order.quantity) +
                           ",\"client_ref\":\"" + reference(order_number) + "\"}";
  begin("POST", "/api/orders");
  text_ += "Content-Type: application/json\r\nContent-Length: ";
  text_ += std::to_string(body.size());
  text_ += "\r\n";
  end(send.last);
  text_ += body;
  return text_;
}

bool RequestWriter::answers(const Send& send, uint64_t order_number,
                            std::string_view body) const {
  Dice dice(send.dice);
  std::string first, second;
  if (send.write) {
    const Order order = order_of(dice);
    first = '"' + reference(order_number) + '"';
    second = member("total_cents", order.quantity * price_cents(order.product));
  } else {
    Wanted wanted = wanted_by(send.kind, dice);
    first = std::move(wanted.first);
    second = std::move(wanted.second);
  }
  return body.find(first) != std::string_view::npos && body.find(second) != std::string_view::npos;
}

std::string_view RequestWriter::lookup(uint64_t order_number) {
  begin("GET", "/api/orders?client_ref=" + reference(order_number));
  end(false);
  return text_;
}

std::string RequestWriter::reference(uint64_t order_number) const {
  return run_ + "-" + std::to_string(order_number);
}

void RequestWriter::begin(std::string_view method, std::string_view path) {
  text_ = method;
  text_ += ' ';
  text_ += path;
  text_ += " HTTP/1.1\r\nHost: ";
  text_ += host_header_;
  text_ += "\r\nUser-Agent: Mozilla/5.0\r\n";
}

void RequestWriter::end(bool last) { text_ += last ? "Connection: close\r\n\r\n" : "\r\n"; }

}  // namespace gameday
