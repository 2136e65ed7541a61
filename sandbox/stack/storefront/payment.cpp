#include "sandbox/stack/storefront/payment.hpp"

#include "core/json.hpp"
#include "core/tcp.hpp"

namespace gameday::storefront {

ChargeOutcome PaymentClient::charge(int64_t amount_cents, const std::string& reference) {
  const Deadline deadline = deadline_in(config_.payment_timeout);
  if (!connection_.reusable()) {
    std::string why;
    UniqueFd fd = tcp_connect(config_.payment_host, config_.payment_port, deadline, &why);
    if (!fd) return {false, "payment: " + why};
    connection_ = HttpConnection(std::move(fd), config_.payment_host);
  }
  HttpRequest request;
  request.method = "POST";
  request.target = "/charge";
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", reference}};
  request.body = json::serialize(
      json::object{{"amount_cents", amount_cents}, {"reference", reference}});
  const HttpResponse response = connection_.send(request, deadline);
  if (response.ok()) return {true, {}};
  return {false, "payment: " + (response.status ? std::to_string(response.status) : response.reason)};
}

}  // namespace gameday::storefront
