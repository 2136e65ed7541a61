#include "scorer/suffering.hpp"

#include <algorithm>

#include "journal/events.hpp"
#include "scorer/response.hpp"

namespace gameday {

namespace {

// The moment of the first command that anybody ran after the effect; the end without one.
double first_command_at(const Journal& journal, double start, double end) {
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || event.at_seconds < start) continue;
    return std::clamp(number_or(event.data, "started", event.at_seconds), start, end);
  }
  return end;
}

void add_second(const Event& event, Suffering& sum) {
  double failed = 0;
  if (const json::value* kinds = event.data.if_contains("failed"); kinds && kinds->is_object()) {
    for (const auto& kind : kinds->as_object()) {
      if (kind.value().is_number()) failed += std::max(0.0, kind.value().to_number<double>());
    }
  }
  const double succeeded = std::max(0.0, number_or(event.data, "succeeded", 0));
  ++sum.seconds;
  sum.requests += succeeded + failed;
  sum.bad += failed + std::clamp(number_or(event.data, "slow", 0), 0.0, succeeded);
  if (sum.first_line == 0) sum.first_line = event.seq;
  sum.last_line = event.seq;
}

}  // namespace

Suffering& Suffering::operator+=(const Suffering& other) {
  if (other.seconds == 0) return *this;
  if (seconds == 0) first_line = other.first_line;
  last_line = other.last_line;
  seconds += other.seconds;
  requests += other.requests;
  bad += other.bad;
  return *this;
}

Suffering suffering_between(const Journal& journal, double from, double until) {
  Suffering sum;
  for (const Event& event : journal.events) {
    if (event.kind != events::kSecond) continue;
    if (event.at_seconds - 1 >= from && event.at_seconds <= until) add_second(event, sum);
  }
  return sum;
}

double Budget::excess() const {
  return measured ? std::clamp(all.share() - fault_alone.share(), 0.0, 1.0) : 0;
}

Budget error_budget(const Journal& journal, double start) {
  const double end = end_of_response(journal, start);
  const double relief = std::clamp(served_at(journal, start).value_or(end), start, end);
  const double untouched = std::max(first_command_at(journal, start, end), start + kShortestLook);
  Budget budget;
  budget.all = suffering_between(journal, start, relief);
  std::vector<const Event*> seconds;
  for (const Event& event : journal.events) {
    const bool inside = event.at_seconds - 1 >= start && event.at_seconds <= untouched;
    if (event.kind == events::kSecond && inside) seconds.push_back(&event);
  }
  for (size_t last = kSettledSeconds; last <= seconds.size(); ++last) {
    Suffering window;
    for (size_t i = last - kSettledSeconds; i < last; ++i) add_second(*seconds[i], window);
    const bool worse = window.share() > budget.fault_alone.share();
    if (worse || budget.fault_alone.seconds == 0) budget.fault_alone = window;
  }
  budget.measured = budget.fault_alone.seconds > 0 && budget.all.requests > 0;
  return budget;
}

double end_of_response(const Journal& journal, double start) {
  for (const char* phase : {"settle", "down"}) {
    const double at = journal.phase_at(phase);
    if (at >= start) return at;
  }
  return journal.events.empty() ? start : std::max(start, journal.events.back().at_seconds);
}

}  // namespace gameday
