// Turns the byte stream of one terminal into commands with their output, by the marks that the
// shell (and psql's prompt) write. Shells inside shells are told apart by the marks' aid. Pure:
// time comes in with the bytes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bounded_text.hpp"
#include "drill/recording/echoed_line.hpp"
#include "drill/recording/terminal_marks.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

struct RecordedCommand {
  std::string command;
  std::string within;         // of a statement: the client and its server, as in "psql -h db1"
  std::string output;         // escape sequences removed, bounded, valid UTF-8
  std::optional<int> status;  // nothing: it was never told
  double started = 0, ended = 0;
  // What was started meanwhile, each once; of a statement also its client. nullopt: nobody watched.
  std::optional<json::array> programs;
};

class CommandSplitter {
 public:
  using Sink = std::function<void(const RecordedCommand&)>;
  CommandSplitter(int columns, Sink sink) : columns_(columns), sink_(std::move(sink)) {}

  void feed(std::string_view bytes, double now);
  // Programs that were started in the terminal, before any of their output is fed. Which command they
  // belong to is told by when they were started and the times of the shell's marks.
  void ran(const std::vector<ProgramRun>& programs);
  void resize(int columns);
  // Begins a command without marks: the whole terminal is its output until finish.
  void begin(const std::string& command, double now);
  // The terminal is gone: what still runs ends now.
  void finish(std::optional<int> status, double now);

 private:
  struct Shell {
    std::string aid, server;
    enum { kIdle, kPrompt, kInput, kEntered, kRunning } state = kIdle;
    EchoedLine echo;
    std::string earlier_lines;  // of an input over several lines
    std::string announced;      // 633;E
    std::string command;
    BoundedText output;
    bool silent = false;        // its output belongs to a shell inside it, or to another recording
    bool entered_host = false;  // it led to another host, which has a recording of its own
    double started = 0;
    double began_wall = 0;      // when the command began, in wall-clock seconds
    double ended_wall = 0;      // when the one before it ended
  };

  void take(const TerminalToken& token);
  void take_echo(Shell& shell, const TerminalToken& token);
  void take_text(std::string_view text);
  void take_mark(const Mark& mark);
  void prompt_started(const Mark& mark);
  Shell& shell_of(const std::string& aid);
  void close_above(size_t depth);
  void end_command(Shell& shell, std::optional<int> status,
                   std::optional<double> wall = std::nullopt);
  json::array programs_between(double from, double to) const;

  int columns_;
  Sink sink_;
  TerminalScanner scanner_;
  std::vector<Shell> shells_;  // the innermost is last
  bool paste_marked_ = false;  // bracketed paste is on: a line is being edited
  double now_ = 0;
  std::vector<ProgramRun> ran_;
  bool watched_ = false;
};

}  // namespace gameday
