// The part of the conductor that measures: what is normal, what holds after the response, and
// whether the machine had the processor time for either.
#include "core/text.hpp"
#include "drill/conductor.hpp"
#include "journal/events.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr double kBaselineAffectedLimitPercent = 1.0;
constexpr int kMeasuredTimes = 3;  // what fails because the machine was busy is repeated
constexpr size_t kMostDips = 500;
constexpr auto kMachineLimit = 30s, kMachineRound = 2s;
// A response is the machine's when both hold: others kept it busy for so much of the time, and not
// even the workload, which runs before the stack, got a processor when it needed one.
constexpr double kStarvedResponseShare = 0.5, kLateSendMs = 100;

}  // namespace

// What the machine gave since a moment, to the journal.
MachineUse Conductor::note_machine(const std::string& during, double from_seconds) {
  const MachineUse use = machine_->since(from_seconds);
  json::object event = to_json(use);
  event["during"] = during;
  event["lacking"] = use.lacking();
  machine_lacked_ = machine_lacked_ || use.lacking();
  journal_->append(events::kMachine, event);
  return use;
}

// When, during the response, the machine gave too little: what users met then is nobody's doing.
void Conductor::note_dips(double from_seconds) {
  const double offset = journal_->now_seconds() - machine_->now();
  std::vector<MachineDip> dips = machine_->dips_since(from_seconds);
  if (dips.size() > kMostDips) dips.resize(kMostDips);
  for (const MachineDip& dip : dips) {
    json::object event = to_json(dip.use);
    event["during"] = "dip";
    event["since"] = rounded(dip.from_seconds + offset, 3);
    event["until"] = rounded(dip.until_seconds + offset, 3);
    journal_->append(events::kMachine, std::move(event));
  }
}

// Until it has its processors back for a while, or the limit is over; says so first.
void Conductor::wait_for_machine(const MachineUse& use) {
  json::object event = to_json(use);
  event["waiting"] = true;
  journal_->append(events::kMachine, event);
  const Deadline deadline = deadline_in(kMachineLimit);
  bool lacking = true;
  while (lacking && std::chrono::steady_clock::now() < deadline) {
    const double from = machine_->now();
    if (!bell_.wait(deadline_in(kMachineRound))) throw Stopped{bell_.stopped().value_or("")};
    lacking = machine_->since(from).lacking();
  }
}

// Once more when users suffered: a machine that was busy for a moment shows nothing of the stack.
void Conductor::measure_normal() {
  const auto length = std::chrono::milliseconds(static_cast<int>(plan_.baseline_seconds * 1000));
  for (int time = 1;; ++time) {
    const double from = machine_->now();
    load_->interval("baseline");
    if (!bell_.wait(deadline_in(length))) throw Stopped{bell_.stopped().value_or("")};
    load_->interval("waiting");
    normal_ = load_->summary("baseline", deadline_in(5s)).value_or(json::object{});
    const MachineUse use = note_machine("baseline", from);
    const double affected = number_or(normal_, "users_affected_percent", 100);
    if (affected <= kBaselineAffectedLimitPercent) return;
    if (time == kMeasuredTimes) {
      json::object measured = to_json(use);
      measured["users_affected_percent"] = affected;
      const std::string suffered = text::fixed(affected, 1) + " % of users were affected before "
                                   "anything was broken";
      return void_drill(use.lacking() ? Void{"machine", suffered + ": " + describe(use), measured}
                                      : Void{"stack", suffered, measured});
    }
    if (use.lacking()) wait_for_machine(use);
  }
}

std::vector<ProbeResult> Conductor::probe_repair() {
  const size_t seconds = static_cast<size_t>(std::max(2.0, plan_.hold_seconds - 2));
  const auto share = load_->good_share(seconds);
  ProbeResult users{"users_served", Presence::kUnknown, "too few seconds were reported"};
  if (share) {
    const bool good = served() && *share >= 0.98;
    users.result = good ? Presence::kYes : Presence::kNo;
    users.detail = text::fixed(*share * 100, 1) + " % of requests good";
  }
  std::vector<ProbeResult> results = check_invariants(*sandbox_, before_, LogIns::kTry);
  results.push_back(check_cause(*sandbox_, faults_));
  results.push_back(users);
  return results;
}

// Holds and probes. While the machine lacks processor time a doubtful result says nothing of the
// repair: it is asked again.
void Conductor::probe_held(const std::string& set) {
  const auto hold = std::chrono::milliseconds(static_cast<int>(plan_.hold_seconds * 1000));
  for (int time = 1;; ++time) {
    const double from = machine_->now();
    if (!bell_.wait(deadline_in(hold))) throw Stopped{bell_.stopped().value_or("")};
    const std::vector<ProbeResult> results = probe_repair();
    const MachineUse use = note_machine(set, from);
    const ProbeResult* doubtful = doubtful_result(results);
    if (!doubtful || !use.lacking()) return record(set, results);
    if (time == kMeasuredTimes) {
      record(set, results);
      return void_drill({"machine",
                         "what holds after the response could not be probed: " + doubtful->name +
                             " is " + to_string(doubtful->result) + ": " + describe(use),
                         to_json(use)});
    }
    wait_for_machine(use);
    wait_served(deadline_in(10s));
  }
}

void Conductor::void_if_starved() {
  if (voided_ || verified_at_ < 0) return;
  const MachineUse use = machine_->since(outage_from_);
  const double lateness_ms = load_->max_send_lateness_ms();
  if (use.starved_share < kStarvedResponseShare || lateness_ms < kLateSendMs) return;
  json::object measured = to_json(use);
  measured["send_lateness_ms"] = rounded(lateness_ms, 1);
  void_drill({"machine",
              "the machine was too busy during the response: " + describe(use) +
                  ", and a request left " + text::fixed(lateness_ms, 0) + " ms late",
              measured});
}

}  // namespace gameday
