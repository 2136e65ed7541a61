// Many numbers, most of them neighbours, as few ranges: how order numbers travel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday {

// First and last number of each, ascending, without overlaps.
using NumberRanges = std::vector<std::pair<uint64_t, uint64_t>>;

// In any order; doubled numbers count once.
NumberRanges ranges_of(std::vector<uint64_t> numbers);
// "1-17,19"; empty for none.
std::string to_text(const NumberRanges& ranges);
// Throws a usage Error for a text that to_text cannot have written.
NumberRanges ranges_from_text(std::string_view text);

uint64_t count_of(const NumberRanges& ranges);
// How many numbers both have.
uint64_t count_in_both(const NumberRanges& left, const NumberRanges& right);

}  // namespace gameday
