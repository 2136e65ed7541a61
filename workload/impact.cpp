#include "workload/impact.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace gameday {

namespace {

constexpr uint8_t kVisited = 1;
constexpr uint8_t kAffected = 2;
constexpr uint8_t kFailed = 4;

double percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return 0;
  return rounded(100.0 * static_cast<double>(part) / static_cast<double>(whole), 3);
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomes> kNames = {
      "succeeded", "http_5xx", "http_4xx", "timeout", "refused", "unreachable", "closed", "late",
      "wrong"};
  return kNames[static_cast<size_t>(outcome)];
}

json::object failed_by(const std::array<uint64_t, kOutcomes>& by_outcome) {
  json::object object;
  for (size_t i = 1; i < kOutcomes; ++i) {
    const std::string_view name = outcome_name(static_cast<Outcome>(i));
    object[json::string_view(name.data(), name.size())] = by_outcome[i];
  }
  return object;
}

bool has_latency(Outcome outcome) {
  return outcome == Outcome::kSucceeded || outcome == Outcome::kHttp5xx ||
         outcome == Outcome::kHttp4xx || outcome == Outcome::kTimeout || outcome == Outcome::kWrong;
}

json::value percentile_ms(const Histogram& histogram, double percent) {
  if (histogram.count() == 0) return nullptr;
  return rounded(histogram.percentile(percent) / 1000, 3);
}

Impact::Impact(std::string name, int users_base, double objective_ms)
    : name_(std::move(name)),
      objective_ms_(objective_ms),
      users_(static_cast<size_t>(users_base)) {}

void Impact::offered(const Request& request, double send_lateness_ms) {
  ++offered_;
  if (request.write) ++writes_offered_;
  max_send_lateness_ms_ = std::max(max_send_lateness_ms_, send_lateness_ms);
  uint8_t& user = users_.at(request.user);
  if (!(user & kVisited)) ++users_visited_;
  user |= kVisited;
}

void Impact::overdue(const Request& request) { affect(request.user); }

void Impact::ended(const Request& request, Outcome outcome, double latency_ms) {
  assert(open() > 0);
  ++by_outcome_[static_cast<size_t>(outcome)];
  if (has_latency(outcome)) {
    const auto microseconds = static_cast<uint64_t>(std::llround(std::max(0.0, latency_ms) * 1000));
    latencies_.record(microseconds);
    if (!request.write) read_latencies_.record(microseconds);
  }
  if (outcome != Outcome::kSucceeded) {
    ++failed_;
    ++(request.write ? writes_failed_ : reads_failed_);
    affect(request.user);
    // One that only waited was slow, however it ended.
    if (outcome != Outcome::kTimeout && outcome != Outcome::kLate) fail(request.user);
    return;
  }
  ++succeeded_;
  if (latency_ms <= objective_ms_) return;
  ++slow_;
  if (!request.write) ++reads_slow_;
  affect(request.user);
}

void Impact::affect(uint32_t user_number) {
  uint8_t& user = users_.at(user_number);
  if (!(user & kAffected)) ++users_affected_;
  user |= kAffected;
}

void Impact::fail(uint32_t user_number) {
  uint8_t& user = users_.at(user_number);
  if (!(user & kFailed)) ++users_failed_;
  user |= kFailed;
}

json::object Impact::report(double seconds) const {
  assert(open() == 0);
  const uint64_t good = succeeded_ - slow_;
  json::object object;
  object["name"] = name_;
  object["seconds"] = rounded(seconds, 3);
  object["offered"] = offered_;
  object["succeeded"] = succeeded_;
  object["failed"] = failed_;
  object["slow"] = slow_;
  object["failed_by"] = failed_by(by_outcome_);
  object["users_base"] = users_.size();
  object["users_visited"] = users_visited_;
  object["users_affected"] = users_affected_;
  object["users_affected_percent"] = percent(users_affected_, users_.size());
  object["users_failed_percent"] = percent(users_failed_, users_.size());
  object["visitors_affected_percent"] = percent(users_affected_, users_visited_);
  object["requests_failed_percent"] = percent(failed_, offered_);
  object["requests_slow_percent"] = percent(slow_, offered_);
  object["writes_offered"] = writes_offered_;
  object["writes_failed"] = writes_failed_;
  object["reads_offered"] = offered_ - writes_offered_;
  object["reads_failed"] = reads_failed_;
  object["reads_slow"] = reads_slow_;
  object["goodput_lost_percent"] = percent(offered_ - good, offered_);
  object["p50_ms"] = percentile_ms(latencies_, 50);
  object["p99_ms"] = percentile_ms(latencies_, 99);
  object["reads_p99_ms"] = percentile_ms(read_latencies_, 99);
  object["max_send_lateness_ms"] = rounded(max_send_lateness_ms_, 3);
  return object;
}

}  // namespace gameday
