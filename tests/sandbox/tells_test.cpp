// The project's own stack: up, healthy, and without a word in any host about what it is for.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;

// The project's stack with a cache beside the build, so that it is built once for all tests.
struct RealStack {
  test::TinyProject folder;  // only for its place; it must outlive the stack
  std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  RealStack() {
    Settings settings;
    settings.root = std::getenv("GAMEDAY_ROOT");
    settings.executables = test::build_folder();
    settings.cache = folder.root() / "cache";
    sandbox->up(read_topology(settings.root / "docker-compose.yml", {}), settings);
  }
};

// Words that would name the harness, the kind of the event, or that somebody made it.
constexpr const char* kTells =
    "gameday|(?<![a-z])(drill|scenario|faults?(?![a-z])|inject(ed|or|s)?(?![a-z])|decoy|sandbox|"
    "conductor|harness|chaos|simulat|exercise|story(?![a-z])|twin(?![a-z]))|standby_read_only|"
    "session_read_only|bwrap|bubblewrap";

TEST_CASE("no file, process, mount, descriptor or log line of the stack tells what it is for") {
  REQUIRE_A_STACK();
  RealStack stack;
  for (const HostSpec& spec : stack.sandbox->topology().hosts) {
    if (spec.team.empty()) continue;  // the outside world: nobody can enter it
    INFO(spec.name);
    Host& host = stack.sandbox->host(spec.name);
    const auto search = [&](const std::string& source) {
      Command command;
      // The words come on the standard input: as an argument they would find themselves.
      command.argv = {"sh", "-c",
                      "words=$(cat); { " + source +
                          "; } >/tmp/seen 2>/dev/null; printf '.{0,30}(?:%s).{0,30}' \"$words\" "
                          ">/tmp/words; LC_ALL=C grep -aoiP -f /tmp/words /tmp/seen | head -5; "
                          "rm /tmp/seen /tmp/words"};
      return host.exec(command, std::chrono::seconds(60), kTells).out;
    };
    CHECK(search("grep -arI '' / --exclude-dir=proc --exclude-dir=usr --exclude-dir=dev "
                 "--exclude=seen --exclude=words") == "");
#ifndef __SANITIZE_ADDRESS__  // the sanitizer compiles names of source files in
    CHECK(search("cat $(find /usr/local -type f ! -name gameday ! -name on)") == "");
#endif
    CHECK(search("find / -xdev ! -path '/proc/*' ! -path /usr/local/bin/gameday") == "");
    CHECK(search("cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/comm "
                 "/proc/self/mountinfo /proc/net/unix") == "");
    CHECK(search("ls -l /proc/[0-9]*/fd /proc/[0-9]*/exe /proc/[0-9]*/cwd /proc/[0-9]*/root") ==
          "");
    CHECK(search("nft list ruleset; ip route; ip rule; ip -d link; sysctl -a; ipcs; env; ps auxe") ==
          "");
  }
}

}  // namespace
}  // namespace gameday
