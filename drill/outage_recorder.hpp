// Records one outage from the real stack for alert rules to be judged by: the fault and its repair
// only, nobody acts in between.
#pragma once

#include "alerts/outage_recording.hpp"
#include "drill/conductor.hpp"

namespace gameday {

struct RecordingTimes {
  double plateau_seconds = 120;  // from the effect that users see to the repair
  double after_seconds = 40;     // from users served again to the end
};

// Plays the conductor's plan up to its end and reads every series of that time from the stack's own
// Prometheus. A twin has a plateau in which nothing is broken. The conductor's stack is still up
// afterwards. Throws Error when the drill is void, the repair fails, or users are not served again.
OutageRecording record_outage(Conductor& conductor, Bell& bell, const RecordingTimes& times);

}  // namespace gameday
