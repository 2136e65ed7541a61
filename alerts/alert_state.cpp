#include "alerts/alert_state.hpp"

#include <algorithm>
#include <cmath>

namespace gameday {

namespace {

int64_t milliseconds(double seconds) { return std::llround(seconds * 1000); }

void follow_series(const Evaluations& evaluations, const EvaluatedSeries& series, int64_t hold_ms,
                   int64_t keep_ms, AlertHistory& history) {
  std::optional<Pending> pending;
  std::optional<Firing> firing;
  std::optional<int64_t> gone_ms;  // since when a firing alert's condition does not hold
  for (size_t i = 0; i < series.present.size(); ++i) {
    if (evaluations.failed[i]) continue;
    const int64_t now = evaluations.time_ms(i);
    if (series.present[i]) {
      gone_ms.reset();
      if (firing) continue;
      if (!pending) pending = Pending{series.labels, now, now};
      pending->until_ms = now;
      if (now - pending->from_ms >= hold_ms) {
        firing = Firing{series.labels, pending->from_ms, now, std::nullopt};
        pending.reset();
      }
      continue;
    }
    if (pending) {
      history.pendings.push_back(*pending);
      pending.reset();
    }
    if (!firing) continue;
    if (!gone_ms) gone_ms = now;
    if (now - *gone_ms < keep_ms) continue;
    firing->resolved_ms = now;
    history.firings.push_back(*firing);
    firing.reset();
    gone_ms.reset();
  }
  if (pending) history.pendings.push_back(*pending);
  if (firing) history.firings.push_back(*firing);
}

}  // namespace

AlertHistory follow_alert(const Evaluations& evaluations, double for_seconds,
                          double keep_firing_for_seconds) {
  AlertHistory history;
  for (const EvaluatedSeries& series : evaluations.series) {
    follow_series(evaluations, series, milliseconds(for_seconds),
                  milliseconds(keep_firing_for_seconds), history);
  }
  std::stable_sort(history.firings.begin(), history.firings.end(),
                   [](const Firing& a, const Firing& b) { return a.fired_ms < b.fired_ms; });
  std::stable_sort(history.pendings.begin(), history.pendings.end(),
                   [](const Pending& a, const Pending& b) { return a.from_ms < b.from_ms; });
  return history;
}

}  // namespace gameday
