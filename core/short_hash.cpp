#include "core/short_hash.hpp"

#include <cstdint>
#include <cstdio>

namespace gameday {

std::string short_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return std::string(digits).substr(0, 12);
}

}  // namespace gameday
