#include "core/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"

extern char** environ;

namespace gameday {
namespace {

// Everything posix_spawn needs, freed together.
struct Spawn {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Spawn() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

Child::Child(const std::vector<std::string>& argv, const ChildOptions& options) {
  Spawn spawn;
  // Copies above the targets, so that no dup2 overwrites a descriptor that is still needed.
  std::vector<UniqueFd> copies;
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const size_t count = std::max<size_t>(3, options.fds.size());
  for (size_t i = 0; i < count; ++i) {
    const int given = i < options.fds.size() ? options.fds[i] : -1;
    copies.emplace_back(::fcntl(given >= 0 ? given : null.get(), F_DUPFD_CLOEXEC,
                                static_cast<int>(count)));
    if (!copies.back()) throw_errno("start " + argv.at(0));
    ::posix_spawn_file_actions_adddup2(&spawn.actions, copies.back().get(), static_cast<int>(i));
  }
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&spawn.attributes, &none);
  ::posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (options.own_session) flags |= POSIX_SPAWN_SETSID;
  ::posix_spawnattr_setflags(&spawn.attributes, flags);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int error = ::posix_spawnp(&pid_, arguments[0], &spawn.actions, &spawn.attributes,
                                   arguments.data(), environ);
  if (error != 0) {
    pid_ = -1;
    throw Error("start " + argv[0] + ": " + std::strerror(error));
  }
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      status_(other.status_) {}

Child::~Child() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> Child::wait(Deadline deadline) {
  if (status_) return status_;
  if (!wait_readable(pidfd_.get(), deadline)) return std::nullopt;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("wait for a program");
  }
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

bool Child::running() { return !wait(std::chrono::steady_clock::now()); }

void Child::kill(int signal) {
  if (!status_) ::kill(pid_, signal);
}

ChildResult run_child(const std::vector<std::string>& argv, std::chrono::milliseconds limit) {
  const Deadline deadline = deadline_in(limit);
  ChildResult result;
  Pipe output = make_pipe();
  std::optional<Child> child;
  try {
    child.emplace(argv, ChildOptions{{-1, output.writer.get(), output.writer.get()}});
  } catch (const Error& error) {
    return ChildResult{127, error.what(), false};
  }
  output.writer.reset();
  char buffer[16384];
  for (;;) {
    if (!wait_readable(output.reader.get(), deadline)) {
      result.timed_out = true;
      child->kill(SIGKILL);
      break;
    }
    const ssize_t count = ::read(output.reader.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    result.output.append(buffer, static_cast<size_t>(count));
  }
  // It may have closed its output long before its end.
  std::optional<int> status = child->wait(deadline);
  if (!status) {
    result.timed_out = true;
    child->kill(SIGKILL);
    status = child->wait(deadline_in(std::chrono::hours(1)));
  }
  result.status = *status;
  return result;
}

}  // namespace gameday
