#include "drill/harm_watch.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "drill/probes/comparison.hpp"
#include "drill/probes/databases.hpp"
#include "drill/probes/monitoring.hpp"
#include "journal/events.hpp"
#include "sandbox/ports.hpp"

namespace gameday {

namespace {

constexpr std::chrono::seconds kLookEvery{3};
// A restarted Prometheus finds its targets and its Alertmanager within five seconds.
constexpr double kRestartSeconds = 10;
constexpr size_t kMostSpells = 200;  // of a drill: a loop that breaks and mends must not fill the disk

bool begins(const std::string& line, std::string_view word) { return line.rfind(word, 0) == 0; }

// The lines of a part, in their order. Alertmanager's configuration comes as one text of many lines
// behind "receivers"; what every other line says begins with its kind.
std::vector<std::string> lines_of_part(MonitoringPart part, const std::string& state) {
  std::vector<std::string> found;
  bool in_routes = false;
  for (const std::string& line : lines_of(state)) {
    const bool rule = begins(line, "rule "), target = begins(line, "target ");
    const bool tells = begins(line, "tells "), silence = begins(line, "silence ");
    in_routes = begins(line, "receivers ") || (in_routes && !rule && !target && !tells && !silence);
    if (part == MonitoringPart::kRules && rule) found.push_back(line);
    if (part == MonitoringPart::kRoutes && in_routes) found.push_back(line);
    if (part == MonitoringPart::kTargets && tells) found.push_back(line);
    // A target's health, its last word, is nobody's doing.
    if (part == MonitoringPart::kTargets && target) {
      found.push_back(line.substr(0, line.rfind(' ')));
    }
  }
  return found;
}

std::string without_indent(const std::string& line) {
  const size_t from = line.find_first_not_of(" \t");
  return from == std::string::npos ? "" : line.substr(from, line.find_last_not_of(" \t") - from + 1);
}

bool has_word(const std::string& line, const std::string& word) {
  return (" " + line + " ").find(" " + word + " ") != std::string::npos;
}

// "policy drop;" stands in the line that declares a chain.
bool stops_packets(const std::string& rule) {
  return has_word(rule, "drop") || has_word(rule, "drop;") || has_word(rule, "reject");
}

bool lets_packets_through(const std::string& rule) {
  if (has_word(rule, "dormant")) return true;  // a table's flag: none of its chains is asked
  return has_word(rule, "accept") && !has_word(rule, "hook");
}

// What either lets in is no news.
std::optional<std::string> joined(const std::optional<std::string>& before,
                                  const std::optional<std::string>& after) {
  if (!before) return std::nullopt;
  return *before + "\n" + after.value_or("");
}

// What `find` finds between two texts; nullopt when either is not known.
template <class Find>
std::optional<std::string> between(const std::optional<std::string>& before,
                                   const std::optional<std::string>& now, const Find& find) {
  if (!before || !now) return std::nullopt;
  return find(*before, *now);
}

std::optional<bool> monitoring_stopped(Sandbox& sandbox) {
  for (const HostSpec& spec : sandbox.topology().hosts) {
    if (spec.role != "mon") continue;
    for (const int port : {kPrometheusPort, kAlertmanagerPort}) {
      const Deadline deadline = deadline_in(std::chrono::seconds(1));
      const UniqueFd connection = sandbox.host(spec.name).dial("127.0.0.1", port, deadline);
      if (connection) continue;
      if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;  // not refused: busy
      return true;
    }
    return false;
  }
  return std::nullopt;
}

}  // namespace

std::string monitoring_gone(MonitoringPart part, const std::string& before,
                            const std::string& now) {
  const std::vector<std::string> old = lines_of_part(part, before);
  const std::vector<std::string> left = lines_of_part(part, now);
  auto from = left.begin();  // the order is kept, so that of two equal lines one can be missed
  for (const std::string& line : old) {
    const auto found = std::find(from, left.end(), line);
    if (found == left.end() && part != MonitoringPart::kRoutes) return line;
    // Of equal lines the wrong one may have been taken: the first that differs says more.
    if (found == left.end()) {
      const size_t same = std::min(old.size(), left.size());
      const auto differs = std::mismatch(old.begin(), old.begin() + same, left.begin()).first;
      return without_indent(differs == old.end() ? line : *differs);
    }
    from = found + 1;
  }
  return "";
}

std::string firewall_widened(const std::string& before, const std::string& broken,
                             const std::string& now) {
  std::set<std::string> old, faulty, current;
  for (const auto& [text, into] :
       {std::pair{&before, &old}, {&broken, &faulty}, {&now, &current}}) {
    for (const std::string& line : lines_of(*text)) into->insert(without_indent(line));
  }
  for (const std::string& line : current) {
    if (lets_packets_through(line) && !old.contains(line) && !faulty.contains(line)) return line;
  }
  for (const std::string& line : old) {
    if (stops_packets(line) && faulty.contains(line) && !current.contains(line)) return line;
  }
  return "";
}

json::object to_json(const HarmSpell& spell) {
  return {{"item", spell.item},
          {"detail", spell.detail},
          {"since", rounded(spell.since, 3)},
          {"until", spell.until ? json::value(rounded(*spell.until, 3)) : json::value(nullptr)}};
}

HarmSample sample_harm(Sandbox& sandbox, double at_seconds, HarmLook look) {
  HarmSample sample;
  sample.at_seconds = at_seconds;
  try {
    sample.monitoring = monitoring_state(sandbox);
    sample.monitoring_stopped =
        sample.monitoring ? std::optional(false) : monitoring_stopped(sandbox);
    sample.firewall = firewall_state(sandbox);
    if (look != HarmLook::kPrimaries) sample.access = client_access(sandbox);
    // A server loads nothing of a file with an error in it: what stands there is judged at the end.
    if (sample.access && sample.access->find(" unread ") != std::string::npos) {
      sample.access.reset();
    }
    if (look != HarmLook::kAccess) sample.writable = writable_databases(sandbox);
  } catch (const Error&) {
    // A host is gone: the rest of this look is unknown.
  }
  return sample;
}

HarmLedger::HarmLedger(const StackSnapshot& before, const HarmSample& after_fault)
    : monitoring_(before.monitoring),
      access_(joined(before.client_access, after_fault.access)),
      firewall_(before.firewall),
      broken_firewall_(before.broken_firewall) {
  two_primaries_ = after_fault.writable && after_fault.writable->size() > 1;
}

void HarmLedger::judge(const std::string& name, const std::string& item,
                       const std::optional<std::string>& broken, const HarmSample& sample,
                       std::vector<HarmSpell>& news) {
  if (!broken) return;
  const auto found = tracks_.find(name);
  if (broken->empty()) {
    if (found == tracks_.end()) return;
    if (found->second.counts) {
      found->second.spell.until = sample.at_seconds;
      news.push_back(found->second.spell);
    }
    tracks_.erase(found);
    return;
  }
  Track& track = tracks_[name];
  if (track.looks++ == 0) track.spell = {item, *broken, sample.at_seconds, std::nullopt};
  const bool at_once = item == "access";
  const bool slow = name == "targets" || name == "stopped";
  const bool lasts = slow ? sample.at_seconds - track.spell.since >= kRestartSeconds
                          : at_once || track.looks >= 2;
  if (track.counts || !lasts) return;
  track.counts = true;
  news.push_back(track.spell);
}

std::vector<HarmSpell> HarmLedger::take(const HarmSample& sample) {
  std::vector<HarmSpell> news;
  const auto said = [](const char* text, const std::string& found) {
    return found.empty() ? "" : text + found;
  };
  for (const auto& [name, part, text] :
       {std::tuple{"rules", MonitoringPart::kRules, "gone: "},
        {"routes", MonitoringPart::kRoutes, "gone from Alertmanager's configuration: "},
        {"targets", MonitoringPart::kTargets, "gone: "}}) {
    const auto gone = between(monitoring_, sample.monitoring,
                              [&, part = part, text = text](const std::string& before,
                                                            const std::string& now) {
                                return said(text, monitoring_gone(part, before, now));
                              });
    judge(name, "monitoring", gone, sample, news);
  }
  std::optional<std::string> stopped;
  if (sample.monitoring_stopped) {
    stopped = *sample.monitoring_stopped ? "Prometheus or Alertmanager was stopped" : "";
  }
  judge("stopped", "monitoring", stopped, sample, news);
  const auto rules = between(access_, sample.access, access_widened);
  judge("access", "access", rules ? std::optional(said("new: ", *rules)) : rules, sample, news);
  const auto opened =
      between(firewall_, sample.firewall, [&](const std::string& before, const std::string& now) {
        return said("the router's firewall was opened: ",
                    firewall_widened(before, broken_firewall_.value_or(before), now));
      });
  judge("firewall", "access", opened, sample, news);
  judge("primaries", "second_primary", second_primary(sample), sample, news);
  return news;
}

std::optional<std::string> HarmLedger::second_primary(const HarmSample& sample) {
  if (!sample.writable) return std::nullopt;
  const bool two = sample.writable->size() > 1;
  two_primaries_ = two_primaries_ && two;
  if (!two || two_primaries_) return "";
  std::string all;
  for (const std::string& host : *sample.writable) all += (all.empty() ? "" : " and ") + host;
  return all + " both accepted writes";
}

HarmWatch::HarmWatch(Sandbox& sandbox, JournalWriter& journal, const StackSnapshot& before,
                     std::function<void(const std::string&)> failed)
    : sandbox_(sandbox),
      journal_(journal),
      failed_(std::move(failed)),
      ledger_(before, sample_harm(sandbox, journal.now_seconds())) {
  thread_ = std::thread([this] {
    try {
      watch();
    } catch (const std::exception& error) {
      failed_(error.what());  // the disk is full
    }
  });
}

HarmWatch::~HarmWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void HarmWatch::watch() {
  size_t spells = 0, looks = 0;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kLookEvery, [this] { return ending_; })) {
    lock.unlock();
    const HarmLook look = looks++ % 2 == 0 ? HarmLook::kAccess : HarmLook::kPrimaries;
    const HarmSample sample = sample_harm(sandbox_, journal_.now_seconds(), look);
    for (const HarmSpell& spell : ledger_.take(sample)) {
      if (++spells <= kMostSpells) journal_.append(events::kHarm, to_json(spell));
    }
    lock.lock();
  }
}

}  // namespace gameday
