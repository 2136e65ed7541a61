#include "drill/replay.hpp"

#include "core/error.hpp"
#include "drill/ending.hpp"
#include "drill/responders.hpp"
#include "journal/events.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr double kAlertLimitSeconds = 10;
constexpr auto kServedLimit = 15s;

StoryTime fault_time(const DrillPlan& plan) {
  for (const TimelineEntry& entry : plan.variant.timeline) {
    if (!entry.fault.empty()) return entry.at;
  }
  return plan.scenario.documented.start;
}

void run_phases(Conductor& conductor, Bell& bell) {
  conductor.start();
  conductor.baseline();
  if (conductor.voided()) return;
  conductor.break_it();
  if (conductor.voided()) return;
  const DrillPlan& plan = conductor.plan();
  Responders responders(conductor, bell);
  responders.play(plan_acts(plan.scenario, fault_time(plan), plan.respond_seconds),
                  kAlertLimitSeconds);
  conductor.wait_served(deadline_in(kServedLimit));
  conductor.settle();
}

}  // namespace

void play_replay(Conductor& conductor, Bell& bell, const ReplayJudge& judge) {
  const auto phases = [&] {
    run_phases(conductor, bell);
    return std::string("finished");
  };
  play_to_the_end(conductor, phases, [&] {
    const auto why = judge(read_journal(conductor.folder() / "journal.jsonl"));
    if (why) conductor.void_drill(*why);
  });
}

}  // namespace gameday
