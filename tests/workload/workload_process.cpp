#include "workload_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace gameday::test {

WorkloadProcess::WorkloadProcess(const std::string& target, const std::string& plan) {
  const char* build = std::getenv("GAMEDAY_BUILD");
  if (!build) throw std::runtime_error("GAMEDAY_BUILD names no build folder");
  const std::string program = std::string(build) + "/workload/workload";
  Pipe in = make_pipe(), out = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.reader.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.writer.get(), 1);
  std::vector<std::string> words = {program, "--target", target, "--plan", "-"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + program);
  in_ = std::move(in.writer);
  out_ = std::move(out.reader);
  tell(plan);
}

WorkloadProcess::~WorkloadProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void WorkloadProcess::tell(const std::string& command) { write_all(in_.get(), command + "\n"); }

void WorkloadProcess::kill_now() { ::kill(pid_, SIGKILL); }

bool WorkloadProcess::read_some(Deadline deadline) {
  if (!wait_readable(out_.get(), deadline)) return false;
  char buffer[16384];
  const ssize_t count = ::read(out_.get(), buffer, sizeof buffer);
  if (count <= 0) return false;
  pending_.append(buffer, static_cast<size_t>(count));
  for (size_t end; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1)) {
    reports_.push_back(parse_json(pending_.substr(0, end), "report"));
  }
  return true;
}

bool WorkloadProcess::read_until(Deadline deadline, const std::function<bool()>& enough) {
  while (!enough()) {
    if (!read_some(deadline)) return false;
  }
  return true;
}

int WorkloadProcess::wait_end(Deadline deadline) {
  while (read_some(deadline)) {
  }
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!wait_readable(pidfd.get(), deadline)) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<json::object> WorkloadProcess::all(const std::string& kind) const {
  std::vector<json::object> found;
  for (const json::value& report : reports_) {
    const json::value* value = report.as_object().if_contains(kind);
    if (value) found.push_back(value->as_object());
  }
  return found;
}

json::object WorkloadProcess::interval(const std::string& name) const {
  for (const json::object& interval : all("interval")) {
    if (string_or(interval, "name", "") == name) return interval;
  }
  return {};
}

std::string WorkloadProcess::fatal() const {
  for (const json::value& report : reports_) {
    const std::string why = string_or(report.as_object(), "fatal", "");
    if (!why.empty()) return why;
  }
  return "";
}

}  // namespace gameday::test
