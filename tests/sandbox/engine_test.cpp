// The native engine on a tiny stack: what every verb of Host promises.
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <iostream>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;
using test::TinyProject;

#define REQUIRE_A_STACK()                                \
  if (const std::string why = test::why_no_stack(); !why.empty()) { \
    std::cout << "SKIPPED: " << why << "\n";             \
    return;                                              \
  }

struct Running {
  TinyProject project;
  std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  Running() { sandbox->up(project.topology(), project.settings()); }
  Host& host(const char* name) { return sandbox->host(name); }
};

TEST_CASE("a command runs in the host and gives its status and both streams") {
  REQUIRE_A_STACK();
  Running stack;
  Host& left = stack.host("left");
  ExecResult result = left.exec({"sh", "-c", "echo out; echo err >&2; exit 7"});
  CHECK(result.status == 7);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(left.exec({"hostname"}).out == "left\n");
  CHECK(left.exec({"no-such-program"}).status == 127);
  CHECK(left.exec({"sh", "-c", "kill -TERM $$"}).status == 128 + 15);
}

}  // namespace
}  // namespace gameday
