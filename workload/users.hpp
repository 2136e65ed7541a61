// The user base and its habits, dealt by quota: who visits and who writes are exact counts, only
// their order comes from the seed. Independent draws would scatter a drill's figures by points.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/protocol.hpp"

namespace gameday {

struct Visitor {
  uint32_t user = 0;  // 0 … plan.users-1
  bool writes = false;
};

// The visiting users in the order of their moments within a period: round(users * visiting_share)
// of them, at least one, round(visitors * writers) of whom write. Every twenty neighbours hold
// their share of writers to within one, so that a part of a period is like the whole.
std::vector<Visitor> deal_visitors(const LoadPlan& plan);

}  // namespace gameday
