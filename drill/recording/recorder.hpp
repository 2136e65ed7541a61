// Records what the trainee's terminals show: one asciicast (version 2) per terminal, and an
// observation in the journal for each command or psql statement, which evidence can cite by its id.
//
// Recorder and Recording are thread-safe. Every chunk is on its way to the disk before output
// returns.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/recording/command_splitter.hpp"
#include "journal/journal.hpp"
#include "journal/observation.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

class Recorder;

// One terminal's recording. Destruction finishes it.
class Recording {
 public:
  Recording(Recorder& recorder, const std::string& host, const std::string& by, TerminalSize size,
            const std::string& command);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void output(std::string_view bytes);
  // What was started in the terminal, before what it prints comes as output.
  void ran(const ProgramRuns& programs);
  void resize(TerminalSize size);
  // Nothing more comes; what still ran gets this status.
  void finish(std::optional<int> status);

 private:
  void event(char kind, const std::string& text);

  Recorder& recorder_;
  const std::string host_, by_;
  std::mutex mutex_;
  std::string cast_name_;  // empty: there were too many
  UniqueFd cast_;
  double opened_at_ = 0;
  std::string cut_;  // the beginning of a character whose rest has not come
  CommandSplitter splitter_;
  bool finished_ = false;
};

class Recorder {
 public:
  // Casts go to `folder`, which must exist. At most `cast_bytes` are written over all casts: a
  // program that prints without end fills nobody's disk; observations go on.
  Recorder(JournalWriter& journal, std::filesystem::path folder,
           int64_t cast_bytes = 256LL << 20);

  // A recording of a terminal on `host`. With a `command` the whole terminal is that one command;
  // without, commands are found by the shell's marks.
  std::unique_ptr<Recording> open(const std::string& host, const std::string& by,
                                  TerminalSize size, const std::string& command = "");

  // Writes an observation and returns its id; empty when it is none (the desk's own verbs, exit) or
  // there are too many. Throws Error as the journal does.
  std::string observe(Observation observation);

  std::vector<Observation> observations() const;
  size_t count() const;
  double now_seconds() const { return journal_.now_seconds(); }
  void trouble(std::string_view where, std::string_view what) noexcept {
    journal_.trouble(where, what);
  }

 private:
  friend class Recording;

  JournalWriter& journal_;
  const std::filesystem::path folder_;
  std::atomic<int> casts_{0};
  std::atomic<int64_t> cast_bytes_left_;
  mutable std::mutex mutex_;
  std::vector<Observation> observations_;
};

// True for what is no look at the stack: the desk's own verbs, leaving a shell, clearing it.
bool is_desk_work(std::string_view command);

}  // namespace gameday
