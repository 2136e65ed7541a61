#include "workload/number_ranges.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"

using namespace gameday;

TEST_CASE("numbers travel as few ranges and come back the same") {
  CHECK(to_text(ranges_of({})).empty());
  CHECK(to_text(ranges_of({7})) == "7");
  CHECK(to_text(ranges_of({3, 1, 2, 2, 9, 5, 4})) == "1-5,9");
  for (const char* text : {"", "7", "1-5,9", "2,4,6-800000"}) {
    CHECK(to_text(ranges_from_text(text)) == text);
  }
  CHECK(count_of(ranges_from_text("1-5,9,20-21")) == 8);
}

TEST_CASE("what two sets of numbers share is counted once") {
  const auto both = [](const char* left, const char* right) {
    const uint64_t count = count_in_both(ranges_from_text(left), ranges_from_text(right));
    CHECK(count_in_both(ranges_from_text(right), ranges_from_text(left)) == count);
    return count;
  };
  CHECK(both("", "1-9") == 0);
  CHECK(both("1-9", "1-9") == 9);
  CHECK(both("1-9", "4-5,8,11-12") == 3);
  CHECK(both("1-3,5-7,9", "3-5,7-20") == 4);
}

TEST_CASE("a text of ranges that nobody wrote is refused") {
  for (const char* text : {"x", "1-", "5-3", "3,3", "4,2", "1;2", "1-5,4-9", "-1", " 1"}) {
    INFO(text);
    CHECK_THROWS_AS(ranges_from_text(text), Error);
  }
}
