#include "workload/number_ranges.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"

namespace gameday {

NumberRanges ranges_of(std::vector<uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  NumberRanges ranges;
  for (const uint64_t number : numbers) {
    if (!ranges.empty() && number <= ranges.back().second + 1) {
      ranges.back().second = number;
    } else {
      ranges.emplace_back(number, number);
    }
  }
  return ranges;
}

std::string to_text(const NumberRanges& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  return text;
}

NumberRanges ranges_from_text(std::string_view text) {
  NumberRanges ranges;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&] {
    uint64_t value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec != std::errc()) throw usage_error("number ranges: not a number in the text");
    at = parsed.ptr;
    return value;
  };
  while (at != end) {
    const uint64_t first = number();
    uint64_t last = first;
    if (at != end && *at == '-') {
      ++at;
      last = number();
    }
    const bool ascends = ranges.empty() || first > ranges.back().second;
    if (last < first || !ascends || (at != end && *at++ != ',')) {
      throw usage_error("number ranges: must ascend, with commas in between");
    }
    ranges.emplace_back(first, last);
  }
  return ranges;
}

uint64_t count_of(const NumberRanges& ranges) {
  uint64_t count = 0;
  for (const auto& [first, last] : ranges) count += last - first + 1;
  return count;
}

uint64_t count_in_both(const NumberRanges& left, const NumberRanges& right) {
  uint64_t count = 0;
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() && b != right.end()) {
    const uint64_t from = std::max(a->first, b->first), to = std::min(a->second, b->second);
    if (from <= to) count += to - from + 1;
    ++(a->second < b->second ? a : b);
  }
  return count;
}

}  // namespace gameday
