// Runs our executables as a user would, from outside, and waits for what they do.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fd.hpp"

namespace gameday::testing {

// $GAMEDAY_ROOT and $GAMEDAY_BUILD, which ctest sets.
std::filesystem::path project_root();
std::filesystem::path build_folder();
std::filesystem::path gameday_program();

struct Outcome {
  int status = -1;  // 128 + signal when one ended it
  std::string out, err;
};

// A running program whose standard output and error are kept in files until it ends; `input` is all
// it can read.
class Program {
 public:
  Program(std::vector<std::string> argv, std::map<std::string, std::string> environment = {},
          const std::string& input = "");
  ~Program();  // SIGKILL when it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  std::string out() const;
  std::string err() const;
  void signal(int number);
  // Nothing: it still runs at the deadline.
  std::optional<Outcome> wait(std::chrono::seconds limit);

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::filesystem::path folder_;
  std::optional<int> status_;
};

Outcome run_program(std::vector<std::string> argv, std::chrono::seconds limit,
                    std::map<std::string, std::string> environment = {});

// Every process below `ancestor` right now, as "pid start-time", so that a pid used again is not
// mistaken for one of them.
std::vector<std::string> descendants(pid_t ancestor);
// Those of them that still run; zombies do not.
std::vector<std::string> still_running(const std::vector<std::string>& processes);

// True as soon as the predicate is, false when the deadline passes.
bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& predicate);

}  // namespace gameday::testing
