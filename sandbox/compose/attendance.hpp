// The attendant's side that faces the engine: starts it, talks to it, sees it end.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/child.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/pod_link.hpp"

namespace gameday::compose {

class Attendance {
 public:
  // Starts the attendant: as a child of ours for root, for others in a container of `image` that
  // may enter the machine, and so the hosts, in their stead. When we are gone it becomes `farewell`.
  // Throws a machine Error when it cannot be started.
  Attendance(const std::filesystem::path& executables, const std::string& image,
             const std::vector<std::string>& farewell);

  // Lets it into hosts that run, each by its first process.
  void enter(const native::Plan& plan, const std::map<std::string, int>& first);
  const native::PodLink& link() const { return *link_; }
  // As this machine numbers it: what it starts in hosts descends from it, not from theirs.
  pid_t pid() const { return pid_; }
  // False once it ended: it ends with the last host.
  bool alive() const { return child_->running(); }
  // Makes it become `farewell` now, and waits for the end of that.
  void end(const std::vector<std::string>& farewell, Deadline deadline);

 private:
  void agree(const std::vector<std::string>& farewell);
  void start_as_child(const std::string& program);
  void start_in_container(const std::string& program, const std::string& image);

  mutable std::optional<Child> child_;
  std::optional<native::PodLink> link_;
  pid_t pid_ = 0;
};

}  // namespace gameday::compose
