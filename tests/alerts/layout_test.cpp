#include "alerts/layout.hpp"

#include <catch2/catch.hpp>

#include "alerts/scratch_folder.hpp"
#include "core/error.hpp"
#include "tests/alerts/small_recording.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

Layout layout_of(int outage_seconds, int scrape_seconds = 1) {
  Layout layout;
  layout.fault_unix_seconds = 1'600'000'000;
  layout.outage_seconds = outage_seconds;
  layout.history_seconds = 600;
  layout.after_seconds = 60;
  layout.scrape_seconds = scrape_seconds;
  return layout;
}

std::vector<Sample> laid_out(const OutageRecording& one, size_t series, const Layout& layout) {
  return lay_out(one, one.series[series], seconds_of(one, layout), layout);
}

double value_at(const std::vector<Sample>& samples, int64_t second) {
  for (const Sample& sample : samples) {
    if (sample.time_ms == second * 1000) return sample.value;
  }
  return stale_marker();
}

}  // namespace

TEST_CASE("a recording is read as it was written, and half of one is refused") {
  const ScratchFolder folder;
  const auto file = folder.path() / "one.gz";
  OutageRecording one = small_recording();
  one.series[1].values[3] = 0.1;
  write_recording(file, one);
  const OutageRecording read = read_recording(file);
  CHECK(read.id() == "paper/one");
  CHECK(read.served == kServed);
  CHECK(read.types == one.types);
  REQUIRE(read.series.size() == one.series.size());
  for (size_t i = 0; i < one.series.size(); ++i) {
    CHECK(read.series[i].labels == one.series[i].labels);
    for (size_t second = 0; second < kSeconds; ++second) {
      const double was = one.series[i].values[second], is = read.series[i].values[second];
      CHECK((is == was || (is_stale(is) && is_stale(was))));
    }
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  CHECK_THROWS_AS(read_recording(file), Error);
}

TEST_CASE("laid out at its own length, the outage is the one that was recorded") {
  const OutageRecording one = small_recording();
  const Layout layout = layout_of(kRepair - kFault);
  const std::vector<int> seconds = seconds_of(one, layout);
  for (int i = kFault; i < kSeconds; ++i) {
    CHECK(seconds[static_cast<size_t>(layout.history_seconds + i - kFault)] == i);
  }
  CHECK(served_after(one, layout) == kServed - kFault);
}

TEST_CASE("a longer outage draws from the plateau, and counters never go back") {
  const OutageRecording one = small_recording();
  const Layout layout = layout_of(7200);
  const int64_t fault = layout.fault_unix_seconds;
  const std::vector<Sample> counter = laid_out(one, 0, layout);
  for (size_t i = 1; i < counter.size(); ++i) CHECK(counter[i].value >= counter[i - 1].value);
  CHECK(value_at(counter, fault + 7000) - value_at(counter, fault + 1000) == 18'000);
  CHECK(value_at(counter, fault - 10) - value_at(counter, fault - 510) == 500);
  const std::vector<Sample> level = laid_out(one, 1, layout);
  CHECK(value_at(level, fault - 1) == 0);
  CHECK(value_at(level, fault + 1) == 0);
  CHECK(value_at(level, fault + 2) == 1);
  CHECK(value_at(level, fault + 7204) == 1);
  CHECK(value_at(level, fault + 7205) == 0);
}

TEST_CASE("a series that a scrape no longer finds ends with one stale marker") {
  const OutageRecording one = small_recording();
  const Layout layout = layout_of(600, 15);
  const std::vector<Sample> samples = laid_out(one, 2, layout);
  REQUIRE(samples.size() > 3);
  for (size_t i = 0; i + 1 < samples.size(); ++i) {
    CHECK(samples[i].value == 7.25);
    CHECK(samples[i + 1].time_ms - samples[i].time_ms == 15'000);
  }
  CHECK(is_stale(samples.back().value));
}

TEST_CASE("a process began before the history that is laid out") {
  const OutageRecording one = small_recording();
  const Layout layout = layout_of(600);
  const std::vector<Sample> time = laid_out(one, 3, layout);
  const int64_t begin = layout.fault_unix_seconds - layout.history_seconds;
  CHECK(time.front().value == static_cast<double>(begin) - 1'000'000);
  CHECK(time.back().value == time.front().value);
}
