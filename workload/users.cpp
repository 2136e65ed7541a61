#include "workload/users.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "workload/dice.hpp"

namespace gameday {

namespace {

constexpr size_t kBlock = 20;

// Fisher-Yates, so that the order does not depend on the standard library.
template <typename Iterator>
void shuffle(Iterator first, Iterator last, Dice& dice) {
  for (auto left = static_cast<uint64_t>(last - first); left > 1; --left) {
    std::iter_swap(first + static_cast<std::ptrdiff_t>(left - 1),
                   first + static_cast<std::ptrdiff_t>(dice.below(left)));
  }
}

}  // namespace

std::vector<Visitor> deal_visitors(const LoadPlan& plan) {
  Dice dice(plan.seed);
  std::vector<uint32_t> users(static_cast<size_t>(plan.users));
  std::iota(users.begin(), users.end(), 0U);
  shuffle(users.begin(), users.end(), dice);

  const auto count = static_cast<size_t>(
      std::max(1.0, std::round(plan.users * plan.visiting_share)));
  const auto writers = static_cast<size_t>(std::round(static_cast<double>(count) * plan.writers));
  std::vector<Visitor> visitors(count);
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, count);
    const size_t quota = end * writers / count - begin * writers / count;
    for (size_t i = begin; i < end; ++i) visitors[i] = {users[i], i - begin < quota};
    shuffle(visitors.begin() + static_cast<std::ptrdiff_t>(begin),
            visitors.begin() + static_cast<std::ptrdiff_t>(end), dice);
  }
  return visitors;
}

}  // namespace gameday
