// The part of the conductor that sets the scene: what was changed before, how old it looks, and what
// opens the drill for whoever is on call.
#include <algorithm>

#include "drill/conductor.hpp"
#include "drill/probes/comparison.hpp"
#include "drill/scene.hpp"
#include "journal/events.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr auto kPassingAlertLimit = 15s;  // a twin's alert fires within five, when users are many
constexpr size_t kTimeLength = 16;        // of a time without its seconds
constexpr const char* kChangeLog = "/var/log/changes/changelog";

// "2026-11-30 13:05"
std::string wall_minutes(WallTime time) {
  std::string text = iso8601(time).substr(0, kTimeLength);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

// Lines that begin with their time, which sorts as text.
std::string in_order(std::vector<std::string> lines) {
  std::stable_sort(lines.begin(), lines.end(), [](const std::string& a, const std::string& b) {
    return a.substr(0, kTimeLength) < b.substr(0, kTimeLength);
  });
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

// A moment of the story on the wall's clock, on which the fault comes when the baseline is over.
WallTime Conductor::wall_of(const StoryTime& time) const {
  const TimelineEntry* fault = fault_entry();
  const int anchor = fault ? fault->at.minutes : plan_.scenario.documented.start.minutes;
  return anchor_wall_ + std::chrono::minutes(time.minutes - anchor);
}

void Conductor::inject(Fault& fault, const Placed& placed) {
  const WallTime from = clock_.wall();
  fault.inject(*sandbox_);
  date_files(sandbox_->host(placed.host), from, std::min(from, wall_of(placed.files_at)));
}

// Everything up to the fault's moment happened already when the drill begins: it is written with
// the wall-clock time it is said to have happened at.
void Conductor::write_change_log() {
  const TimelineEntry* fault = fault_entry();
  const int anchor = fault ? fault->at.minutes : plan_.scenario.documented.start.minutes;
  for (const HostSpec& host : topology_.hosts) {
    if (host.role != "ops") continue;
    Host& ops = sandbox_->host(host.name);
    std::vector<std::string> lines = lines_of(ops.read_file(kChangeLog).value_or(""));
    for (const TimelineEntry& entry : plan_.variant.timeline) {
      if (entry.change.empty() || entry.at.minutes > anchor) continue;
      const WallTime wall = wall_of(entry.at);
      lines.push_back(wall_minutes(wall) + "  " + entry.change);
      journal_->append(events::kChange, {{"wall", iso8601(wall)},
                                         {"text", entry.change},
                                         {"backdated", entry.at.minutes < anchor}});
    }
    ops.write_file(kChangeLog, in_order(std::move(lines)));
  }
}

// Before anybody uses the stack: some restart services.
void Conductor::place_decoys() {
  for (size_t i = 0; i < decoys_.size(); ++i) inject(*decoys_[i], decoy_places_[i]);
}

void Conductor::tell_rates() {
  for (const TimelineEntry& entry : plan_.variant.timeline) {
    if (!entry.decoy.empty()) tell_rate(entry);
  }
}

// What an alert of the twin is about; users are well again when it returns.
void Conductor::let_something_pass() {
  const TimelineEntry& passing = plan_.scenario.passing;
  for (const std::string& host : resolve_target(topology_, passing.target)) {
    make_fault(passing.decoy, FaultTarget{host, passing.parameters})->inject(*sandbox_);
  }
}

// Alerts page by themselves. Whatever was to be paged by one and is not is told by a ticket.
void Conductor::tell_on_call(const FirstPage& first, bool by_alert) {
  std::string wording = first.wording;
  if (!plan_.draws_opening) {
    if (!plan_.twin) return;
    wording = plan_.scenario.twin_ticket;
  } else if (by_alert) {
    if (!plan_.twin) return;
    bell_.wait(deadline_in(kPassingAlertLimit), [this] { return first_alert_at_ >= 0; });
    if (first_alert_at_ >= 0) return;
    wording = plan_.scenario.twin_ticket;
  } else {
    bell_.wait(deadline_in(std::chrono::milliseconds(
        static_cast<int>(first.delay_seconds * 1000))));
  }
  if (const auto reason = bell_.stopped()) throw Stopped{*reason};
  journal_->append(events::kPage, {{"id", "t1"},
                                   {"source", "ticket"},
                                   {"severity", "ticket"},
                                   {"summary", wording},
                                   {"text", wording},
                                   {"since", iso8601(clock_.wall())}});
  if (webhook_) webhook_->start_paging();
}

}  // namespace gameday
