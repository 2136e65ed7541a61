// Looks at the stack every few seconds while somebody responds, so that what was broken and put right
// before the end is seen too: rules, routes and scrape targets of monitoring, who is let in, and
// whether there is more than one writable primary. Says nothing of prices: the scorer does.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "drill/probes/stack_state.hpp"
#include "journal/journal.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// One look. What could not be asked is nullopt, and is neither harm nor its end.
struct HarmSample {
  double at_seconds = 0;  // of the journal
  std::optional<std::string> monitoring;  // as monitoring_state() says it
  std::optional<bool> monitoring_stopped;  // Prometheus or Alertmanager refuses connections
  std::optional<std::string> access, firewall;  // as client_access() and firewall_state() say it
  std::optional<std::vector<std::string>> writable;  // hosts of databases that accept writes
};

// To ask databases costs most, some thirty milliseconds of processor time for each of the two
// questions; all the rest costs ten.
enum class HarmLook { kAll, kAccess, kPrimaries };
HarmSample sample_harm(Sandbox& sandbox, double at_seconds, HarmLook look = HarmLook::kAll);

// A time during which something was broken; `until` is nullopt while it still is.
struct HarmSpell {
  std::string item;  // monitoring, access, second_primary
  std::string detail;
  double since = 0;  // journal seconds of the first look that saw it
  std::optional<double> until;  // of the first look that no longer did
};

json::object to_json(const HarmSpell& spell);

// Judges looks in their order against how it was before the fault and right after it, which is the
// fault's own doing. Access counts at once. A rule, a route or a second primary counts when two looks
// that asked for it see it in a row. A target that is not scraped, and a Prometheus or Alertmanager that does not run,
// count after ten seconds: a restart takes five of them. Pure.
class HarmLedger {
 public:
  HarmLedger(const StackSnapshot& before, const HarmSample& after_fault);

  // What begins to count with this look (`until` is nullopt) and what has ended with it.
  std::vector<HarmSpell> take(const HarmSample& sample);

 private:
  struct Track {
    HarmSpell spell;
    int looks = 0;
    bool counts = false;
  };
  // `broken`: what is seen, empty when all is well, nullopt when it could not be asked.
  void judge(const std::string& name, const std::string& item,
             const std::optional<std::string>& broken, const HarmSample& sample,
             std::vector<HarmSpell>& news);
  std::optional<std::string> second_primary(const HarmSample& sample);

  std::optional<std::string> monitoring_, access_, firewall_, broken_firewall_;
  bool two_primaries_ = false;  // the fault's own, until it is over
  std::map<std::string, Track> tracks_;
};

// The first that is missing of a kind of lines of monitoring_state(); empty when none is. Pure.
enum class MonitoringPart { kRules, kRoutes, kTargets };
std::string monitoring_gone(MonitoringPart part, const std::string& before, const std::string& now);

// The first line of a router's rules that lets more through than those of `before`: a new rule that
// accepts, or one that dropped or refused and is gone. What the fault changed is not looked at. Pure.
std::string firewall_widened(const std::string& before, const std::string& broken,
                             const std::string& now);

class HarmWatch {
 public:
  // Looks at once, which is the fault's own doing, and then every three seconds until destruction: at
  // monitoring and the firewall each time, at the databases' rules and at their roles by turns.
  // `failed` is told once when the journal cannot be written. The sandbox and the journal must outlive
  // it.
  HarmWatch(Sandbox& sandbox, JournalWriter& journal, const StackSnapshot& before,
            std::function<void(const std::string&)> failed);
  ~HarmWatch();  // waits for a look that is under way
  HarmWatch(const HarmWatch&) = delete;
  HarmWatch& operator=(const HarmWatch&) = delete;

 private:
  void watch();

  Sandbox& sandbox_;
  JournalWriter& journal_;
  const std::function<void(const std::string&)> failed_;
  HarmLedger ledger_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace gameday
