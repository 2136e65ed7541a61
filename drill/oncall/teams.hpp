// The other teams of a live drill. A team that is escalated to looks at its hosts at once,
// acknowledges after a while, and then says what a specialist saw, with the time of the look: a
// repair that comes between call and report changes nothing of it. What was seen is compared with
// how the hosts looked before anything broke, and comes from read-only commands that really ran. A
// team whose hosts look as ever says so. Senior engineers and management own no host: they ask.
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

#include "drill/oncall/team_words.hpp"
#include "journal/journal.hpp"
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
  struct Seen {
    std::map<std::string, HostLooks> hosts;
    std::set<std::string> unreached;
    std::string at;      // time of day
    json::array looked;  // {host, command, output}
  };
  enum class Step { kLook, kAcknowledge, kReport };
  struct Due {
    std::chrono::steady_clock::time_point at;
    std::string team;
    Step step = Step::kReport;
    std::string question;
  };

  void work();
  void answer(const Due& due);
  std::vector<const HostSpec*> hosts_of(const std::string& team) const;
  Seen look_at(const std::vector<const HostSpec*>& hosts);
  void look_at_host(const HostSpec& spec, Seen& seen, std::mutex& mutex);
  std::string report(const Due& due, const Seen& seen) const;
  std::string questions(const std::string& team);
  bool stopping() const;

  const TeamsSetup setup_;
  Seen normal_;
  std::map<std::string, Seen> seen_;  // by team, of the call that it owes an answer to
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<Due> due_;
  std::map<std::string, size_t> asked_;  // team: how often it was called
  std::thread worker_;
};

}  // namespace gameday
