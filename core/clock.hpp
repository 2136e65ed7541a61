// Time as an argument: whoever needs it is handed a Clock, and tests hand over one they turn by
// hand. Machine time is monotonic; wall-clock time is only ever printed.
#pragma once

#include <chrono>
#include <string>

namespace gameday {

using Seconds = std::chrono::duration<double>;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::steady_clock::time_point now() const = 0;
  virtual WallTime wall() const = 0;
};

// The machine's own clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now();
  }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

// "2026-05-09T12:30:05.123Z", UTC.
std::string iso8601(WallTime time);
// "2026-05-09 12:30:05 UTC" of "2026-05-09T12:30:05.123Z", for people; other texts as they are.
std::string plain_time(const std::string& iso);
// "12:30:05", the machine's local time, as people read it in a terminal.
std::string clock_time(WallTime time);

}  // namespace gameday
