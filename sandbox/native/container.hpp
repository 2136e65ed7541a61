// One host's files, namespaces and first process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "sandbox/native/plan.hpp"

namespace gameday::native {

// Makes the calling process a user of a host, for good: no more than the listed capabilities
// ("NET_ADMIN") in the bounding set, none of them in hand unless the user is 0, and no_new_privs.
// What is entered by setns has every capability of the stack until this is called. Throws Error.
void become_user(uid_t user, const std::vector<std::string>& capabilities);

// Limits of a process tree: how many processes one user may have in the whole stack, and files.
struct Limits {
  uint64_t processes = 0;
  uint64_t memory_bytes = 0;  // of one process's own data
};
// What the services of a host get, what the conductor's own commands get, and what a shell gets:
// whoever fills the lower limit has not touched the upper one.
inline constexpr uint64_t kProcessBytes = uint64_t{2} << 30;
inline constexpr Limits kServiceLimits{1500, kProcessBytes};
inline constexpr Limits kCommandLimits{3000, kProcessBytes};
inline constexpr Limits kShellLimits{700, kProcessBytes};
void apply_limits(const Limits& limits);

// Seconds since 1970, by which files are dated.
double wall_seconds();

// A namespace of a process, by its name in /proc. Throws Error.
UniqueFd open_space(pid_t pid, const char* name);

// The descriptors of a running host's namespaces, to enter them.
struct HostSpaces {
  UniqueFd mount, names, ipc, processes;
};

class Container {
 public:
  // Mounts the host's file system below the working directory and writes the plan's files into it.
  // Throws Error; what was mounted goes with the pod.
  explicit Container(const PlanHost& host);
  // A host that runs already, in namespaces and control groups of another's making: `first` is its
  // first process. Throws Error.
  Container(const PlanHost& host, pid_t first);

  // Starts the first process, in the network namespace `network`. Throws Error.
  void start(int network);
  // Blocks until the first process runs the host's own command. Throws Error with what it printed.
  void finish_start();

  const PlanHost& host() const { return *host_; }
  const HostSpaces& spaces() const { return spaces_; }
  // Puts the calling process where the host's own processes are counted.
  void join_groups() const;
  // Seconds of the wall clock: what is newer in the host's files was not there at its start.
  double started_at() const { return started_at_; }
  pid_t monitor() const { return monitor_; }
  // What the first process prints, non-blocking; -1 when it closed it.
  int output() const { return output_.get(); }
  // Takes what has been printed so far; keeps the last 8 KiB.
  void read_output();
  const std::string& printed() const { return printed_; }
  void mark_ended() { ended_ = true; }
  // Appends to /var/log/kern.log, as a kernel would, that a process was killed for want of memory.
  void log_kill(pid_t pid, const std::string& name) const;
  bool alive() const { return spaces_.processes.get() >= 0 && !ended_; }

 private:
  std::vector<std::string> bubblewrap_arguments(int info, int guard) const;
  void write_file(int root, const PlanFile& file) const;

  const PlanHost* host_;
  HostSpaces spaces_;
  pid_t monitor_ = -1;
  UniqueFd info_;
  UniqueFd output_;
  std::string printed_;
  double started_at_ = wall_seconds();
  bool ended_ = false;
  std::vector<UniqueFd> groups_;  // where a process number is written to, one a hierarchy
};

}  // namespace gameday::native
