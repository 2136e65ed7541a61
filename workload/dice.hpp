// Chance from a seed: the same seed and key give the same draws on every machine and library.
// Sebastiano Vigna's splitmix64 (public domain), used both as a hash of keys and as a generator.
#pragma once

#include <cstdint>

namespace gameday {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  // Independent draws for each (seed, a, b).
  Dice(uint64_t seed, uint64_t a, uint64_t b) : state_(seed) {
    state_ = next() ^ a;
    state_ = next() ^ b;
  }

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // Even over [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Even over 0 … count-1 (the bias of at most count/2^64 is of no account).
  uint64_t below(uint64_t count) { return next() % count; }

 private:
  uint64_t state_;
};

}  // namespace gameday
