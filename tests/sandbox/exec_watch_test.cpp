// Which programs a watched session really started: the machine's word, not the terminal's.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;
using test::read_terminal;
using test::RunningStack;

Command watched(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.watched = true;
  return command;
}

std::string line_of(const json::object& program) {
  std::string line = string_or(program, "path", "?") + ":";
  for (const json::value& word : program.at("argv").as_array()) {
    line += " " + std::string(word.as_string());
  }
  return line;
}

// All programs of a command that runs to its end.
std::vector<json::object> programs_of(Host& host, const std::string& script) {
  const auto process = host.start(watched({"sh", "-c", script}));
  process->close_in();
  std::vector<json::object> programs;
  const auto take = [&] {
    for (ProgramRun& run : process->programs().value_or(std::vector<ProgramRun>())) {
      CHECK(run.at_seconds > 1e9);
      programs.push_back(std::move(run.what));
    }
  };
  REQUIRE(eventually(60, [&] {
    take();
    return process->wait(std::chrono::steady_clock::now()).has_value();
  }));
  take();
  return programs;
}

std::vector<std::string> lines_of(Host& host, const std::string& script) {
  std::vector<std::string> lines;
  for (const json::object& program : programs_of(host, script)) lines.push_back(line_of(program));
  return lines;
}

TEST_CASE("every program that a watched command starts is reported, with what it was given",
          "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  CHECK(lines_of(left, "echo t; printf t; true") ==
        std::vector<std::string>{"/usr/bin/dash: sh -c echo t; printf t; true"});
  const auto lines = lines_of(left, "cd /etc; cat motd | grep plain; setsid id -u; exec env wc motd");
  for (const char* wanted : {"/usr/bin/cat: cat motd", "/usr/bin/grep: grep plain",
                             "/usr/bin/id: id -u", "/usr/bin/wc: wc motd"}) {
    INFO(wanted);
    CHECK(std::count(lines.begin(), lines.end(), wanted) == 1);
  }

  const auto one = [&](const std::string& script) { return programs_of(left, script).back(); };
  const json::object read = one("cd /etc && exec cat motd </etc/passwd");
  CHECK(json::serialize(read.at("files")) == R"([{"path":"/etc/motd"},{"path":"/etc/passwd"}])");
  const json::object own = one("echo x >/tmp/own; ln -s /tmp/own /etc/link; exec cat /etc/link");
  CHECK(string_or(own.at("files").as_array()[0].as_object(), "path", "") == "/tmp/own");
  CHECK(own.at("files").as_array()[0].as_object().contains("changed"));
  const json::object fake = one("cp /usr/bin/echo /tmp/psql; PATH=/tmp:$PATH; exec psql t");
  CHECK(line_of(fake) == "/tmp/psql: psql t");
  CHECK(bool_or(fake, "changed", false));
  const json::object bent = one("LD_PRELOAD=/tmp/x.so PGHOST=db9 exec true");
  CHECK(json::serialize(bent.at("env")) == R"(["LD_PRELOAD=/tmp/x.so","PGHOST=db9"])");
  CHECK(bool_or(one("exec id >/dev/null"), "unseen", false));
  CHECK_FALSE(bool_or(one("id | cat"), "unseen", false));
}

TEST_CASE("programs behave under the watch as without it") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const auto status = [&](const std::string& script) {
    return left.start(watched({"sh", "-c", script}))->wait(deadline_in(std::chrono::seconds(60)));
  };
  CHECK(status("exec no-such-program") == 127);
  CHECK(status("exec /etc/motd") == 126);
  CHECK(left.start(watched({"no-such-program"}))->wait(deadline_in(std::chrono::seconds(60))) ==
        127);
  if (::access("/usr/bin/strace", X_OK) == 0) {
    CHECK(status("strace -f -o /tmp/trace sh -c 'id; true' && grep -q execve /tmp/trace") == 0);
  }
  if (::access("/usr/bin/gdb", X_OK) == 0) {
    CHECK(status("gdb -batch -ex run -ex 'info inferiors' /usr/bin/true") == 0);
  }
  // What outlives the command still starts programs, when nobody asks any more.
  CHECK(status("setsid sh -c 'while [ ! -e /run/go ]; do sleep 0.02; done; /usr/bin/env >/run/went' "
               ">/dev/null 2>&1 &") == 0);
  CHECK(left.exec({"sh", "-c", "echo >/run/go"}).ok());
  CHECK(eventually(30, [&] { return left.exec({"test", "-s", "/run/went"}).ok(); }));
}

TEST_CASE("whoever starts programs without end floods nobody with reports") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const auto programs = programs_of(
      stack.host("left"), "i=0; while [ $i -lt 1000 ]; do /usr/bin/true; i=$((i+1)); done");
  CHECK(programs.size() >= 100);
  CHECK(programs.size() < 1000);
}

TEST_CASE("a watched shell that nobody listens to goes on") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const auto terminal = stack.host("left").shell(watched({"sh"}), TerminalSize{});
  write_all(terminal->master(),
            "for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do "
            "/usr/bin/true $i$j $(seq 400); done; done; echo end''ed\r");
  CHECK(read_terminal(*terminal, "ended\r\n", 60).find("ended\r\n") != std::string::npos);
}

}  // namespace
}  // namespace gameday
