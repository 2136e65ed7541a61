#include "core/clock.hpp"

#include <ctime>

namespace gameday {

std::string plain_time(const std::string& iso) {
  constexpr size_t kBetween = 10, kSeconds = 19;
  if (iso.size() < kSeconds + 1 || iso[kBetween] != 'T' || !iso.ends_with('Z')) return iso;
  return iso.substr(0, kBetween) + " " + iso.substr(kBetween + 1, kSeconds - kBetween - 1) + " UTC";
}

std::string iso8601(WallTime time) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(since_epoch).count();
  const int milliseconds = static_cast<int>(since_epoch.count() - seconds * 1000LL);
  std::tm broken{};
  gmtime_r(&seconds, &broken);
  char date[32], text[48];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &broken);
  std::snprintf(text, sizeof text, "%s.%03dZ", date, milliseconds);
  return text;
}

std::string clock_time(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm broken{};
  localtime_r(&seconds, &broken);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &broken);
  return text;
}

}  // namespace gameday
