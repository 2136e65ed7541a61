#include "cli/background.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/fd.hpp"

namespace gameday {

Started start_in_background(std::vector<std::string> words) {
  Pipe report = make_pipe();
  const int report_fd = ::fcntl(report.writer.get(), F_DUPFD, 10);
  words.insert(words.begin(), "gameday");
  words.insert(words.end(), {"--report-fd", std::to_string(report_fd)});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw_errno("cannot start the background process", ErrorKind::kMachine);
  if (child == 0) {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 0);
    ::dup2(nothing, 1);
    // What else the caller had open, a lock for example, ends with the caller.
    ::close_range(3, static_cast<unsigned>(report_fd) - 1, 0);
    ::close_range(static_cast<unsigned>(report_fd) + 1, ~0U, 0);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  ::close(report_fd);
  report.writer.reset();
  Started started;
  const std::string line = read_to_end(report.reader.get());
  if (!line.empty()) {
    started.report = parse_json(line, "background").as_object();
    started.status = 0;
    return started;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  started.status = code == 0 ? 1 : code;
  return started;
}

void keep_report(int report_fd) { ::fcntl(report_fd, F_SETFD, FD_CLOEXEC); }

void report_and_detach(int report_fd, const json::object& report) {
  write_all(report_fd, json::serialize(report) + "\n");
  ::close(report_fd);
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {0, 1, 2}) ::dup2(nothing.get(), fd);
}

}  // namespace gameday
