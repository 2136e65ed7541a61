// The workload's executable as a child of the test, and what it reported.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday::test {

class WorkloadProcess {
 public:
  // Starts it and hands it the plan on its standard input.
  WorkloadProcess(const std::string& target, const std::string& plan);
  ~WorkloadProcess();  // kills it when it still runs

  void tell(const std::string& command);
  void close_in() { in_.reset(); }
  void kill_now();
  // Reads reports until the predicate holds; false when the deadline passed or it ended first.
  bool read_until(Deadline deadline, const std::function<bool()>& enough);
  // Reads to the end and returns the exit status (128 + signal); -1 when the deadline passed.
  int wait_end(Deadline deadline);

  // Every report of a kind so far, in order.
  std::vector<json::object> all(const std::string& kind) const;
  // The interval of that name; an empty object when it was not reported.
  json::object interval(const std::string& name) const;
  std::string fatal() const;
  pid_t pid() const { return pid_; }

 private:
  bool read_some(Deadline deadline);

  pid_t pid_ = -1;
  UniqueFd in_, out_;
  std::string pending_;
  std::vector<json::value> reports_;
};

}  // namespace gameday::test
