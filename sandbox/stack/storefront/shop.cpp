#include "sandbox/stack/storefront/shop.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "core/error.hpp"
#include "sandbox/stack/storefront/json_answers.hpp"
#include "sandbox/stack/storefront/log.hpp"
#include "sandbox/stack/storefront/orders.hpp"
#include "sandbox/stack/storefront/pages.hpp"

namespace gameday::storefront {
namespace {

using std::chrono::steady_clock;

constexpr int kPageSize = 12;
constexpr int kLastPage = 1000;

Route route_of(const HttpRequest& request) {
  const std::string_view path = request.path();
  if (request.method == "POST") return path == "/api/orders" ? Route::kOrderPlace : Route::kOther;
  if (request.method != "GET" && request.method != "HEAD") return Route::kOther;
  if (path == "/") return Route::kHome;
  if (path == "/api/products") return Route::kProducts;
  if (path == "/api/orders") return Route::kOrderLookup;
  if (path.starts_with("/api/products/")) return Route::kProduct;
  if (path.starts_with("/api/orders/")) return Route::kOrder;
  if (path.starts_with("/products/")) return Route::kProductPage;
  return Route::kOther;
}

bool is_page(Route route) { return route == Route::kHome || route == Route::kProductPage; }

// The number at the end of a path, as text for a statement; empty when it is none.
std::string id_of(const HttpRequest& request) {
  const std::string_view path = request.path();
  const std::string_view text = path.substr(path.rfind('/') + 1);
  const bool digits = !text.empty() && text.size() <= 9 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::string(text) : std::string();
}

int page_of(const HttpRequest& request) {
  const std::string text = request.query("page").value_or("1");
  int page = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && page >= 1 && page <= kLastPage ? page : 0;
}

// A read of the release: one statement, or, when the release asks for it, one more for every row,
// all in one transaction.
Rows read_rows(Database& database, const Release& release, const std::string& name,
               const Params& params) {
  const std::string* each = release.each(name);
  if (!each) return database.query(release.statement(name), params);
  Rows rows;
  database.transaction([&](Transaction& transaction) {
    rows = transaction.run(release.statement(name), params);
    for (Row& row : rows) {
      const Rows more = transaction.run(*each, {row.at(0)});
      if (!more.empty()) row.insert(row.end(), more[0].begin(), more[0].end());
    }
  });
  return rows;
}

HttpResponse html(int status, std::string body) {
  return make_response(status, "text/html; charset=utf-8", std::move(body));
}

HttpResponse not_found(Route route) {
  if (is_page(route)) return html(404, plain_page("Not found", "There is no such page."));
  return error_response(404, "not found");
}

HttpResponse read_failed(Route route, const HttpRequest& request, const DbError& error) {
  count_db_error(!error.sqlstate.empty()              ? error.sqlstate
                 : error.kind == DbFailure::kInDoubt ? "in_doubt"
                                                     : "lost");
  log(Level::kError, "request failed",
      {{"method", request.method}, {"target", request.target},
       {"sqlstate", error.sqlstate.empty() ? "-" : error.sqlstate}, {"error", error.what()}});
  if (is_page(route)) return html(503, plain_page("Sorry", "The shop cannot answer just now."));
  return error_response(503, "the database did not answer", error.sqlstate);
}

// Keeps this thread's processor busy for so long.
void burn(std::chrono::microseconds work) {
  if (work.count() == 0) return;
  const auto used = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto end = used() + work;
  while (used() < end) {
  }
}

}  // namespace

Shop::Shop(const Config& config)
    : config_(config), release_(std::make_shared<Release>(config.release)), workers_(config_) {
  log(Level::kInfo, "release loaded", {{"release", release_->name()}});
}

std::shared_ptr<const Release> Shop::release() const {
  const std::lock_guard lock(mutex_);
  return release_;
}

void Shop::reload() {
  try {
    auto fresh = std::make_shared<const Release>(config_.release);
    log(Level::kInfo, "release loaded", {{"release", fresh->name()}});
    const std::lock_guard lock(mutex_);
    release_ = std::move(fresh);
  } catch (const std::exception& error) {
    log(Level::kError, "release not loaded, the old one stays", {{"error", error.what()}});
  }
}

void Shop::handle(HttpRequest request, HttpServer::Respond respond) {
  if (request.path() == "/health") return respond(make_response(200, "text/plain", "ok\n"));
  if (request.path() == "/metrics") {
    const Gauges gauges{workers_.busy(), workers_.queued(), release()->name()};
    return respond(make_response(200, "text/plain; version=0.0.4", metrics_text(gauges)));
  }
  const auto received = steady_clock::now();
  const Route route = route_of(request);
  const bool taken = workers_.submit(
      [this, request = std::move(request), respond, route, received](WorkerState& worker) {
        burn(config_.extra_work);
        HttpResponse response = answer(worker, route, request, received);
        const auto took = steady_clock::now() - received;
        count_request(route, response.status, took);
        const bool logged = response.status >= 500;  // with its reason, where it failed
        if (took > config_.slow_request && !logged) {
          const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
          log(Level::kWarning, "slow request",
              {{"method", request.method}, {"target", request.target},
               {"status", std::to_string(response.status)}, {"ms", std::to_string(ms)}});
        }
        respond(std::move(response));
      });
  if (taken) return;
  count_request(route, 503, steady_clock::now() - received);
  log(Level::kError, "request refused", {{"error", "too many requests are waiting"}});
  respond(error_response(503, "too many requests are waiting"));
}

HttpResponse Shop::answer(WorkerState& worker, Route route, const HttpRequest& request,
                          steady_clock::time_point received) {
  const std::shared_ptr<const Release> in_use = release();
  try {
    if (route == Route::kOrderPlace) {
      return place_order(worker, config_, *in_use, request, received);
    }
    return read(worker, route, request, *in_use);
  } catch (const DbError& error) {
    return read_failed(route, request, error);
  } catch (const std::exception& error) {
    log(Level::kError, "request failed", {{"target", request.target}, {"error", error.what()}});
    return error_response(500, "internal error");
  }
}

HttpResponse Shop::read(WorkerState& worker, Route route, const HttpRequest& request,
                        const Release& release) {
  const auto rows = [&](const std::string& name, const Params& params) {
    return read_rows(worker.database, release, name, params);
  };
  const std::string size = std::to_string(kPageSize);
  switch (route) {
    case Route::kHome:
      return html(200, home_page(rows("products", {"", size, "0"})));
    case Route::kProducts: {
      const int page = page_of(request);
      if (page == 0) return error_response(400, "page must be 1 to 1000");
      return json_response(200, products_json(
          rows("products", {request.query("category").value_or(""), size,
                            std::to_string((page - 1) * kPageSize)}), page));
    }
    case Route::kOrderLookup: {
      const std::string reference = request.query("client_ref").value_or("");
      if (reference.empty()) return error_response(400, "client_ref is missing");
      const Rows found = rows("order_by_ref", {reference});
      return found.empty() ? not_found(route) : json_response(200, order_json(found));
    }
    case Route::kProduct:
    case Route::kProductPage:
    case Route::kOrder: {
      const std::string id = id_of(request);
      if (id.empty()) return not_found(route);
      const Rows found = rows(route == Route::kOrder ? "order" : "product", {id});
      if (found.empty()) return not_found(route);
      if (route == Route::kOrder) return json_response(200, order_json(found));
      return route == Route::kProduct ? json_response(200, product_json(found[0]))
                                      : html(200, product_page(found[0]));
    }
    default:
      return not_found(route);
  }
}

}  // namespace gameday::storefront
