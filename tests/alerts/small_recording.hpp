// A recording on paper, small enough to know by heart.
#pragma once

#include "alerts/outage_recording.hpp"

namespace gameday::testing {

inline constexpr int kFault = 30, kSuffering = 32, kRepair = 100, kServed = 105, kSeconds = 140;

// A counter that grows by 1 a second, by 3 while it is broken; a level; one that exists in the
// outage only; a time.
inline OutageRecording small_recording() {
  OutageRecording one;
  one.scenario = "paper", one.variant = "one", one.recorded = "2026-01-01T00:00:00Z";
  one.begin_unix_seconds = 1'800'000'000;
  one.seconds = kSeconds, one.fault = kFault, one.suffering = kSuffering;
  one.repair = kRepair, one.served = kServed;
  one.types = {{"errors_total", "counter"}};
  RecordedSeries counter{{{"__name__", "errors_total"}, {"job", "a"}}, {}};
  RecordedSeries level{{{"__name__", "broken"}, {"job", "a"}}, {}};
  RecordedSeries passing{{{"__name__", "seen"}, {"job", "a"}}, {}};
  RecordedSeries time{{{"__name__", "process_start_time_seconds"}, {"job", "a"}}, {}};
  double count = 1000;
  for (int i = 0; i < kSeconds; ++i) {
    const bool broken = i >= kSuffering && i < kServed;
    counter.values.push_back(count += broken ? 3 : 1);
    level.values.push_back(broken ? 1 : 0);
    passing.values.push_back(broken ? 7.25 : stale_marker());
    time.values.push_back(1'799'000'000);
  }
  one.series = {counter, level, passing, time};
  return one;
}

}  // namespace gameday::testing
