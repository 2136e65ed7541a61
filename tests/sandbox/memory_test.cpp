// Memory of a stack is bounded, however a program takes it, and who goes is who took it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <catch2/catch.hpp>
#include <mutex>
#include <optional>

#include "core/error.hpp"
#include "core/fd.hpp"
#include "sandbox/native/memory_bounds.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using native::ProcessMemory;
using test::eventually;

constexpr int64_t kMiB = 1 << 20;

TEST_CASE("who has to go is the largest program that no service started, if that helps") {
  constexpr int64_t kBound = 800;  // an eighth of it is 100
  const ProcessMemory first{1, 0, "runsvdir", 5, true}, keeper{2, 1, "runsv", 1, false},
      service{3, 2, "postgres", 600, false}, worker{4, 3, "perl", 700, false},
      large{9, 0, "bash", 150, false}, small{9, 0, "bash", 99, false};
  struct Case {
    const char* what;
    std::vector<ProcessMemory> processes;
    pid_t victim;
  };
  const Case cases[] = {
      {"nobody", {}, 0},
      {"the first process alone", {first}, 1},
      {"a large shell beside a larger service", {first, keeper, service, large}, 9},
      {"a small shell beside a large service", {first, keeper, service, small}, 3},
      {"many small ones beside a service",
       {first, keeper, service, small, {10, 9, "perl", 60, false}, {11, 9, "perl", 61, false}},
       9},
      {"what a service started", {first, keeper, service, worker, small}, 4},
      {"a program that left its shell", {first, keeper, service, {9, 1, "perl", 150, false}}, 9},
      {"the largest of the shell's own",
       {first, {8, 0, "bash", 120, false}, {9, 8, "perl", 300, false}, {10, 9, "perl", 200, false}},
       9},
      {"one that calls itself a keeper", {first, {9, 0, "runsv", 900, false}}, 9},
      {"a circle that the kernel never shows", {{8, 9, "a", 10, false}, {9, 8, "b", 20, false}}, 9},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    CHECK(native::choose_victim(each.processes, kBound) == each.victim);
  }
}

TEST_CASE("what a machine must have left goes with its size, between bounds") {
  CHECK(native::least_available_bytes(1024 * kMiB) == 128 * kMiB);
  CHECK(native::least_available_bytes(16000 * kMiB) == 320 * kMiB);
  CHECK(native::least_available_bytes(256000 * kMiB) == 512 * kMiB);
}

// A stack with a low bound, and what its engine said.
struct BoundedStack {
  test::TinyProject project;
  std::mutex mutex;
  std::vector<MemoryNotice> notices;
  std::unique_ptr<Sandbox> sandbox = make_sandbox("native");

  explicit BoundedStack(const MemoryBounds& bounds) {
    Settings settings = project.settings();
    settings.memory = bounds;
    settings.memory_notice = [this](const MemoryNotice& notice) {
      const std::lock_guard lock(mutex);
      notices.push_back(notice);
    };
    sandbox->up(project.topology(), settings);
  }
  ~BoundedStack() { sandbox->down(); }  // the notices' thread ends before what it writes to
  std::vector<MemoryNotice> said() {
    const std::lock_guard lock(mutex);
    return notices;
  }
};

std::string number(long value) { return std::to_string(value); }

UniqueFd shared_memory(int64_t bytes) {
  UniqueFd file(::memfd_create("shared", MFD_CLOEXEC));
  REQUIRE(file);
  REQUIRE(::posix_fallocate(file.get(), 0, bytes) == 0);
  return file;
}

TEST_CASE("a program that takes too much memory goes, however it took it, and no other",
          "[ordinary]") {
  REQUIRE_A_STACK();
  constexpr int64_t kBound = 160 * kMiB;
  const std::string taken = number(240 * kMiB), stay = "print qq(taken\\n); sleep 60";
  const std::string zeros = "open Z, q(</dev/zero); ";
  struct Case {
    const char* what;
    std::string program;  // perl
    const char* killed;
  };
  const Case cases[] = {
      {"its own", "$x = q(a) x " + taken + "; ", "perl"},
      {"its children's, each below the bound",
       "for (1 .. 4) { unless (fork) { $x = q(a) x " + number(60 * kMiB) + "; sleep 60 } } ",
       "perl"},
      {"a memory file",
       "$n = q(data); $f = syscall(" + number(SYS_memfd_create) +
           ", $n, 0); open F, qq(>&=$f); $x = q(a) x 1048576; print F $x for 1 .. 240; ",
       "perl"},
      {"mapped and shared",
       zeros + "$a = syscall(" + number(SYS_mmap) + ", 0, " + taken + ", 3, 0x21, -1, 0); " +
           "syscall(" + number(SYS_read) + ", fileno(Z), $a, " + taken + "); ",
       "perl"},
      {"a System V segment",
       "$s = shmget(0, " + taken + ", 0600); $x = q(a) x 1048576; "
       "shmwrite($s, $x, $_ * 1048576, 1048576) for 0 .. 239; ",
       "shared memory"},
  };
  // Another program shares much when the stack starts, and gives it back then.
  std::optional<UniqueFd> another = shared_memory(240 * kMiB);
  BoundedStack stack({kBound, 0});
  another.reset();
  Host& left = stack.sandbox->host("left");
  const auto start = [](Host& host, const std::string& program) {
    return host.start({{"perl", "-e", program}, {}, "root", "/"});
  };
  const auto beside = start(left, "$x = q(b) x 10_000_000; sleep 600");
  const auto elsewhere = start(stack.sandbox->host("right"), "sleep 600");
  for (const Case& each : cases) {
    INFO(each.what);
    const size_t before = stack.said().size();
    const auto taker = start(left, "$| = 1; " + each.program + stay);
    REQUIRE(eventually(20, [&] { return stack.said().size() > before; }));
    const MemoryNotice notice = stack.said().at(before);
    CHECK(notice.host == "left");
    CHECK(notice.program == each.killed);
    CHECK(notice.held_bytes > kBound);
    taker->kill();
    CHECK(left.exec({"sh", "-c", "test $(ipcs -m | grep -c 600) = 0"}).ok());
  }
  CHECK_FALSE(beside->wait(std::chrono::steady_clock::now()));
  CHECK_FALSE(elsewhere->wait(std::chrono::steady_clock::now()));
  const std::string log = left.read_file("/var/log/kern.log").value_or("");
  INFO(log);
  CHECK(log.find("left kernel: Out of memory: killed process ") != log.npos);
  CHECK(log.find("(perl)") != log.npos);
}

TEST_CASE("a stack ends before its machine has no memory left, and says why") {
  REQUIRE_A_STACK();
  test::TinyProject project;
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  Settings settings = project.settings();
  settings.memory.available_bytes = int64_t{1} << 60;  // more than any machine has
  std::vector<MemoryNotice> notices;
  settings.memory_notice = [&](const MemoryNotice& notice) { notices.push_back(notice); };
  CHECK_THROWS_WITH(sandbox->up(project.topology(), settings),
                    Catch::Contains("the stack was ended: the machine had") &&
                        Catch::Contains("MiB of memory left"));
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].host == "");
  CHECK_FALSE(sandbox->alive());
  CHECK(sandbox->residue().empty());
}

}  // namespace
}  // namespace gameday
