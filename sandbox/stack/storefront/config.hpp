// /etc/storefront/storefront.conf: one "key = value" a line.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace gameday::storefront {

struct Config {
  std::string listen_address = "0.0.0.0";
  int listen_port = 8080;
  std::filesystem::path release = "/srv/storefront/current";
  std::string database;  // libpq connection string of the pooler
  int workers = 192;     // requests that may wait for something at the same time
  int queue_limit = 2000;  // requests waiting for a worker; more are refused with 503
  std::string payment_host = "pay";
  int payment_port = 8090;
  std::chrono::milliseconds payment_timeout{2000};
  // Refused orders are tried again together, in rounds this far apart, while that is within their
  // budget, counted from their arrival.
  std::chrono::milliseconds order_retry_round{4000};
  std::chrono::milliseconds order_budget{1560};
  std::chrono::milliseconds slow_request{500};
  // Processor time burnt for each request beside its own work: how a slower machine is tried.
  std::chrono::microseconds extra_work{0};
  std::chrono::milliseconds drain{5000};
};

// Throws a usage Error "file:line: key: why" for an unknown key or a bad value.
Config read_config(const std::filesystem::path& file);

}  // namespace gameday::storefront
