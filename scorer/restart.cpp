#include "scorer/restart.hpp"

#include <algorithm>

#include "journal/events.hpp"
#include "scorer/suffering.hpp"

namespace gameday {

namespace {

// Words of commands that end a process.
constexpr const char* kActs[] = {"sv ",  "restart",  "kill",   "pg_ctl",
                                 "stop", "shutdown", "reboot", "deploy "};
constexpr const char* kOnlyLooks[] = {"sv status", "sv s "};
// Words of commands that change a file, or a setting, which they name.
constexpr const char* kChanges[] = {"sed -i", "vi ",  "vim ", "nano ", "cp ", "mv ", "rm ",
                                    "tee ",   "touch ", ">",  "ALTER", "alter"};
constexpr double kRunsvWaits = 2; // until a service that was ended runs again
constexpr double kBefore = 10;    // seconds that a restart is compared with
constexpr double kBetter = 0.05;  // of requests: less is the workload's own scatter

bool has(const std::string& text, std::string_view part) {
  return !part.empty() && text.find(part) != std::string::npos;
}

bool ends_processes(const std::string& command) {
  const bool looks = std::any_of(std::begin(kOnlyLooks), std::end(kOnlyLooks),
                                 [&](const char* word) { return has(command, word); });
  return !looks && std::any_of(std::begin(kActs), std::end(kActs),
                               [&](const char* word) { return has(command, word); });
}

bool ran_there(const Event& observation, const std::string& host) {
  const std::string command = string_or(observation.data, "command", "") + " ";
  return string_or(observation.data, "host", "") == host || has(command, " " + host + " ");
}

double start_of(const Event& event) { return number_or(event.data, "started", event.at_seconds); }
double end_of(const Event& event) { return number_or(event.data, "ended", event.at_seconds); }

// The files that a shell line names.
std::vector<std::string> files_in(const std::string& line) {
  std::vector<std::string> files;
  for (size_t from = line.find('/'); from != std::string::npos; from = line.find('/', from)) {
    const size_t until = std::min(line.find_first_of(" '\";|)", from), line.size());
    const bool begins = from == 0 || has(" >='\"", std::string_view(&line[from - 1], 1));
    if (begins && until - from > 1) files.push_back(line.substr(from, until - from));
    from = until;
  }
  return files;
}

// The very command, or another way to change a file that it names.
bool belongs_to(const Repair::Step& step, const std::string& typed) {
  const bool changes = std::any_of(std::begin(kChanges), std::end(kChanges),
                                   [&](const char* word) { return has(typed, word); });
  for (const std::string& command : step.commands) {
    if (has(typed, command)) return true;
    const auto files = files_in(command);
    if (changes && std::any_of(files.begin(), files.end(),
                               [&](const std::string& file) { return has(typed, file); })) {
      return true;
    }
  }
  return false;
}

bool made_by(const Repair::Step& step, const Journal& journal, const RestartSeen& restart,
             const Event& behind) {
  bool begun = false;
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || !ran_there(event, restart.host)) continue;
    const std::string typed = string_or(event.data, "command", "");
    begun = begun || belongs_to(step, typed);
    if (event.seq == behind.seq) return begun;
    // Once: an earlier restart of this service was the repair's.
    if (begun && ends_processes(typed) && has(typed, restart.service)) return false;
  }
  return false;
}

}  // namespace

std::vector<RestartSeen> restarts_seen(const Journal& journal) {
  std::vector<RestartSeen> seen;
  const Event* restarts = journal.last(events::kRestarts);
  const json::value* services = restarts ? restarts->data.if_contains("services") : nullptr;
  if (!services || !services->is_array()) return seen;
  for (const json::value& value : services->as_array()) {
    if (!value.is_object()) continue;
    const json::object& entry = value.as_object();
    const double up = number_or(entry, "up_seconds", -1);
    RestartSeen one{string_or(entry, "host", ""), string_or(entry, "role", ""),
                    string_or(entry, "service", ""), std::nullopt, restarts->seq};
    if (up >= 0) one.at = restarts->at_seconds - up;
    seen.push_back(std::move(one));
  }
  return seen;
}

std::optional<double> first_act_at(const Journal& journal, double start) {
  std::optional<double> first;
  for (const Event& event : journal.events) {
    const bool command =
        event.kind == events::kAct || (event.kind == events::kObservation &&
                                       string_or(event.data, "host", "") != "desk");
    if (!command || end_of(event) < start) continue;
    first = std::min(first.value_or(start_of(event)), start_of(event));
  }
  return first;
}

const Event* command_of_restart(const Journal& journal, const RestartSeen& restart) {
  const Event* found = nullptr;
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || !ran_there(event, restart.host)) continue;
    const std::string command = string_or(event.data, "command", "");
    const bool then = !restart.at || (start_of(event) - kToldWithin <= *restart.at &&
                                      *restart.at - kToldWithin <= end_of(event) + kRunsvWaits);
    if (!then || !ends_processes(command)) continue;
    const bool names_another = found && !has(command, restart.service);
    if (!names_another) found = &event;
  }
  return found;
}

bool made_by_a_repair(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                      const RestartSeen& restart) {
  const Event* behind = command_of_restart(journal, restart);
  if (!behind) return false;
  const auto is_there = [&](const std::string& target) {
    const std::string component = taxonomy.canonical("component", target);
    return component == taxonomy.canonical("component", restart.host) ||
           component == taxonomy.canonical("component", restart.role);
  };
  for (const Repair& repair : variant.repairs) {
    for (const Repair::Step& step : repair.steps) {
      const bool listed = std::find(step.restarts.begin(), step.restarts.end(), restart.service) !=
                          step.restarts.end();
      if (listed && is_there(step.target) && made_by(step, journal, restart, *behind)) return true;
    }
  }
  return false;
}

bool served_no_better(const Journal& journal, double at, double within_seconds) {
  const Suffering before = suffering_between(journal, at - kBefore, at - kToldWithin);
  if (before.requests == 0) return false;
  bool measured = false;
  for (double from = at; from + kSettledSeconds <= at + within_seconds; ++from) {
    const Suffering after = suffering_between(journal, from, from + kSettledSeconds);
    if (after.requests == 0) continue;
    measured = true;
    if (after.share() < before.share() - kBetter) return false;
  }
  return measured;
}

}  // namespace gameday
