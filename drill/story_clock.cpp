#include "drill/story_clock.hpp"

#include <algorithm>

namespace gameday {

namespace {

StoryTime last_act(const Scenario& scenario) {
  StoryTime last;
  for (const ResponderAct& act : scenario.responders) {
    if (act.at.minutes > last.minutes) last = act.at;
  }
  return last;
}

}  // namespace

std::vector<PlannedAct> plan_acts(const Scenario& scenario, StoryTime fault_at,
                                  double respond_seconds) {
  std::vector<PlannedAct> plan;
  const double story_minutes = std::max(1, last_act(scenario).minutes - fault_at.minutes);
  for (const ResponderAct& act : scenario.responders) {
    double at = (act.at.minutes - fault_at.minutes) * respond_seconds / story_minutes;
    if (!plan.empty()) {
      const ResponderAct& before = *plan.back().act;
      double gap = before.at.minutes == act.at.minutes ? 0 : kBetweenActsSeconds;
      if (before.act == "escalate" && act.act == "repair") gap = kReactionSeconds;
      at = std::max(at, plan.back().at_seconds + gap);
    }
    plan.push_back({&act, at});
  }
  return plan;
}

}  // namespace gameday
