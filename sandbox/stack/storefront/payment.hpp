// The call to the payment upstream, on a connection that is kept between orders.
#pragma once

#include <cstdint>
#include <string>

#include "core/http.hpp"
#include "sandbox/stack/storefront/config.hpp"

namespace gameday::storefront {

struct ChargeOutcome {
  bool approved = false;
  std::string why;  // when it is not
};

class PaymentClient {
 public:
  explicit PaymentClient(const Config& config) : config_(config) {}
  // Blocks for the upstream's answer, at most the configured time-out.
  ChargeOutcome charge(int64_t amount_cents, const std::string& reference);

 private:
  const Config& config_;
  HttpConnection connection_;
};

}  // namespace gameday::storefront
