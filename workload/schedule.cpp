#include "workload/schedule.hpp"

#include <cmath>

namespace gameday {

Schedule::Schedule(const LoadPlan& plan)
    : plan_(plan),
      visitors_(deal_visitors(plan)),
      slot_seconds_(plan.period_seconds / static_cast<double>(visitors_.size())) {}

void Schedule::set_rate(double factor, double from_seconds) {
  changes_.push({from_seconds, factor});
}

double Schedule::next_at() {
  deal_until_sure();
  return visits_.top().next_at_seconds;
}

Send Schedule::pop() {
  deal_until_sure();
  Visit visit = visits_.top();
  visits_.pop();
  Send send;
  send.at_seconds = visit.next_at_seconds;
  send.visit = visit.number;
  send.user = visit.user;
  send.index = visit.index;
  send.last = visit.index + 1 == visit.sends;
  send.write = send.last && visit.writes;
  send.kind = (visit.first_kind + visit.index) % 4;
  send.dice = visit.dice.next();
  if (!send.last) {
    // Pauses of half to one and a half times the mean: bounded, so a visit has a longest length.
    visit.next_at_seconds += plan_.think_seconds * (0.5 + visit.dice.unit());
    ++visit.index;
    visits_.push(visit);
  }
  return send;
}

// The earliest send is sure once no slot that is still to be dealt can begin before it.
void Schedule::deal_until_sure() {
  while (visits_.empty() ||
         static_cast<double>(next_slot_) * slot_seconds_ <= visits_.top().next_at_seconds) {
    deal_slot();
  }
}

void Schedule::deal_slot() {
  const uint64_t slot = next_slot_++;
  const double begin = static_cast<double>(slot) * slot_seconds_;
  while (!changes_.empty() && changes_.front().from_seconds <= begin) {
    rate_ = changes_.front().factor;
    changes_.pop();
  }
  // The tiny surplus keeps ten times a tenth from falling short of one.
  owed_ += rate_;
  const double count = std::floor(owed_ + 1e-9);
  owed_ -= count;
  const size_t position = slot % visitors_.size();
  for (int k = 0; k < static_cast<int>(count); ++k) {
    const auto further = static_cast<size_t>(static_cast<double>(visitors_.size()) * k / count);
    const Visitor& visitor = visitors_[(position + further) % visitors_.size()];
    Dice dice(plan_.seed, slot, static_cast<uint64_t>(k));
    const double moment = begin + (k + dice.unit()) / count * slot_seconds_;
    const auto sends = static_cast<uint32_t>(plan_.reads_per_visit) + (visitor.writes ? 1U : 0U);
    const auto first_kind = static_cast<uint32_t>((slot + static_cast<uint64_t>(k)) % 4);
    visits_.push({moment, next_visit_++, visitor.user, 0, sends, first_kind, visitor.writes, dice});
  }
}

}  // namespace gameday
