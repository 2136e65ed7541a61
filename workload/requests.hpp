// The requests of a visit as HTTP text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "workload/schedule.hpp"

namespace gameday {

// The part of the shop's seed data that requests name. Every id up to these exists.
inline constexpr uint64_t kSeedProducts = 20000;
inline constexpr uint64_t kSeedOrders = 50000;

// What the shop's deterministic seed asks for a product.
uint64_t price_cents(uint64_t product);

class RequestWriter {
 public:
  // `host_header` is the value of Host. `run` makes the order references of this run unique.
  RequestWriter(std::string host_header, std::string run);

  // The request of a send; valid until the next call. `order_number` is that of a write. The last
  // request of a visit says that the connection may be closed.
  std::string_view text(const Send& send, uint64_t order_number);
  // Whether a body is the answer to that send: the very thing that was asked for, at its price.
  // Nobody but the shop and its database has all of them.
  bool answers(const Send& send, uint64_t order_number, std::string_view body) const;
  // Asks for an order by the reference that the client gave it.
  std::string_view lookup(uint64_t order_number);
  const std::string& run() const { return run_; }
  // "9f3a12bc-17": what the shop stores beside the order.
  std::string reference(uint64_t order_number) const;

 private:
  void begin(std::string_view method, std::string_view path);
  void end(bool last);

  const std::string host_header_;
  const std::string run_;
  std::string text_;
};

}  // namespace gameday
