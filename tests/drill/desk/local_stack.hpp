// For tests of the desk: hosts whose programs really run, on this machine, with real terminals and
// the same shell set-up as the stack's; and small tools to talk to them.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gameday::testing {

using namespace std::chrono_literals;

inline std::string project_root() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  if (!root) throw Error("tests: GAMEDAY_ROOT is not set: run them by ctest");
  return root;
}

// True as soon as the condition holds; false when it did not within the limit.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds limit = 10s) {
  const Deadline deadline = deadline_in(limit);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

// A pseudo-terminal: both ends, close-on-exec.
struct PtyPair {
  UniqueFd master, slave;
  PtyPair() {
    master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) {
      throw Error("tests: no pseudo-terminal");
    }
    char name[64];
    if (::ptsname_r(master.get(), name, sizeof name) != 0) throw Error("tests: no ptsname");
    slave.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave) throw Error("tests: cannot open the terminal");
    resize({80, 24});
  }
  void resize(TerminalSize size) const {
    const winsize window{static_cast<unsigned short>(size.rows),
                         static_cast<unsigned short>(size.columns), 0, 0};
    ::ioctl(master.get(), TIOCSWINSZ, &window);
  }
};

// A child with these descriptors as its standard streams; `terminal`: they control its session.
inline pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                   int in, int out, int err, bool terminal) {
  std::vector<char*> arguments, variables;
  for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& word : env) variables.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  variables.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw Error("tests: fork failed");
  if (child > 0) return child;
  ::setsid();
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (terminal) ::ioctl(0, TIOCSCTTY, 0);
  ::execvpe(arguments[0], arguments.data(), variables.data());
  ::_exit(127);
}

// Waits for a child and keeps its status; kills its session when it is destroyed before.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    kill();
    if (!status_) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill() {
    if (!status_) ::kill(-pid_, SIGKILL);
  }
  void signal(int number) const { ::kill(pid_, number); }
  std::optional<int> wait(Deadline deadline) {
    for (;;) {
      int raw = 0;
      if (!status_ && ::waitpid(pid_, &raw, WNOHANG) == pid_) {
        status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
      }
      if (status_ || std::chrono::steady_clock::now() >= deadline) return status_;
      ::poll(nullptr, 0, 2);
    }
  }

 private:
  const pid_t pid_;
  std::optional<int> status_;
};

class LocalProcess final : public Process {
 public:
  LocalProcess(const std::vector<std::string>& argv, const std::vector<std::string>& env)
      : in_(make_pipe()), out_(make_pipe()), err_(make_pipe()),
        child_(spawn(argv, env, in_.reader.get(), out_.writer.get(), err_.writer.get(), false)) {
    in_.reader.reset();
    out_.writer.reset();
    err_.writer.reset();
  }
  int in() const override { return in_.writer.get(); }
  int out() const override { return out_.reader.get(); }
  int err() const override { return err_.reader.get(); }
  void close_in() override { in_.writer.reset(); }
  std::optional<int> wait(Deadline deadline) override { return child_.wait(deadline); }
  void kill() override { child_.kill(); }

 private:
  Pipe in_, out_, err_;
  Child child_;
};

class LocalTerminal final : public Terminal {
 public:
  LocalTerminal(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                TerminalSize size)
      : child_(start(argv, env, size)) {}
  int master() const override { return pty_.master.get(); }
  void resize(TerminalSize size) override { pty_.resize(size); }
  std::optional<int> wait(Deadline deadline) override { return child_.wait(deadline); }

 private:
  pid_t start(const std::vector<std::string>& argv, const std::vector<std::string>& env,
              TerminalSize size) {
    pty_.resize(size);
    const int fd = pty_.slave.get();
    const pid_t child = spawn(argv, env, fd, fd, fd, true);
    pty_.slave.reset();
    return child;
  }
  PtyPair pty_;
  Child child_;
};

class LocalHost : public Host {
 public:
  explicit LocalHost(HostSpec spec) : spec_(std::move(spec)) {}
  const HostSpec& spec() const override { return spec_; }
  std::unique_ptr<Process> start(const Command& command) override {
    return std::make_unique<LocalProcess>(argv_of(command), env_of(command));
  }
  std::unique_ptr<Terminal> shell(const Command& command, TerminalSize size) override {
    return std::make_unique<LocalTerminal>(argv_of(command), env_of(command), size);
  }
  UniqueFd dial(const std::string&, int, Deadline) override { return UniqueFd(); }
  UniqueFd listen(int) override { throw Error("tests: not in this host"); }
  UniqueFd listen_unix(const std::string&) override { throw Error("tests: not in this host"); }
  UniqueFd dial_unix(const std::string&) override { return UniqueFd(); }
  UniqueFd open_file(const std::string& path) override {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }

 private:
  // The stack's own interactive set-up, so that these tests test it, too.
  std::vector<std::string> argv_of(const Command& command) const {
    if (command.argv != Argv{"bash"}) return command.argv;
    return {"bash", "--noprofile", "--rcfile",
            project_root() + "/sandbox/stack/roles/base/etc/bash.prompt", "-i"};
  }
  std::vector<std::string> env_of(const Command& command) const {
    std::vector<std::string> env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HISTFILE="};
    for (const auto& [name, value] : command.env) {
      env.push_back(name + "=" + (name == "HOME" ? "/tmp" : value));
    }
    return env;
  }
  HostSpec spec_;
};

inline HostSpec host_spec(const std::string& name, const std::string& role,
                          const std::string& team, const std::string& address) {
  HostSpec spec;
  spec.name = name;
  spec.role = role;
  spec.team = team;
  spec.attachments = {{"app", address}};
  return spec;
}

class LocalSandbox final : public Sandbox {
 public:
  LocalSandbox() {
    topology_.networks = {{"app", "10.77.2.0/24", {}}};
    topology_.hosts = {host_spec("clients", "clients", "", "10.77.2.10"),
                       host_spec("lb", "lb", "platform", "10.77.2.20"),
                       host_spec("db1", "db", "database", "10.77.2.11"),
                       host_spec("ops", "ops", "platform", "10.77.2.50")};
    for (const HostSpec& spec : topology_.hosts) {
      hosts_.push_back(std::make_unique<LocalHost>(spec));
    }
  }
  void up(const Topology&, const Settings&) override {}
  Host& host(std::string_view name) override {
    for (const auto& host : hosts_) {
      if (host->spec().name == name) return *host;
    }
    throw Error("tests: no host " + std::string(name));
  }
  const Topology& topology() const override { return topology_; }
  double ready_seconds() const override { return 0; }
  bool alive() const override { return true; }
  ProcessorTime processor_time() override { return {}; }
  void down() override {}
  std::vector<std::string> residue() override { return {}; }

 private:
  Topology topology_;
  std::vector<std::unique_ptr<LocalHost>> hosts_;
};

// Reads a descriptor on a thread of its own and keeps all of it.
class Collector {
 public:
  explicit Collector(int fd) : fd_(fd), thread_([this] { collect(); }) {}
  ~Collector() {
    stop_.writer.reset();
    thread_.join();
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  bool sees(const std::string& wanted, std::chrono::milliseconds limit = 10s) const {
    return eventually([&] { return text().find(wanted) != std::string::npos; }, limit);
  }
  bool ended() const { return ended_; }
  size_t count(const std::string& wanted) const {
    const std::string all = text();
    size_t found = 0;
    for (size_t at = all.find(wanted); at != std::string::npos; at = all.find(wanted, at + 1)) {
      ++found;
    }
    return found;
  }

 private:
  void collect() {
    char buffer[4096];
    for (;;) {
      pollfd fds[2] = {{fd_, POLLIN, 0}, {stop_.reader.get(), POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 || fds[1].revents != 0) return;
      const ssize_t count = ::read(fd_, buffer, sizeof buffer);
      if (count <= 0) {
        ended_ = true;
        return;
      }
      const std::lock_guard lock(mutex_);
      text_.append(buffer, static_cast<size_t>(count));
    }
  }
  const int fd_;
  Pipe stop_ = make_pipe();
  mutable std::mutex mutex_;
  std::string text_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace gameday::testing
