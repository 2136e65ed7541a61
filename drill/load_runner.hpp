// The conductor's end of the workload: starts it on the users' host, writes what it reports to the
// journal, and gives it commands. Thread-safe; the reading happens on a thread of its own.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/stop_signal.hpp"
#include "journal/journal.hpp"
#include "sandbox/sandbox.hpp"
#include "scenarios/scenario.hpp"
#include "workload/protocol.hpp"

namespace gameday {

// The load of a scenario as its users are dealt by a seed.
LoadPlan load_plan(const Scenario& scenario, uint64_t seed);

class LoadRunner {
 public:
  // Starts sending at once. Throws Error when the program cannot be started. `bell` rings at every
  // report, and is asked to stop when the workload ends without being told to.
  LoadRunner(Host& clients, const LoadPlan& plan, const std::string& target,
             JournalWriter& journal, Bell& bell);
  ~LoadRunner();
  LoadRunner(const LoadRunner&) = delete;
  LoadRunner& operator=(const LoadRunner&) = delete;

  // Closes the running interval, whose summary is then on its way, and opens another.
  void interval(const std::string& name);
  void rate(double factor);
  // Stops sending and looks up every acknowledged order. The object of "orders", which is not in the
  // journal yet; nothing when the workload did not answer in time.
  std::optional<json::object> finish(Deadline deadline);

  // The summary of the last closed interval of that name, waiting for it until the deadline.
  std::optional<json::object> summary(const std::string& name, Deadline deadline);
  // Share of requests of the last `seconds` reported seconds that were answered well and in time;
  // nothing before that many were reported since the last call of `interval`.
  std::optional<double> good_share(size_t seconds) const;
  // The same share over the last `seconds` reported seconds, one or two, whatever interval they
  // belong to.
  std::optional<double> recent_good_share(size_t seconds) const;
  // The largest lateness of a send since the start, in milliseconds.
  double max_send_lateness_ms() const;

 private:
  void read_reports();
  void take_line(const std::string& line);
  void tell(const std::string& command);

  JournalWriter& journal_;
  Bell& bell_;
  std::unique_ptr<Process> process_;
  mutable std::mutex mutex_;
  std::map<std::string, json::object> summaries_;
  std::optional<json::object> orders_;
  std::deque<double> good_shares_;    // of the running interval
  std::deque<double> recent_shares_;  // the last two
  double max_send_lateness_ms_ = 0;
  std::string fatal_;
  bool finishing_ = false;
  bool ended_ = false;
  std::thread reader_;
};

}  // namespace gameday
