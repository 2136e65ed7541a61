// A shell in a host, as a trainee has it.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;
using test::read_terminal;
using test::RunningStack;

std::unique_ptr<Terminal> open_shell(Host& host) {
  Command command;
  command.argv = {"bash", "--norc", "-i"};
  command.env = {{"PS1", "ready> "}};
  std::unique_ptr<Terminal> terminal = host.shell(command, TerminalSize{100, 30});
  REQUIRE(read_terminal(*terminal, "ready> ").ends_with("ready> "));
  return terminal;
}

// Types a line and returns what came until its output ended (a resize draws the prompt again, so
// the prompt is no sign of that).
std::string type(Terminal& terminal, const std::string& line) {
  write_all(terminal.master(), line + "\recho end''ed\r");
  return read_terminal(terminal, "ended\r\n");
}

TEST_CASE("a shell has a terminal of its own host with the right size from its first moment",
          "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const auto terminal = open_shell(stack.host("left"));
  CHECK(type(*terminal, "tty").find("/dev/pts/0") != std::string::npos);
  CHECK(type(*terminal, "stty size").find("30 100") != std::string::npos);
  terminal->resize(TerminalSize{132, 50});
  CHECK(type(*terminal, "stty size").find("50 132") != std::string::npos);
  CHECK(type(*terminal, "echo gr\xc3\xbc\xc3\x9f").find("\rgr\xc3\xbc\xc3\x9f\r\n") !=
        std::string::npos);
  write_all(terminal->master(), "exit 3\r");
  CHECK(terminal->wait(deadline_in(std::chrono::seconds(5))) == 3);
}

TEST_CASE("Ctrl-C and Ctrl-Z reach the program in the foreground only") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const auto terminal = open_shell(left);
  const auto sleeping = [&](const char* seconds) {
    return left.exec({"pgrep", "-f", std::string("^sleep ") + seconds}).ok();
  };
  write_all(terminal->master(), "sleep 4721\r");
  REQUIRE(eventually(30, [&] { return sleeping("4721"); }));
  write_all(terminal->master(), "\x03");
  read_terminal(*terminal, "ready> ");
  CHECK(type(*terminal, "echo status $?").find("status 130") != std::string::npos);
  CHECK_FALSE(sleeping("4721"));
  write_all(terminal->master(), "sleep 4722\r");
  REQUIRE(eventually(30, [&] { return sleeping("4722"); }));
  write_all(terminal->master(), "\x1a");
  CHECK(read_terminal(*terminal, "Stopped").find("Stopped") != std::string::npos);
  CHECK(type(*terminal, "jobs").find("sleep 4722") != std::string::npos);
  CHECK(type(*terminal, "kill %1; wait; echo done").find("done") != std::string::npos);
}

TEST_CASE("closing a shell ends all that it started, background jobs too") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  auto terminal = open_shell(left);
  type(*terminal, "nohup sleep 4731 >/dev/null 2>&1 &");
  const auto running = [&] { return left.exec({"pgrep", "-f", "sleep 4731"}).ok(); };
  REQUIRE(eventually(30, running));
  terminal.reset();
  CHECK(eventually(30, [&] { return !running(); }));
}

TEST_CASE("several shells are open at once, and one for an unknown user is refused") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const auto one = open_shell(stack.host("left")), two = open_shell(stack.host("left"));
  CHECK(type(*two, "tty").find("/dev/pts/1") != std::string::npos);
  CHECK(type(*one, "tty").find("/dev/pts/0") != std::string::npos);
  Command command;
  command.argv = {"bash"};
  command.user = "stranger";
  CHECK_THROWS_WITH(stack.host("left").shell(command, TerminalSize{}),
                    Catch::Contains("stranger"));
}

}  // namespace
}  // namespace gameday
