// A real outage of the stack as its own Prometheus stored it: every series, once a second, from
// normal service over the fault, its plateau and the repair to normal service again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "alerts/rule_files.hpp"
#include "core/json.hpp"

namespace gameday {

// Prometheus' marker of a series that a scrape no longer found: a NaN of its own. Here it stands
// for every second in which a series was not there.
double stale_marker();
bool is_stale(double value);

struct RecordedSeries {
  TextPairs labels;            // sorted by name; __name__ is one of them
  std::vector<double> values;  // one a second; stale_marker() where there was none

  std::string label(std::string_view name) const;  // empty where there is none
};

// An alert of the stack's own rules that fired while the outage was recorded, in seconds from the
// fault: what a judgement of the same rules must come to.
struct LiveAlert {
  std::string alert;
  double fired_after = 0;
};

// Moments are whole seconds from the first one of the recording.
struct OutageRecording {
  std::string scenario, variant;
  bool twin = false;
  uint64_t seed = 1;
  std::string recorded;            // UTC
  json::object versions;           // of what ran in the stack
  int64_t begin_unix_seconds = 0;  // of the first second
  int seconds = 0;
  int fault = 0;                             // injected
  int suffering = 0;                         // a user saw it
  int repair = 0;                            // begun
  int served = 0;                            // users were served again, and stayed so
  std::map<std::string, std::string> types;  // of metrics: counter, gauge, histogram, summary
  std::string rules;                         // the stack's rule set that was loaded
  std::vector<LiveAlert> live;               // of those rules
  std::vector<RecordedSeries> series;        // without what rules add

  std::string id() const;  // "SCENARIO/VARIANT", "SCENARIO/twin"
};

// A compressed file: one line of JSON, then one line a series, its labels and its values, where
// "v*n" means n times v and "-" that the series is not there.
void write_recording(const std::filesystem::path& file, const OutageRecording& recording);
// Throws Error with the file where it is no such recording.
OutageRecording read_recording(const std::filesystem::path& file);
// All of a folder, by id.
std::vector<OutageRecording> read_recordings(const std::filesystem::path& folder);

}  // namespace gameday
