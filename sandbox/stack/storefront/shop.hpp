// The shop: routes a request to a worker, answers it, counts it.
#pragma once

#include <memory>
#include <mutex>

#include "core/http.hpp"
#include "sandbox/stack/storefront/config.hpp"
#include "sandbox/stack/storefront/metrics.hpp"
#include "sandbox/stack/storefront/release.hpp"
#include "sandbox/stack/storefront/workers.hpp"

namespace gameday::storefront {

class Shop {
 public:
  // Loads the release. Throws Error.
  explicit Shop(const Config& config);

  // Answers /health and /metrics at once and hands everything else to a worker. A request is
  // executed even when its client has gone. Thread-safe.
  void handle(HttpRequest request, HttpServer::Respond respond);

  // Reads the release again; on an error the one in use stays and the error is logged.
  void reload();
  // False while requests are still being worked on.
  bool quiet() const { return workers_.busy() == 0 && workers_.queued() == 0; }

 private:
  std::shared_ptr<const Release> release() const;
  HttpResponse answer(WorkerState& worker, Route route, const HttpRequest& request,
                      std::chrono::steady_clock::time_point received);
  HttpResponse read(WorkerState& worker, Route route, const HttpRequest& request,
                    const Release& release);

  const Config config_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Release> release_;
  Workers workers_;
};

}  // namespace gameday::storefront
