// What the shop counts, for Prometheus. prometheus-cpp stays inside metrics.cpp. Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace gameday::storefront {

enum class Route {
  kHome, kProductPage, kProducts, kProduct, kOrder, kOrderLookup, kOrderPlace, kOther,
};
inline constexpr int kRoutes = 8;
std::string_view route_name(Route route);

void count_request(Route route, int status, std::chrono::steady_clock::duration took);
void count_db_error(const std::string& sqlstate);  // "lost" and "in_doubt" where there is none
void count_order(std::string_view outcome);        // placed, refused, payment, lost, in_doubt, invalid

// From construction to destruction: the first statement of a transaction, which is what waiting for
// a server connection of the pool costs, plus that statement.
class PoolWaitTimer {
 public:
  PoolWaitTimer() = default;
  ~PoolWaitTimer();
  PoolWaitTimer(const PoolWaitTimer&) = delete;
  PoolWaitTimer& operator=(const PoolWaitTimer&) = delete;

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Gauges {
  int workers_busy = 0;
  int queue_length = 0;
  std::string release;
};
// Everything in Prometheus' text format.
std::string metrics_text(const Gauges& gauges);

}  // namespace gameday::storefront
