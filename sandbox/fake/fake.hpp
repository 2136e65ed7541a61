// A stack in memory for tests of what stands above the sandbox: scripted answers, recorded calls,
// real sockets on loopback for dial and listen. Thread-safe where Host is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday {

class FakeHost final : public Host {
 public:
  explicit FakeHost(HostSpec spec) : spec_(std::move(spec)) {}
  ~FakeHost() override;  // waits until what serve_unix was given has returned

  // The answer to a command: the exact argv joined by blanks, else the longest matching
  // beginning of it, else status 127. Its output, up to 64 KiB a stream, is ready at once.
  void answer(const std::string& command, ExecResult result);
  // The same, computed when it is asked; called outside the lock.
  void answer(const std::string& command, std::function<ExecResult(const Command&)> result);
  // Where dial(port) really connects to on the machine's loopback; without it dial is refused.
  void forward(int port, int machine_port);
  // Every later call throws Error, as when the stack is gone.
  void break_off();

  // What was called, in order: argv joined by blanks.
  std::vector<std::string> calls() const;
  // Files written by write_file or set here; read_file reads them.
  std::map<std::string, std::string> files() const;
  void set_file(const std::string& path, std::string content);
  // A file that is there, with this content, whenever `content` gives one; called outside the lock.
  void set_file(const std::string& path, std::function<std::optional<std::string>()> content);
  // The machine's port of a listen() on `port`; 0 when nobody listens.
  int listening_on(int port) const;

  const HostSpec& spec() const override { return spec_; }
  std::unique_ptr<Process> start(const Command& command) override;
  std::unique_ptr<Terminal> shell(const Command& command, TerminalSize size) override;
  UniqueFd dial(const std::string& address, int port, Deadline deadline) override;
  UniqueFd listen(int port) override;
  // Listens at the path on the machine itself: tests give a path in a folder of their own.
  UniqueFd listen_unix(const std::string& path) override;
  // A connection whose other end `serve` gets, on a thread that ends with the host; without one
  // nothing listens.
  UniqueFd dial_unix(const std::string& path) override;
  void serve_unix(std::function<void(UniqueFd)> serve);
  UniqueFd open_file(const std::string& path) override;

 private:
  friend class FakeProcess;
  // The scripted answer; `input` matters only to the program behind write_file.
  ExecResult result_of(const Command& command, const std::string& input);
  void check_there() const;

  HostSpec spec_;
  mutable std::mutex mutex_;
  bool gone_ = false;
  std::map<std::string, std::function<ExecResult(const Command&)>> answers_;
  std::map<int, int> forwards_;
  std::map<int, int> listening_;
  std::vector<std::string> calls_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::function<std::optional<std::string>()>> computed_files_;
  std::function<void(UniqueFd)> serve_unix_;
  std::vector<std::thread> serving_;
};

class FakeSandbox final : public Sandbox {
 public:
  void up(const Topology& topology, const Settings& settings) override;
  Host& host(std::string_view name) override;
  FakeHost& fake(std::string_view name);
  const Topology& topology() const override { return topology_; }
  double ready_seconds() const override { return 0.01; }
  bool alive() const override { return alive_; }
  ProcessorTime processor_time() override { return {}; }
  void down() override { alive_ = false; }
  std::vector<std::string> residue() override { return left; }

  std::vector<std::string> left;  // what residue() answers
  std::string fail_up;            // when not empty, up throws this Error

 private:
  Topology topology_;
  std::vector<std::unique_ptr<FakeHost>> hosts_;
  bool alive_ = false;
};

}  // namespace gameday
