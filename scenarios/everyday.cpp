// What the company does on any day, beside the change that matters: maintenance of other machines
// and small edits of configurations, for each seed others at other times, the same for every variant
// and for the twin. Without them the newest file, the one file that differs from its last stable copy,
// and the one host that was maintained would each name the cause.
#include "scenarios/everyday.hpp"

#include <algorithm>

namespace gameday {

namespace {

// Minutes before the outage. Most draws have one maintenance and one edit after the trigger.
constexpr size_t kLateOneIn = 4;  // of four, three are late
constexpr int kLateMaintenance = 11, kLateEdit = 4, kLateSpread = 9;
constexpr int kEarly = 75, kEarlySpread = 225;
constexpr size_t kMaintenances = 2, kEdits = 4;

}  // namespace

const std::vector<EverydayWork>& everyday_work() {
  static const std::vector<EverydayWork> all = {
      {"maintenance", "lb", "routine maintenance for 10 minutes, security updates, one restart"},
      {"maintenance", "db2", "routine maintenance for 10 minutes, security updates, one restart"},
      {"maintenance", "pay", "routine maintenance for 10 minutes, security updates, one restart"},
      {"maintenance", "mon", "routine maintenance for 10 minutes, security updates, one restart"},
      {"keep_alive", "lb", "idle connections of browsers are kept for 20 s instead of 30"},
      {"statistics", "lb", "the statistics page renews itself every 10 s instead of 5"},
      {"repeats", "mon", "alerts that go on are repeated after 6 h instead of 4"},
      {"slow_requests", "web", "requests slower than 400 ms are logged, 500 ms before"},
      {"keep_idle", "web", "the pooler probes idle connections after 8 s instead of 5"},
      {"slow_statements", "db1", "statements slower than 400 ms are logged, 500 ms before"},
      {"slow_statements", "db2", "statements slower than 400 ms are logged, 500 ms before"},
      {"remarks", "db1", "remarks in the access rules brought up to date, rules unchanged"},
      {"remarks", "router", "remarks in the packet filter brought up to date, rules unchanged"},
  };
  return all;
}

void add_everyday_work(Scenario& scenario, const std::vector<std::string>& without,
                       uint64_t seed) {
  const auto draw = [&](const std::string& name, size_t count) {
    return draw_index(seed, scenario.id + " everyday " + name, count);
  };
  std::vector<EverydayWork> maintenances, edits;
  for (const EverydayWork& work : everyday_work()) {
    if (std::find(without.begin(), without.end(), work.kind) != without.end()) continue;
    (work.kind == "maintenance" ? maintenances : edits).push_back(work);
  }
  std::vector<TimelineEntry> added;
  const auto add = [&](std::vector<EverydayWork>& pool, const std::string& name, size_t number,
                       int late) {
    if (pool.empty()) return;
    const std::string one = name + std::to_string(number);
    const auto chosen = pool.begin() + static_cast<std::ptrdiff_t>(draw(one, pool.size()));
    const bool is_late = number == 0 && draw(one + " when", kLateOneIn) != 0;
    const int before = is_late ? late + static_cast<int>(draw(one + " at", kLateSpread))
                               : kEarly + static_cast<int>(draw(one + " at", kEarlySpread));
    const StoryTime at = story_time(std::max(0, scenario.documented.start.minutes - before));
    TimelineEntry change, act;
    change.at = act.at = at;
    change.change = chosen->target + ": " + chosen->text;
    act.decoy = "everyday";
    act.target = chosen->target;
    act.parameters["kind"] = chosen->kind;
    added.push_back(std::move(change));
    added.push_back(std::move(act));
    pool.erase(chosen);
  };
  for (size_t i = 0; i < kMaintenances; ++i) add(maintenances, "maintenance", i, kLateMaintenance);
  for (size_t i = 0; i < kEdits; ++i) add(edits, "edit", i, kLateEdit);
  for (Variant& variant : scenario.variants) {
    variant.timeline.insert(variant.timeline.end(), added.begin(), added.end());
    std::stable_sort(variant.timeline.begin(), variant.timeline.end(),
                     [](const TimelineEntry& a, const TimelineEntry& b) {
                       return a.at.minutes < b.at.minutes;
                     });
  }
}

}  // namespace gameday
