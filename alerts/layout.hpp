// Lays a recorded outage out on the documented clock: as long as the outage really was, after as
// much normal service as the rules look back, scraped as rarely as a team does.
#pragma once

#include <cstdint>
#include <vector>

#include "alerts/outage_recording.hpp"

namespace gameday {

struct Layout {
  int64_t fault_unix_seconds = 0;
  int outage_seconds = 0;   // from the fault to the repair
  int history_seconds = 0;  // of normal service before the fault
  int after_seconds = 0;    // of normal service after the recorded end
  int scrape_seconds = 15;
  uint64_t seed = 1;
};

struct Sample {
  int64_t time_ms = 0;
  double value = 0;  // stale_marker(): the series was no longer there
};

// Which second of the recording stands for each second from `history_seconds` before the fault on.
// Onset, the first plateau, the repair and what follows come as they were recorded; what is longer
// is drawn by seed, in runs of 20 to 40 seconds, from the plateau, or from normal service.
std::vector<int> seconds_of(const OutageRecording& recording, const Layout& layout);

// Seconds from the fault until users are served again.
int served_after(const OutageRecording& recording, const Layout& layout);

// What Prometheus would have stored of one series: every target is scraped at a moment of its own.
// Of a counter increments are drawn, so that it never goes back where the real one did not; a time
// is moved to the laid out clock; everything else is taken as it was.
std::vector<Sample> lay_out(const OutageRecording& recording, const RecordedSeries& series,
                            const std::vector<int>& seconds, const Layout& layout);

}  // namespace gameday
