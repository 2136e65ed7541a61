#include "core/child.hpp"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"

namespace gameday {
namespace {

Deadline soon() { return deadline_in(std::chrono::seconds(10)); }

TEST_CASE("a program's output and status come back") {
  const ChildResult result = run_child({"sh", "-c", "echo out; echo err >&2; exit 4"});
  CHECK(result.status == 4);
  CHECK(result.output == "out\nerr\n");
  CHECK_FALSE(result.timed_out);
  CHECK(run_child({"sh", "-c", "kill -TERM $$"}).status == 128 + SIGTERM);
  CHECK(run_child({"no-such-program-here"}).status == 127);
}

TEST_CASE("a program is killed at its limit, even one that closed its output") {
  CHECK(run_child({"sleep", "60"}, std::chrono::milliseconds(50)).timed_out);
  const ChildResult silent =
      run_child({"sh", "-c", "exec >/dev/null 2>&1; sleep 60"}, std::chrono::milliseconds(300));
  CHECK(silent.timed_out);
  CHECK(silent.status == 128 + SIGKILL);
}

TEST_CASE("a child gets exactly the descriptors it is given, in their order") {
  Pipe one = make_pipe(), two = make_pipe();
  Child child({"sh", "-c", "echo first >&3; echo second >&4; ls /proc/self/fd >&1"},
              {{-1, -1, -1, two.writer.get(), one.writer.get()}, true});
  one.writer.reset();
  two.writer.reset();
  CHECK(read_to_end(two.reader.get()) == "first\n");
  CHECK(read_to_end(one.reader.get()) == "second\n");
  CHECK(child.wait(soon()) == 0);
}

TEST_CASE("a child is gone with its owner, and none starts from a missing program") {
  pid_t pid = 0;
  {
    Child child({"sleep", "60"});
    pid = child.pid();
    CHECK(child.running());
    CHECK_FALSE(child.wait(deadline_in(std::chrono::milliseconds(1))));
  }
  CHECK(::kill(pid, 0) == -1);
  CHECK_THROWS_AS(Child({"/no/such/program"}), Error);
}

}  // namespace
}  // namespace gameday
