// What Prometheus makes of an alert's evaluations: pending, firing, resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday {

// One label set that an expression gave, with the evaluations at which it did.
struct EvaluatedSeries {
  std::string labels;
  std::vector<bool> present;  // one for each evaluation
};

// Evaluations at equal distances; times in milliseconds.
struct Evaluations {
  int64_t begin_ms = 0, interval_ms = 1;
  std::vector<bool> failed;  // one for each; at a failed one every state stays as it was
  std::string failure;       // what Prometheus said of the first that failed
  std::vector<EvaluatedSeries> series;

  int64_t time_ms(size_t evaluation) const {
    return begin_ms + static_cast<int64_t>(evaluation) * interval_ms;
  }
};

struct Firing {
  std::string labels;
  int64_t pending_ms = 0, fired_ms = 0;
  std::optional<int64_t> resolved_ms;  // nullopt: it still fires at the end
};

// Pending without having fired.
struct Pending {
  std::string labels;
  int64_t from_ms = 0;
  int64_t until_ms = 0;  // the last evaluation at which the condition held
};

struct AlertHistory {
  std::vector<Firing> firings;    // in the order in which they fired
  std::vector<Pending> pendings;  // in the order in which they began
};

// As rules/alerting.go of Prometheus 2.42 does: `for` is over at the first evaluation at least that
// long after the condition began to hold; keep_firing_for counts from the first evaluation at which
// it no longer does.
AlertHistory follow_alert(const Evaluations& evaluations, double for_seconds,
                          double keep_firing_for_seconds);

}  // namespace gameday
