#include "sandbox/stack/storefront/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>

namespace gameday::storefront {
namespace {

constexpr std::array<std::string_view, kRoutes> kRouteNames = {
    "/",           "/products/{id}",   "/api/products", "/api/products/{id}",
    "/api/orders/{id}", "/api/orders", "/api/orders",   "other"};

const prometheus::Histogram::BucketBoundaries kBounds = {
    0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5};

// Series are made when they are first needed: a shop without errors shows none.
class Metrics {
 public:
  static Metrics& instance() {
    static Metrics metrics;
    return metrics;
  }

  prometheus::Histogram& request(Route route, int status) {
    const std::lock_guard lock(mutex_);
    prometheus::Histogram*& found = request_series_[{route, status}];
    if (!found) {
      const bool writes = route == Route::kOrderPlace;
      found = &requests_.Add({{"route", std::string(route_name(route))},
                              {"method", writes ? "POST" : "GET"},
                              {"status", std::to_string(status)}},
                             kBounds);
    }
    return *found;
  }

  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>& requests_ =
      prometheus::BuildHistogram()
          .Name("storefront_http_request_duration_seconds")
          .Help("Time from a request's arrival to its answer.")
          .Register(registry);
  prometheus::Histogram& pool_wait =
      prometheus::BuildHistogram()
          .Name("storefront_pool_wait_seconds")
          .Help("First statement of a transaction: the wait for a pooled connection is in it.")
          .Register(registry)
          .Add({}, kBounds);
  prometheus::Family<prometheus::Counter>& db_errors =
      prometheus::BuildCounter()
          .Name("storefront_database_errors_total")
          .Help("Statements that failed, by SQLSTATE.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& orders =
      prometheus::BuildCounter()
          .Name("storefront_orders_total")
          .Help("Orders by outcome.")
          .Register(registry);
  prometheus::Gauge& busy = prometheus::BuildGauge()
                                .Name("storefront_workers_busy")
                                .Help("Workers that serve a request now.")
                                .Register(registry)
                                .Add({});
  prometheus::Gauge& queue = prometheus::BuildGauge()
                                 .Name("storefront_queue_length")
                                 .Help("Requests that wait for a worker.")
                                 .Register(registry)
                                 .Add({});
  prometheus::Family<prometheus::Gauge>& release =
      prometheus::BuildGauge()
          .Name("storefront_release")
          .Help("1 for the release in use.")
          .Register(registry);
  std::mutex release_mutex;
  prometheus::Gauge* current_release = nullptr;
  std::string release_name;

 private:
  std::mutex mutex_;
  std::map<std::pair<Route, int>, prometheus::Histogram*> request_series_;
};

}  // namespace

std::string_view route_name(Route route) { return kRouteNames[static_cast<size_t>(route)]; }

void count_request(Route route, int status, std::chrono::steady_clock::duration took) {
  Metrics::instance().request(route, status).Observe(std::chrono::duration<double>(took).count());
}

void count_db_error(const std::string& sqlstate) {
  Metrics::instance().db_errors.Add({{"sqlstate", sqlstate}}).Increment();
}

void count_order(std::string_view outcome) {
  Metrics::instance().orders.Add({{"outcome", std::string(outcome)}}).Increment();
}

PoolWaitTimer::~PoolWaitTimer() {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  Metrics::instance().pool_wait.Observe(took.count());
}

std::string metrics_text(const Gauges& gauges) {
  Metrics& metrics = Metrics::instance();
  metrics.busy.Set(gauges.workers_busy);
  metrics.queue.Set(gauges.queue_length);
  {
    const std::lock_guard lock(metrics.release_mutex);
    if (gauges.release != metrics.release_name) {
      if (metrics.current_release) metrics.release.Remove(metrics.current_release);
      metrics.current_release = &metrics.release.Add({{"release", gauges.release}});
      metrics.current_release->Set(1);
      metrics.release_name = gauges.release;
    }
  }
  return prometheus::TextSerializer().Serialize(metrics.registry.Collect());
}

}  // namespace gameday::storefront
