#include "core/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gameday {

namespace {

constexpr int kSubBits = 7;                         // 128 buckets an octave
constexpr uint64_t kExact = 2ULL << kSubBits;       // below this each value has its own bucket
constexpr uint64_t kLargest = (1ULL << 32) - 1;
constexpr int kOctaves = 32 - kSubBits - 1;         // octaves above the exact part
constexpr size_t kBuckets = kExact + static_cast<size_t>(kOctaves) * (kExact / 2);

size_t bucket_of(uint64_t value) {
  if (value < kExact) return value;
  const int shift = std::bit_width(value) - 1 - kSubBits;
  return static_cast<size_t>(shift) * (kExact / 2) + (value >> shift);
}

double middle_of(size_t bucket) {
  if (bucket < kExact) return static_cast<double>(bucket);
  const auto shift = bucket / (kExact / 2) - 1;
  const uint64_t low = (bucket - shift * (kExact / 2)) << shift;
  return static_cast<double>(low) + (static_cast<double>(1ULL << shift) - 1) / 2;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::record(uint64_t microseconds) {
  ++buckets_[bucket_of(std::min(microseconds, kLargest))];
  ++count_;
  min_ = std::min(min_, microseconds);
  max_ = std::max(max_, microseconds);
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  if (count_ == 0) return;
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  min_ = UINT64_MAX;
  max_ = 0;
}

double Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(percent / 100 * static_cast<double>(count_));
  const auto rank = std::clamp<uint64_t>(static_cast<uint64_t>(wanted), 1, count_);
  if (rank == 1) return static_cast<double>(min());
  if (rank == count_) return static_cast<double>(max_);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= rank) {
      return std::clamp(middle_of(i), static_cast<double>(min_), static_cast<double>(max_));
    }
  }
  return static_cast<double>(max_);
}

}  // namespace gameday
