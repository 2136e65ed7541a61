// Whatever ends the harness, nothing of the stack stays.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/error.hpp"
#include "sandbox/native/remains.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using native::ProcessMark;
using test::eventually;
using test::TinyProject;

// A harness in a process of its own, which says each step on a pipe. It ends only by a signal.
class Harness {
 public:
  explicit Harness(const TinyProject& project) {
    Pipe steps = make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      steps.reader.reset();
      for (const int own : {SIGTERM, SIGINT}) ::signal(own, SIG_DFL);  // the test framework's
      Settings settings = project.settings();
      settings.progress = [&](const std::string& line) {
        write_all(steps.writer.get(), line + "\n");
      };
      try {
        const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
        sandbox->up(project.topology(), settings);
        // Work goes on while the signal comes.
        Command command;
        command.argv = {"sleep", "4741"};
        const std::unique_ptr<Process> process = sandbox->host("left").start(command);
        const std::unique_ptr<Terminal> shell =
            sandbox->host("right").shell({{"bash"}, {}, "root", "/"}, TerminalSize{});
        write_all(steps.writer.get(), "up\n");
        for (;;) ::pause();
      } catch (const std::exception& error) {
        write_all(steps.writer.get(), std::string(error.what()) + "\n");
      }
      ::_exit(1);
    }
    steps_ = std::move(steps.reader);
  }
  ~Harness() { end(SIGKILL); }

  // Reads steps until one begins with `text`.
  bool reach(const std::string& text) {
    std::string line;
    char byte = 0;
    while (wait_readable(steps_.get(), deadline_in(std::chrono::seconds(30))) &&
           ::read(steps_.get(), &byte, 1) == 1) {
      if (byte != '\n') {
        line += byte;
        continue;
      }
      if (line.starts_with(text)) return true;
      last_ = line;
      line.clear();
    }
    return false;
  }

  // What it said last when the step did not come.
  const std::string& last() const { return last_; }

  std::vector<ProcessMark> processes() const {
    std::vector<ProcessMark> marks = native::descendants_of(pid_);
    std::erase_if(marks, [this](const ProcessMark& mark) { return mark.pid == pid_; });
    return marks;
  }

  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  UniqueFd steps_;
  std::string last_;
};

TEST_CASE("a harness that is killed leaves no process and no mount", "[ordinary]") {
  REQUIRE_A_STACK();
  for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
    const TinyProject project;
    Harness harness(project);
    REQUIRE(harness.reach("up"));
    const std::vector<ProcessMark> marks = harness.processes();
    CHECK(marks.size() >= 10);
    harness.end(signal);
    CHECK(eventually(30, [&] { return native::still_running(marks).empty(); }));
    CHECK(native::mounts_below(project.root()).empty());
  }
}

TEST_CASE("a harness that is killed while it starts leaves nothing and can start again") {
  REQUIRE_A_STACK();
  const TinyProject project;
  project.write_stack("build-database", "sleep 0.3\n");
  for (const char* step : {"building the stack's files", "making the database", "starting",
                           "waiting for every health check"}) {
    Harness harness(project);
    const bool reached = harness.reach(step);
    INFO(step << " did not come after: " << harness.last());
    REQUIRE(reached);
    const std::vector<ProcessMark> marks = harness.processes();
    harness.end(SIGKILL);
    CHECK(eventually(30, [&] { return native::still_running(marks).empty(); }));
    CHECK(native::mounts_below(project.root()).empty());
  }
  Harness again(project);
  CHECK(again.reach("up"));
}

TEST_CASE("a stack whose watcher is killed is gone, and the engine says so") {
  REQUIRE_A_STACK();
  test::RunningStack stack;
  std::vector<ProcessMark> marks = native::descendants_of(::getpid());
  pid_t watcher = 0;
  for (const ProcessMark& mark : marks) {
    if (mark.name == "pod" && (watcher == 0 || mark.pid < watcher)) watcher = mark.pid;
  }
  REQUIRE(watcher > 0);
  ::kill(watcher, SIGKILL);
  std::erase_if(marks, [](const ProcessMark& mark) { return mark.pid == ::getpid(); });
  CHECK(eventually(30, [&] { return native::still_running(marks).empty(); }));
  CHECK(eventually(30, [&] { return !stack.sandbox->alive(); }));
  CHECK_THROWS_AS(stack.host("left").exec({"true"}), Error);
  stack.sandbox->down();
  CHECK(stack.sandbox->residue().empty());
}

}  // namespace
}  // namespace gameday
