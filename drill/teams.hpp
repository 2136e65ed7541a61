// The other teams of a live drill. Whoever is escalated to acknowledges after a while and then says
// what a specialist sees on the hosts of that team at that moment, compared with how they looked
// before anything broke; what they see comes from read-only commands that really ran. A team whose
// hosts look as ever says so. Senior engineers and management own no host: they ask.
//
// Thread-safe. Answers are journal events (kAnswer), written on a thread of its own.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/journal.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

struct TeamsSetup {
  JournalWriter& journal;
  Sandbox& sandbox;
  uint64_t seed = 1;
  // Of the 60 to 180 seconds that a team takes.
  double delay_scale = 1;
};

class Teams {
 public:
  explicit Teams(TeamsSetup setup);
  ~Teams();  // stops
  Teams(const Teams&) = delete;
  Teams& operator=(const Teams&) = delete;

  // Looks at every host while nothing is broken. Blocks for about three seconds; call it once,
  // before the fault. A team that was never seen normal only tells what it sees now.
  void learn_normal();
  // To be told every event of the journal; escalations are answered, others ignored. A team that
  // still owes an answer is not asked twice.
  void take(const Event& event);
  // No answer comes after it returns. Waits for a look that is being taken, a few seconds at most.
  void stop();

 private:
  // Of one host: fact to value.
  using Facts = std::map<std::string, std::string>;
  struct Seen {
    std::map<std::string, Facts> hosts;
    std::set<std::string> cut_short;  // hosts of which a look did not end in time
    json::array looked;  // {host, command, output}
  };
  struct Due {
    std::chrono::steady_clock::time_point at;
    std::string team;
    bool report = false;  // false: only the acknowledgement
  };

  void work();
  void answer(const Due& due);
  std::vector<const HostSpec*> hosts_of(const std::string& team) const;
  Seen look_at(const std::vector<const HostSpec*>& hosts);
  std::string report(const std::vector<const HostSpec*>& hosts, const Seen& seen) const;
  std::string questions(const std::string& team);
  bool stopping() const;

  const TeamsSetup setup_;
  Seen normal_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<Due> due_;
  std::map<std::string, size_t> asked_;  // team: how often it was called
  std::thread worker_;
};

// What differs between two looks at one host, as a person says it: "in recovery is true, normally
// false". Empty: nothing. Numbers differ when they are more than three times apart and by more than
// ten.
std::vector<std::string> differences(const std::map<std::string, std::string>& normal,
                                     const std::map<std::string, std::string>& now);

}  // namespace gameday
