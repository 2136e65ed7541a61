// A place where one stack runs and may be hurt, and the machines in it. An engine (native, compose,
// fake) implements these interfaces; faults, drills and tests know nothing else.
//
// All verbs block. Host verbs may be called from several threads at once; up and down may not.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "core/json.hpp"
#include "sandbox/topology.hpp"

namespace gameday {

using Argv = std::vector<std::string>;

struct ExecResult {
  int status = -1;  // exit code; 128 + signal when a signal ended it
  std::string out;
  std::string err;
  bool timed_out = false;  // the limit passed and the command was killed
  bool ok() const { return status == 0 && !timed_out; }
};

// A program that a watched one started: when, in wall-clock seconds, and which: one of the `programs` of an
// observation in journal/events.hpp.
struct ProgramRun {
  double at_seconds = 0;
  json::object what;
};
// nullopt: nothing was reported so far, and where the engine cannot watch never will be.
using ProgramRuns = std::optional<std::vector<ProgramRun>>;

// A program running in a host. Destruction kills it and whatever it started in its own session.
class Process {
 public:
  virtual ~Process() = default;
  // The conductor's ends of its standard streams; in() may be closed with close_in().
  virtual int in() const = 0;
  virtual int out() const = 0;
  virtual int err() const = 0;
  virtual void close_in() = 0;
  // The exit status (as in ExecResult), or nothing when the deadline passes first.
  virtual std::optional<int> wait(Deadline deadline) = 0;
  virtual void kill() = 0;
  // What a watched program started since the last call; the first is itself. Does not block.
  virtual ProgramRuns programs() { return std::nullopt; }
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

// A program on a terminal of its own inside a host, with job control. Destruction hangs it up.
class Terminal {
 public:
  virtual ~Terminal() = default;
  // The terminal's master side: read its output, write its input.
  virtual int master() const = 0;
  virtual void resize(TerminalSize size) = 0;
  virtual std::optional<int> wait(Deadline deadline) = 0;
  // As Process::programs. What a program prints comes after the report that it was started.
  virtual ProgramRuns programs() { return std::nullopt; }
};

struct Command {
  Argv argv;                                 // argv[0] is looked up in the host's PATH
  std::map<std::string, std::string> env;    // added to the host's own small environment
  std::string user = "root";                 // a user of the host's /etc/passwd
  std::string cwd = "/root";
  bool watched = false;                      // which programs it starts is told by programs()
};

// What a host printed, for a message of ours: on one line, without what a terminal would obey
// (control characters, also those that UTF-8 writes as two bytes) and without blanks at its ends.
std::string one_line(std::string text);

// One machine of the stack, reached from outside.
class Host {
 public:
  virtual ~Host() = default;
  virtual const HostSpec& spec() const = 0;

  // Starts a program. Throws Error when the host is gone; a program that does not exist exits 127.
  virtual std::unique_ptr<Process> start(const Command& command) = 0;
  virtual std::unique_ptr<Terminal> shell(const Command& command, TerminalSize size) = 0;

  // A TCP connection made from inside this host's network to a numeric address: what a user or a
  // service there would see. An invalid fd: refused, unreachable or out of time (data, not Error).
  virtual UniqueFd dial(const std::string& address, int port, Deadline deadline) = 0;
  // A listening TCP socket on 127.0.0.1:port of this host. The port is 1024 or more.
  virtual UniqueFd listen(int port) = 0;
  // A listening Unix stream socket at a path of this host, mode 0666.
  virtual UniqueFd listen_unix(const std::string& path) = 0;
  // A connection to the Unix stream socket at a path of this host, made as its root. An invalid fd:
  // nothing listens there (data, not Error).
  virtual UniqueFd dial_unix(const std::string& path) = 0;
  // A regular file of this host, open for reading, without any program of the host. An invalid fd:
  // there is none (data, not Error). Links are followed as the host would.
  virtual UniqueFd open_file(const std::string& path) = 0;

  // Runs a program to its end, or to the limit, with `input` on its standard input. Its output is
  // kept up to 8 MiB per stream; more is read and dropped.
  ExecResult exec(const Command& command, std::chrono::milliseconds limit,
                  std::string_view input = {});
  ExecResult exec(const Argv& argv, std::chrono::milliseconds limit = std::chrono::seconds(10));
  // The first 8 MiB of a regular file; nullopt when there is none.
  std::optional<std::string> read_file(const std::string& path);
  // Replaces or creates a file at once (write beside it, rename). An existing file keeps its owner
  // and mode. Throws Error.
  void write_file(const std::string& path, std::string_view content);
};

// A file put into a host before its services start.
struct HostFile {
  std::string host;
  std::string path;
  std::string content;
  int mode = 0644;
};

// What the programs of a stack may hold in memory besides their hosts' files, in engines that count
// it (native).
struct MemoryBounds {
  int64_t host_bytes = int64_t{1} << 30;  // all programs of one host
  // What the machine must have left, or the stack ends; 0: by its size (2 %, 128 to 512 MiB).
  int64_t available_bytes = 0;
};

// What an engine did by itself because a bound was passed: it killed a program of a host, or, with
// an empty `host`, ended the stack.
struct MemoryNotice {
  std::string host;
  std::string program;     // its name, or "shared memory" that it removed
  int64_t held_bytes = 0;  // by the host; of an ended stack what the machine had left
};
// "web1: killed perl: the host's programs held 1210 MiB"
std::string describe(const MemoryNotice& notice);

struct Settings {
  std::filesystem::path root;         // the project: sandbox/stack is found below it
  std::filesystem::path executables;  // the build folder that holds our own executables
  std::filesystem::path cache;        // built once and kept: the gold tree
  std::vector<HostFile> files;
  std::chrono::milliseconds ready_limit = std::chrono::seconds(30);
  std::function<void(const std::string&)> progress;  // one line per step; may be empty
  MemoryBounds memory;
  // Called on a thread of the engine's, between up and down; may be empty.
  std::function<void(const MemoryNotice&)> memory_notice;
};

// Processor seconds, of counters that only grow but for a process that nobody waited for: the kernel
// forgets what it used.
struct ProcessorTime {
  double stack_seconds = 0;              // everything in the stack, since it began
  std::optional<double> others_seconds;  // of the machine's other processes, without this one and
                                         // its ended children; nullopt where not all are seen
};

// One running stack.
class Sandbox {
 public:
  virtual ~Sandbox() = default;  // takes the stack down when that was not done
  // Returns when every health check passes. Throws Error with the host, the check and its last
  // output; nothing is left running then.
  virtual void up(const Topology& topology, const Settings& settings) = 0;
  // Throws Error for a name that the topology does not have.
  virtual Host& host(std::string_view name) = 0;
  virtual const Topology& topology() const = 0;
  // Seconds that the last up took until healthy.
  virtual double ready_seconds() const = 0;
  virtual bool alive() const = 0;  // false once the stack is gone, whoever ended it
  // Who used the processors so far; zero once the stack is down.
  virtual ProcessorTime processor_time() = 0;
  virtual void down() = 0;         // may be called twice
  // What is left of this stack on the machine after down; empty is the pass.
  virtual std::vector<std::string> residue() = 0;
};

// "native", "compose" or "fake". Throws a usage Error for another name, and a machine Error with the
// remedy when this machine cannot run it.
std::unique_ptr<Sandbox> make_sandbox(std::string_view engine);

}  // namespace gameday
