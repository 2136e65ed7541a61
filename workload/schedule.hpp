// When which user sends what: an open loop. Every moment follows from the plan, the seed and the
// rate alone, never from how the server answers.
//
// A period is cut into one slot a visitor; the visit begins at a random moment of its slot, so
// arrivals are spread evenly. A user's slot is the same in every period. A rate factor r makes r
// visits a slot on average, dealt evenly (1.1: every tenth slot has two); a further visit of a slot
// is paid by the user whose own slot is furthest away.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "workload/dice.hpp"
#include "workload/users.hpp"

namespace gameday {

struct Send {
  double at_seconds = 0;  // the intended moment, from the start of the schedule
  uint64_t visit = 0;
  uint32_t user = 0;
  uint32_t index = 0;  // within the visit
  bool write = false;  // the order at the end of a writer's visit
  bool last = false;   // of its visit
  uint32_t kind = 0;   // reads: 0, 1, 2, 3 in turn, each visit from another one on
  uint64_t dice = 0;   // for whatever the request still has to choose
};

class Schedule {
 public:
  explicit Schedule(const LoadPlan& plan);

  // The moment of the next send; sends come in this order.
  double next_at();
  Send pop();
  // Visits of slots from this moment on become `factor` times the plan's. Later changes must not
  // be for earlier moments. Slots that were already dealt (at most one ahead) stay.
  void set_rate(double factor, double from_seconds);

 private:
  struct Visit {
    double next_at_seconds;
    uint64_t number;
    uint32_t user;
    uint32_t index;
    uint32_t sends;
    uint32_t first_kind;
    bool writes;
    Dice dice;
    bool operator>(const Visit& other) const {
      return next_at_seconds != other.next_at_seconds ? next_at_seconds > other.next_at_seconds
                                                      : number > other.number;
    }
  };
  struct RateChange {
    double from_seconds;
    double factor;
  };

  void deal_until_sure();
  void deal_slot();

  const LoadPlan plan_;
  const std::vector<Visitor> visitors_;
  const double slot_seconds_;
  uint64_t next_slot_ = 0;
  uint64_t next_visit_ = 1;
  double owed_ = 0;  // visits not yet dealt, below one
  double rate_ = 1;
  std::queue<RateChange> changes_;
  std::priority_queue<Visit, std::vector<Visit>, std::greater<>> visits_;
};

}  // namespace gameday
