// Learns which programs a session runs. A terminal does not say who printed; the kernel says who
// was started: a filter of the session's own holds every exec until its listener has answered, and
// the listener looks at the waiting process in between. An exec is never refused and never changed.
#pragma once

#include <functional>

#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday::native {

// From now on every exec of this process and its children waits for the listener that is returned.
// Returns an invalid descriptor where the kernel has none to give (before Linux 5.8, or inside of
// another listener's filter): programs then run as ever, and nothing is told of them. Wants
// CAP_SYS_ADMIN in the own user namespace, or no_new_privs.
UniqueFd hold_execs();

// Answers the execs that wait at a listener. As long as any process lives under the filter somebody
// must: when the listener is closed their execs fail with ENOSYS.
class ExecWatch {
 public:
  using Report = std::function<void(const json::object& program)>;
  // `proc` is the folder /proc whose numbers are those of this process; the caller has entered the
  // host's files. Of what changed after `since`, in wall-clock seconds, that is told.
  ExecWatch(UniqueFd listener, UniqueFd proc, double since)
      : listener_(std::move(listener)), proc_(std::move(proc)), since_(since) {}

  // Readable: call serve. Hung up: no process is left under the filter. -1: there is no listener.
  int fd() const { return listener_.get(); }
  void close() { listener_.reset(); }
  // Lets one exec go on, after what it starts was reported (one of the `programs` of an observation
  // in journal/events.hpp). A file that does not exist is not reported; neither are more than 200
  // programs at once or 50 a second: whoever starts them without end floods nobody.
  void serve(const Report& report);
  // The same until no process is left, without reports.
  void serve_rest();

 private:
  struct Exec;
  bool may_report();
  json::object describe(const Exec& exec) const;
  void add_files(const Exec& exec, json::object& program) const;

  UniqueFd listener_, proc_;
  double since_;
  double reports_left_ = kMostAtOnce;
  double counted_at_ = 0;
  static constexpr double kMostAtOnce = 200, kMostASecond = 50;
};

}  // namespace gameday::native
