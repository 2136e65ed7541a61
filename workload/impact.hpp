// What an interval of the workload did to its users: exact counts, a flag a user, and latency
// histograms. Pure arithmetic: time and answers are told, nothing is measured here.
//
// good = succeeded and not slow; goodput lost = 1 - good / offered, both of the same interval. A
// user is affected when one of their requests of the interval failed or was slower than the
// objective. Latency runs from the intended send time; a request that timed out counts with its
// time-out, one that got no answer (refused, unreachable, closed, late) has no latency.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/histogram.hpp"
#include "core/json.hpp"

namespace gameday {

enum class Outcome {
  kSucceeded,    // a 2xx or 3xx answer, complete, before the time-out, with what was asked for
  kHttp5xx,
  kHttp4xx,
  kTimeout,
  kRefused,
  kUnreachable,  // no route, host or network unreachable
  kClosed,       // the connection broke or spoke nonsense before the answer was complete
  kLate,         // we could not send it in time
  kWrong,        // a 2xx or 3xx answer that does not hold what was asked for
};
inline constexpr size_t kOutcomes = 9;
// "http_5xx", "timeout", …: the keys of failed_by. "succeeded" for kSucceeded.
std::string_view outcome_name(Outcome outcome);

struct Request {
  uint32_t user = 0;
  bool write = false;
};

class Impact {
 public:
  Impact(std::string name, int users_base, double objective_ms);

  // A request was due. Counted once, whatever becomes of it; `ended` must follow.
  void offered(const Request& request, double send_lateness_ms);
  // An open request passed the objective: its user is affected, however it ends.
  void overdue(const Request& request);
  void ended(const Request& request, Outcome outcome, double latency_ms);

  uint64_t open() const { return offered_ - succeeded_ - failed_; }
  const std::string& name() const { return name_; }
  uint64_t users_affected() const { return users_affected_; }
  // The "interval" object of workload/protocol.hpp. Requires open() == 0.
  json::object report(double seconds) const;

 private:
  void affect(uint32_t user);
  void fail(uint32_t user);

  const std::string name_;
  const double objective_ms_;
  std::vector<uint8_t> users_;  // a bit each: visited, affected, failed
  uint64_t users_visited_ = 0, users_affected_ = 0, users_failed_ = 0;
  uint64_t offered_ = 0, succeeded_ = 0, failed_ = 0, slow_ = 0;
  uint64_t writes_offered_ = 0, writes_failed_ = 0, reads_failed_ = 0, reads_slow_ = 0;
  std::array<uint64_t, kOutcomes> by_outcome_{};
  double max_send_lateness_ms_ = 0;
  Histogram latencies_, read_latencies_;
};

// {"http_5xx": n, …} of every failing outcome.
json::object failed_by(const std::array<uint64_t, kOutcomes>& by_outcome);
// Does the outcome carry a latency?
bool has_latency(Outcome outcome);
// A percentile in milliseconds, or null of an empty histogram.
json::value percentile_ms(const Histogram& histogram, double percent);

}  // namespace gameday
