#include "sandbox/stack/storefront/orders.hpp"

#include <cstdlib>
#include <thread>

#include "core/error.hpp"
#include "core/json.hpp"
#include "sandbox/stack/storefront/json_answers.hpp"
#include "sandbox/stack/storefront/log.hpp"
#include "sandbox/stack/storefront/metrics.hpp"

namespace gameday::storefront {
namespace {

using std::chrono::steady_clock;

struct OrderForm {
  std::string product_id, quantity, client_ref;
};

struct NoSuchProduct {};
struct PaymentRefused {
  std::string why;
};

// Throws Error with what is wrong.
OrderForm parse_form(const std::string& body) {
  const json::value document = parse_json(body, "order");
  if (!document.is_object()) throw usage_error("order: an object is wanted");
  const json::object& object = document.as_object();
  const double product = number_or(object, "product_id", 0);
  const double quantity = number_or(object, "quantity", 1);
  OrderForm form;
  form.client_ref = string_or(object, "client_ref", "");
  if (product < 1 || product > 2e9) throw usage_error("order: product_id is missing");
  if (quantity < 1 || quantity > 1000) throw usage_error("order: quantity must be 1 to 1000");
  if (form.client_ref.empty() || form.client_ref.size() > 100) {
    throw usage_error("order: client_ref must have 1 to 100 characters");
  }
  form.product_id = std::to_string(static_cast<int64_t>(product));
  form.quantity = std::to_string(static_cast<int64_t>(quantity));
  return form;
}

// A data or constraint error, or a statement that is wrong, fails again however often it is tried.
bool worth_retrying(const std::string& sqlstate) {
  const std::string cls = sqlstate.substr(0, 2);
  return cls != "22" && cls != "23" && cls != "42";
}

// Rounds are counted from the start of the process, so that web servers do not retry in step.
steady_clock::time_point next_round(std::chrono::milliseconds apart) {
  static const steady_clock::time_point start = steady_clock::now();
  const auto rounds = (steady_clock::now() - start) / apart;
  return start + (rounds + 1) * apart;
}

// Tries the write until it succeeds or the next round comes too late for this order. The
// transaction, and with it the pooler's connection, stays open in between.
Rows write_order(Transaction& transaction, const Config& config, const Release& release,
                 const OrderForm& form, steady_clock::time_point give_up_at, int& attempts) {
  for (;;) {
    ++attempts;
    try {
      return transaction.run(release.statement("order_place"),
                             {form.client_ref, form.product_id, form.quantity});
    } catch (const DbError& error) {
      const auto round = next_round(config.order_retry_round);
      if (!worth_retrying(error.sqlstate) || round > give_up_at) throw;
      std::this_thread::sleep_until(round);
      transaction.run("ROLLBACK TO SAVEPOINT attempt");
    }
  }
}

HttpResponse placed(int status, const Row& order, const std::string& client_ref) {
  return json_response(status, json::serialize(json::object{
      {"id", std::strtoll(order.at(0).c_str(), nullptr, 10)}, {"client_ref", client_ref},
      {"total_cents", std::strtoll(order.at(1).c_str(), nullptr, 10)}}));
}

HttpResponse failed(const DbError& error, WorkerState& worker, const Release& release,
                    const OrderForm& form, int attempts) {
  if (error.sqlstate == "23505") {  // placed before: the same answer again
    const Rows rows = worker.database.query(release.statement("order_by_ref"), {form.client_ref});
    if (!rows.empty()) return placed(200, {rows[0].at(0), rows[0].at(3)}, form.client_ref);
  }
  const bool in_doubt = error.kind == DbFailure::kInDoubt;
  const char* outcome = in_doubt ? "in_doubt" : error.kind == DbFailure::kLost ? "lost" : "refused";
  count_order(outcome);
  count_db_error(error.sqlstate.empty() ? outcome : error.sqlstate);
  log(Level::kError, in_doubt ? "order outcome unknown" : "order failed",
      {{"client_ref", form.client_ref}, {"sqlstate", error.sqlstate.empty() ? "-" : error.sqlstate},
       {"attempts", std::to_string(attempts)}, {"error", error.what()}});
  if (in_doubt) {
    return json_response(503, R"({"error":"connection lost during commit","outcome":"unknown"})");
  }
  return error_response(503, "the order could not be stored", error.sqlstate);
}

}  // namespace

HttpResponse place_order(WorkerState& worker, const Config& config, const Release& release,
                         const HttpRequest& request, steady_clock::time_point received) {
  OrderForm form;
  try {
    form = parse_form(request.body);
  } catch (const Error& error) {
    count_order("invalid");
    return error_response(400, error.what());
  }
  int attempts = 0;
  try {
    Row order;
    worker.database.transaction([&](Transaction& transaction) {
      const Rows rows = write_order(transaction, config, release, form,
                                    received + config.order_budget, attempts);
      if (rows.empty()) throw NoSuchProduct{};
      order = rows.front();
      const int64_t cents = std::strtoll(order.at(1).c_str(), nullptr, 10);
      const ChargeOutcome charge = worker.payment.charge(cents, form.client_ref);
      if (!charge.approved) throw PaymentRefused{charge.why};
    });
    count_order("placed");
    return placed(201, order, form.client_ref);
  } catch (const NoSuchProduct&) {
    count_order("invalid");
    return error_response(404, "no such product");
  } catch (const PaymentRefused& refused) {
    count_order("payment");
    log(Level::kError, "order failed", {{"client_ref", form.client_ref}, {"error", refused.why}});
    return error_response(502, "the payment was not approved");
  } catch (const DbError& error) {
    return failed(error, worker, release, form, attempts);
  }
}

}  // namespace gameday::storefront
