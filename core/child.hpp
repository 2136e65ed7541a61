// Another program on this machine, started by us.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"

namespace gameday {

struct ChildOptions {
  // What become its descriptors 0, 1, 2, …; -1 and the missing ones of the first three: /dev/null.
  // It gets no other descriptor as long as ours are close-on-exec.
  std::vector<int> fds;
  bool own_session = false;  // out of reach of the terminal's Ctrl-C
};

// Owns the process: destruction kills it (SIGKILL) and waits for it. Not thread-safe.
class Child {
 public:
  // `argv[0]` is looked up in PATH unless it has a slash. Throws Error when it cannot be started.
  explicit Child(const std::vector<std::string>& argv, const ChildOptions& options = {});
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  // Readable once the process ended: for poll.
  int pidfd() const { return pidfd_.get(); }
  // The exit code, 128 + signal when a signal ended it; nothing when the deadline passes first.
  std::optional<int> wait(Deadline deadline);
  bool running();
  void kill(int signal);

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::optional<int> status_;
};

struct ChildResult {
  int status = -1;
  std::string output;  // standard output and error together
  bool timed_out = false;
};
// Runs a program to its end; at the limit it is killed. A program that does not exist has status
// 127. Its output must fit in memory.
ChildResult run_child(const std::vector<std::string>& argv,
                      std::chrono::milliseconds limit = std::chrono::seconds(10));

}  // namespace gameday
