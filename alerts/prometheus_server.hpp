// A real Prometheus of our own: on a free port of the loopback address, with an empty configuration
// and a storage that is gone at the end. It scrapes nothing, and ends when this process does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alerts/layout.hpp"
#include "alerts/scratch_folder.hpp"
#include "core/child.hpp"
#include "core/http.hpp"

namespace gameday {

struct SeriesToWrite {
  TextPairs labels;             // sorted by name
  std::vector<Sample> samples;  // in the order of their times
};

struct QueriedSeries {
  TextPairs labels;
  std::vector<Sample> samples;
};

// What an expression gave, or what Prometheus said of it.
struct QueryAnswer {
  bool ok = false;
  std::string error;
  std::vector<QueriedSeries> series;
};

class PrometheusServer {
 public:
  // Ready when it returns. Throws a machine Error where the program is missing or does not come up.
  PrometheusServer();

  // Stores samples, stale markers included. Throws a machine Error when it refuses them.
  void write(const std::vector<SeriesToWrite>& series);
  // The expression at `begin_ms`, and every `step_ms` up to `end_ms`. Ranges of any length. Throws
  // a machine Error when the server is gone.
  QueryAnswer query_range(const std::string& expr, int64_t begin_ms, int64_t end_ms,
                          int64_t step_ms);

 private:
  HttpResponse post(const std::string& path, const std::string& type, std::string body);
  QueryAnswer query_part(const std::string& expr, int64_t begin_ms, int64_t end_ms,
                         int64_t step_ms);

  ScratchFolder folder_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
  HttpConnection connection_;
};

// One request of Prometheus' remote write 1.0, uncompressed inside its Snappy block.
std::string remote_write_body(const std::vector<SeriesToWrite>& series, size_t begin, size_t end);

}  // namespace gameday
