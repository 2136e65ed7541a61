#include "alerts/layout.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace gameday {

namespace {

constexpr int kShortestRun = 20, kLongestRun = 40;
constexpr int kSettleSeconds = 10;     // after the effect is seen, until the plateau is one
constexpr int kRelaxSeconds = 15;      // after users are served, until service is normal
constexpr double kEarliestTime = 1e9;  // a larger value of a time's name is one on the Unix clock

enum class SeriesClass { kCounter, kTime, kLevel };

bool is_type(const OutageRecording& recording, const std::string& metric, std::string_view type) {
  const auto found = recording.types.find(metric);
  return found != recording.types.end() && found->second == type;
}

// "x_bucket" is one of the histogram x.
bool counts_part(const OutageRecording& recording, const std::string& metric) {
  for (const std::string_view part : {"_bucket", "_count", "_sum"}) {
    if (!metric.ends_with(part)) continue;
    const std::string whole = metric.substr(0, metric.size() - part.size());
    if (is_type(recording, whole, "histogram") || is_type(recording, whole, "summary")) return true;
  }
  return false;
}

SeriesClass class_of(const OutageRecording& recording, const std::string& metric) {
  if (is_type(recording, metric, "counter") || counts_part(recording, metric)) {
    return SeriesClass::kCounter;
  }
  // Ages grow by a second each second, as counters of seconds do.
  if (metric.ends_with("uptime_seconds")) return SeriesClass::kCounter;
  const bool time = metric.ends_with("_timestamp_seconds") ||
                    metric.ends_with("start_time_seconds") || metric.ends_with("_timestamp");
  if (time) return SeriesClass::kTime;
  const bool known = recording.types.count(metric) == 1;
  return !known && metric.ends_with("_total") ? SeriesClass::kCounter : SeriesClass::kLevel;
}

class SecondsDraw {
 public:
  SecondsDraw(uint64_t seed, std::vector<int>& seconds) : chance_(seed), seconds_(seconds) {}

  // From [low, high) of the recording.
  void runs(int count, int low, int high) {
    while (count > 0) {
      const int most = std::max(1, std::min(kLongestRun, high - low));
      const int least = std::min(kShortestRun, most);
      const int run = std::min(count, least + below(most - least + 1));
      const int from = low + below(std::max(1, high - low - run + 1));
      for (int i = 0; i < run; ++i) seconds_.push_back(std::min(from + i, high - 1));
      count -= run;
    }
  }

  void as_recorded(int low, int high) {
    for (int i = low; i < high; ++i) seconds_.push_back(i);
  }

 private:
  // Not a distribution of the library, whose results are its own affair.
  int below(int count) { return static_cast<int>(chance_() % static_cast<uint64_t>(count)); }

  std::mt19937_64 chance_;
  std::vector<int>& seconds_;
};

uint64_t hash_of(const std::string& text, uint64_t seed) {
  uint64_t hash = 14695981039346656037u ^ (seed * 1099511628211u);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ (hash >> 29);
}

}  // namespace

std::vector<int> seconds_of(const OutageRecording& recording, const Layout& layout) {
  std::vector<int> seconds;
  SecondsDraw draw(layout.seed, seconds);
  // The first second of a recording has no increment.
  draw.runs(layout.history_seconds - (recording.fault - 1), 1, recording.fault);
  draw.as_recorded(std::max(1, recording.fault - layout.history_seconds), recording.fault);
  const int plateau = std::min(recording.suffering + kSettleSeconds, recording.repair);
  const int recorded = recording.repair - recording.fault;
  if (layout.outage_seconds <= recorded) {
    draw.as_recorded(recording.fault, recording.fault + layout.outage_seconds);
  } else {
    draw.as_recorded(recording.fault, recording.repair);
    draw.runs(layout.outage_seconds - recorded, plateau, recording.repair);
  }
  draw.as_recorded(recording.repair, recording.seconds);
  const int relaxed = std::min(recording.served + kRelaxSeconds, recording.seconds - 1);
  draw.runs(layout.after_seconds, relaxed, recording.seconds);
  return seconds;
}

int served_after(const OutageRecording& recording, const Layout& layout) {
  return layout.outage_seconds + recording.served - recording.repair;
}

std::vector<Sample> lay_out(const OutageRecording& recording, const RecordedSeries& series,
                            const std::vector<int>& seconds, const Layout& layout) {
  const SeriesClass kind = class_of(recording, series.label("__name__"));
  const std::string target = series.label("job") + "/" + series.label("instance");
  const int interval = layout.scrape_seconds;
  const int phase =
      static_cast<int>(hash_of(target, layout.seed) % static_cast<uint64_t>(interval));
  const int64_t begin = layout.fault_unix_seconds - layout.history_seconds;
  std::vector<Sample> samples;
  double counted = 0, last = stale_marker();
  bool stored = false;  // the scrape before found the series
  for (size_t i = 0; i < seconds.size(); ++i) {
    const auto second = static_cast<size_t>(seconds[i]);
    const double value = series.values[second],
                 before = second > 0 ? series.values[second - 1] : value;
    double shown = value;
    if (is_stale(value)) {
      last = value;
    } else if (kind == SeriesClass::kCounter) {
      const bool begins = is_stale(last) && counted == 0;
      // Less than the second before: the real counter began anew, and so does this one.
      const double grown = is_stale(before) ? 0 : value - before;
      counted = begins || grown < 0 ? value : counted + grown;
      shown = counted;
      last = value;
    } else if (kind == SeriesClass::kTime && value > kEarliestTime) {
      const bool constant = value < static_cast<double>(recording.begin_unix_seconds);
      const int64_t real = recording.begin_unix_seconds + static_cast<int64_t>(second);
      const int64_t laid = begin + static_cast<int64_t>(i);
      const int64_t moved = constant ? begin - recording.begin_unix_seconds : laid - real;
      shown = value + static_cast<double>(moved);
    }
    if ((static_cast<int>(i) - phase) % interval != 0 || static_cast<int>(i) < phase) continue;
    const int64_t time_ms = (begin + static_cast<int64_t>(i)) * 1000;
    if (!is_stale(value) || stored) samples.push_back({time_ms, shown});
    stored = !is_stale(value);
  }
  return samples;
}

}  // namespace gameday
