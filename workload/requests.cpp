#include "workload/requests.hpp"

#include <array>

#include "workload/dice.hpp"

namespace gameday {

namespace {

constexpr std::array<std::string_view, 10> kCategories = {
    "audio", "books", "garden", "kitchen", "lamps", "office", "sports", "toys", "tools", "bags"};

std::string read_path(uint32_t kind, Dice& dice) {
  switch (kind) {
    case 0:
      return "/";
    case 1:
      return "/api/products?category=" + std::string(kCategories[dice.below(kCategories.size())]);
    case 2:
      return "/api/products/" + std::to_string(1 + dice.below(kSeedProducts));
    default:
      return "/api/orders/" + std::to_string(1 + dice.below(kSeedOrders));
  }
}

}  // namespace

RequestWriter::RequestWriter(std::string host_header, std::string run)
    : host_header_(std::move(host_header)), run_(std::move(run)) {}

std::string_view RequestWriter::text(const Send& send, uint64_t order_number) {
  Dice dice(send.dice);
  if (!send.write) {
    begin("GET", read_path(send.kind, dice));
    end(send.last);
    return text_;
  }
  const std::string body = "{\"product_id\":" + std::to_string(1 + dice.below(kSeedProducts)) +
                           ",\"quantity\":" + std::to_string(1 + dice.below(3)) +
                           ",\"client_ref\":\"" + reference(order_number) + "\"}";
  begin("POST", "/api/orders");
  text_ += "Content-Type: application/json\r\nContent-Length: ";
  text_ += std::to_string(body.size());
  text_ += "\r\n";
  end(send.last);
  text_ += body;
  return text_;
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
