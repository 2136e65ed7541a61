// Runs the phases of one drill on one sandbox and writes all that happens to the journal: the
// stack, its load, the alerts, the fault, and what outside probes see. replay.cpp and live.cpp say
// when each phase comes; nothing here knows who responds.
//
// All steps block and throw Error, or Stopped when the bell asked for it. Destruction ends
// everything that was started, whatever the phase.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/stop_signal.hpp"
#include "drill/harm_watch.hpp"
#include "drill/load_runner.hpp"
#include "drill/machine_watch.hpp"
#include "drill/oncall/alertmanager_webhook.hpp"
#include "drill/probes/stack_state.hpp"
#include "drill/user_probe.hpp"
#include "journal/journal.hpp"
#include "journal/void.hpp"
#include "scenarios/drill_plan.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// 12 digits that change whenever what happens does: scenario, variant, seed, engine, alert rules, load,
// timeline and draws.
std::string plan_hash(const DrillPlan& plan);

class Conductor {
 public:
  // `folder` is a drill folder of its own. `listener` sees every event, on the thread it happens.
  Conductor(DrillPlan plan, Settings settings, Topology topology, std::filesystem::path folder,
            Bell& bell, std::function<void(const Event&)> listener);
  ~Conductor();

  void start();        // up: the stack is healthy, the webhook listens
  void baseline();     // the load runs, decoys are in place, normal is measured; may void the drill
  void break_it();     // inject, and wait for the effect as a user sees it
  // From the verified effect on: a user's probe runs, alerts become pages.
  bool served() const { return !user_ || user_->served(); }
  // Waits until users are served again and stay so for the hold time.
  bool wait_served(Deadline deadline);
  // Hold, probe, restart what is affected, probe again; what fails while the machine lacks processor
  // time is asked again when it has it back, and voids the drill when it never does.
  void settle();
  void down();         // ends the load with its look-ups, the stack, and counts what is left
  void void_drill(const Void& why);
  // Voids the drill when others kept the machine busy for most of the response and the workload was
  // late by it: people's times and what users met are then the machine's.
  void void_if_starved();
  // Writes the truth, the manifest's end and the last event.
  void finish(const std::string& reason, const std::string& detail);

  JournalWriter& journal() { return *journal_; }
  Sandbox& sandbox() { return *sandbox_; }
  const DrillPlan& plan() const { return plan_; }
  const std::filesystem::path& folder() const { return folder_; }
  const json::object& normal() const { return normal_; }  // the baseline interval's figures
  double verified_at() const { return verified_at_; }  // machine seconds; negative: not yet
  // When the first alert after the inject reached the on-call person; negative: none has.
  double first_alert_at() const { return first_alert_at_; }
  bool voided() const { return voided_; }
  // Whether the interval between the verified effect and the users' relief is still running.
  bool outage_open() const { return outage_open_; }
  // Another who sees every event, from now on, on the thread it happens; null takes it back.
  void set_listener(std::function<void(const Event&)> listener);
  // Closes the outage interval: users are served again, or it was given up.
  void close_outage();

 private:
  struct Placed {
    std::string host;
    StoryTime files_at;  // of what it writes
  };

  void enter(const std::string& phase);
  void write_manifest();
  void write_change_log();
  void prepare();
  void tell_rate(const TimelineEntry& entry);
  void place_decoys();
  void inject(Fault& fault, const Placed& placed);
  void tell_rates();
  void let_something_pass();
  void tell_on_call(const FirstPage& first, bool by_alert);
  WallTime wall_of(const StoryTime& time) const;
  void measure_normal();
  MachineUse note_machine(const std::string& during, double from_seconds);
  void note_dips(double from_seconds);
  void wait_for_machine(const MachineUse& use);
  void probe_held(const std::string& set);
  void wait_verified(Deadline deadline);
  void record(const std::string& set, const std::vector<ProbeResult>& results);
  std::vector<ProbeResult> probe_repair();
  const TimelineEntry* fault_entry() const;
  UserView user_view() { return {*sandbox_, plan_.scenario, *load_, bell_}; }

  const DrillPlan plan_;
  const Settings settings_;
  const Topology topology_;
  const std::filesystem::path folder_;
  Bell& bell_;
  SystemClock clock_;
  json::object manifest_;
  std::unique_ptr<JournalWriter> journal_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<Webhook> webhook_;
  std::unique_ptr<MachineWatch> machine_;
  std::unique_ptr<LoadRunner> load_;
  std::vector<std::unique_ptr<Fault>> faults_, decoys_;
  std::vector<Placed> fault_places_, decoy_places_;  // beside them
  StackSnapshot before_;
  ServicesByHost running_;  // when the effect was seen
  std::unique_ptr<HarmWatch> harm_;  // from the verified effect until the response is over
  json::object normal_;
  std::atomic<double> first_alert_at_{-1};
  std::unique_ptr<UserProbe> user_;  // from the verified effect until the stack goes down
  double injected_at_ = 0, verified_at_ = -1;
  double outage_from_ = 0;  // on the clock of the watch over the machine
  WallTime anchor_wall_{};  // the wall-clock moment that stands for the fault's story time
  std::atomic<bool> outage_open_{false}, voided_{false};
  bool is_down_ = false;
  bool machine_lacked_ = false;  // processor time, while something was measured
  std::shared_mutex listener_mutex_;
  std::function<void(const Event&)> listener_;
};

}  // namespace gameday
