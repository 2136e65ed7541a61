#include "tests/support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace gameday::testing {

namespace fs = std::filesystem;

namespace {

fs::path from_environment(const char* name) {
  const char* set = std::getenv(name);
  if (!set) throw std::runtime_error(std::string(name) + " is not set: run the tests by ctest");
  return set;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

fs::path project_root() { return from_environment("GAMEDAY_ROOT"); }
fs::path build_folder() { return from_environment("GAMEDAY_BUILD"); }
fs::path gameday_program() { return build_folder() / "cli" / "gameday"; }

Program::Program(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                 const std::string& input) {
  std::string name = (fs::temp_directory_path() / "gameday-program-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  folder_ = name;
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  const std::string out = (folder_ / "out").string(), err = (folder_ / "err").string();
  const std::string in = (folder_ / "in").string();
  std::ofstream(in, std::ios::binary) << input;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setsid();
    for (const auto& [key, value] : environment) ::setenv(key.c_str(), value.c_str(), 1);
    ::dup2(::open(in.c_str(), O_RDONLY), 0);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), 1);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), 2);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Program::~Program() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    wait(std::chrono::seconds(10));
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Program::out() const { return text_of(folder_ / "out"); }
std::string Program::err() const { return text_of(folder_ / "err"); }

void Program::signal(int number) { ::kill(pid_, number); }

std::optional<Outcome> Program::wait(std::chrono::seconds limit) {
  if (!status_) {
    if (!wait_readable(pidfd_.get(), deadline_in(limit))) return std::nullopt;
    int raw = 0;
    ::waitpid(pid_, &raw, 0);
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  }
  return Outcome{*status_, out(), err()};
}

Outcome run_program(std::vector<std::string> argv, std::chrono::seconds limit,
                    std::map<std::string, std::string> environment) {
  const std::string name = argv.front();
  Program program(std::move(argv), std::move(environment));
  const auto outcome = program.wait(limit);
  if (!outcome) throw std::runtime_error(name + " did not end in time; it said: " + program.err());
  return *outcome;
}

namespace {

struct ProcessStat {
  pid_t parent = 0;
  char state = '?';
  std::string started;
};

std::optional<ProcessStat> stat_of(const std::string& pid) {
  const std::string text = text_of(fs::path("/proc") / pid / "stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::vector<std::string> words;
  for (std::string word; fields >> word;) words.push_back(word);
  if (words.size() < 20) return std::nullopt;
  return ProcessStat{static_cast<pid_t>(std::stol(words[1])), words[0][0], words[19]};
}

}  // namespace

std::vector<std::string> descendants(pid_t ancestor) {
  std::map<pid_t, std::vector<std::pair<pid_t, std::string>>> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto stat = stat_of(pid)) {
      children[stat->parent].emplace_back(static_cast<pid_t>(std::stol(pid)),
                                          pid + " " + stat->started);
    }
  }
  std::vector<std::string> found;
  std::vector<pid_t> open = {ancestor};
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    for (const auto& [pid, name] : children[parent]) {
      found.push_back(name);
      open.push_back(pid);
    }
  }
  return found;
}

std::vector<std::string> still_running(const std::vector<std::string>& processes) {
  std::vector<std::string> running;
  for (const std::string& process : processes) {
    const std::string pid = process.substr(0, process.find(' '));
    const auto stat = stat_of(pid);
    if (stat && stat->state != 'Z' && pid + " " + stat->started == process) {
      running.push_back(process);
    }
  }
  return running;
}

bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& predicate) {
  const Deadline deadline = deadline_in(limit);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace gameday::testing
