#include "core/histogram.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using gameday::Histogram;

namespace {

double true_percentile(std::vector<uint64_t> values, double percent) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
  return static_cast<double>(values[static_cast<size_t>(std::max(1.0, rank)) - 1]);
}

// A fixed sequence that covers many octaves, without a generator of the library's.
std::vector<uint64_t> wide_values(int count) {
  std::vector<uint64_t> values;
  uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < count; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    values.push_back((state >> 20) % (1ULL << (1 + i % 31)));
  }
  return values;
}

}  // namespace

TEST_CASE("an empty histogram answers zero for everything") {
  const Histogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.min() == 0);
  CHECK(empty.max() == 0);
  CHECK(empty.percentile(50) == 0);
}

TEST_CASE("a single value is every percentile") {
  for (const uint64_t value : {0ULL, 1ULL, 255ULL, 256ULL, 1000ULL, 3000000ULL, 4294967295ULL}) {
    Histogram one;
    one.record(value);
    for (const double percent : {0.0, 1.0, 50.0, 99.0, 100.0}) {
      CHECK(one.percentile(percent) == Approx(static_cast<double>(value)).epsilon(0.004));
    }
  }
}

TEST_CASE("values below 256 microseconds are kept exactly") {
  Histogram histogram;
  for (uint64_t value = 0; value < 256; ++value) histogram.record(value);
  for (int i = 1; i <= 256; ++i) CHECK(histogram.percentile(100.0 * i / 256) == i - 1);
}

TEST_CASE("percentiles stay within half a percent of the sorted truth over the whole range") {
  const auto values = wide_values(20000);
  Histogram histogram;
  for (const uint64_t value : values) histogram.record(value);
  CHECK(histogram.count() == values.size());
  CHECK(histogram.min() == *std::min_element(values.begin(), values.end()));
  CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
  for (const double percent : {0.0, 0.1, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 100.0}) {
    const double truth = true_percentile(values, percent);
    CAPTURE(percent, truth);
    CHECK(std::abs(histogram.percentile(percent) - truth) <= truth * 0.004);
  }
}

TEST_CASE("every power of two and its neighbours land in a bucket of their size") {
  for (int bits = 1; bits < 32; ++bits) {
    for (const int64_t offset : {-1, 0, 1}) {
      const auto value = static_cast<uint64_t>((1LL << bits) + offset);
      Histogram histogram;
      histogram.record(0);
      histogram.record(value);
      histogram.record(5000000000ULL);
      CAPTURE(value);
      CHECK(std::abs(histogram.percentile(50) - static_cast<double>(value)) <= 0.004 * value);
    }
  }
}

TEST_CASE("a value beyond the range is counted and keeps the maximum") {
  Histogram histogram;
  histogram.record(10);
  histogram.record(1ULL << 40);
  CHECK(histogram.count() == 2);
  CHECK(histogram.max() == 1ULL << 40);
  CHECK(histogram.percentile(100) == static_cast<double>(1ULL << 40));
}

TEST_CASE("merging gives the same answers as recording everything in one") {
  const auto values = wide_values(5000);
  Histogram all, left, right;
  for (size_t i = 0; i < values.size(); ++i) {
    all.record(values[i]);
    (i % 3 == 0 ? left : right).record(values[i]);
  }
  left.merge(right);
  CHECK(left.count() == all.count());
  CHECK(left.min() == all.min());
  CHECK(left.max() == all.max());
  for (double percent = 0; percent <= 100; percent += 0.5) {
    CHECK(left.percentile(percent) == all.percentile(percent));
  }
  left.merge(Histogram());
  CHECK(left.percentile(50) == all.percentile(50));
}

TEST_CASE("clearing forgets everything") {
  Histogram histogram;
  histogram.record(123456);
  histogram.clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.percentile(99) == 0);
  histogram.record(7);
  CHECK(histogram.percentile(99) == 7);
}
