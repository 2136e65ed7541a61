// The project's own stack: up, healthy, and without a word in any host about what it is for.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"
#include "tests/support/tells.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;

// The project's stack with a cache beside the build, so that it is built once for all tests.
struct RealStack {
  test::TinyProject folder;  // only for its place; it must outlive the stack
  std::unique_ptr<Sandbox> sandbox = make_sandbox(testing::engine_under_test());
  RealStack() {
    Settings settings;
    settings.root = std::getenv("GAMEDAY_ROOT");
    settings.executables = test::build_folder();
    settings.cache = folder.root() / "cache";
    sandbox->up(read_topology(settings.root / "docker-compose.yml", {}), settings);
  }
};

TEST_CASE("the search for tells finds what is planted in a file, a process, a rule and a name") {
  REQUIRE_A_STACK();
  test::RunningStack stack;
  Host& left = stack.host("left");
  const auto files = "find /etc /run -type f";
  CHECK(testing::tells_of(left, files) == "");
  left.write_file("/etc/planted", "# for the next Drill\n");
  REQUIRE(left.exec({"nft", "add table ip t { comment \"chaos\"; }"}).ok());
  Command command;
  command.argv = {"perl", "-e", "sleep 60", "simulated"};
  const std::unique_ptr<Process> process = left.start(command);
  CHECK(test::eventually(10, [&] {
    const std::string found = testing::tells_of(left, files);
    UNSCOPED_INFO(found);
    return found.find("contents: Drill") != found.npos &&
           found.find("processes: simulated") != found.npos &&
           found.find("settings: chaos") != found.npos;
  }));
  left.write_file("/srv/harness/x", "");
  CHECK(testing::tells_of(left, files).find("names: harness") != std::string::npos);
}

TEST_CASE("no file, process, mount, descriptor or log line of the stack tells what it is for") {
  REQUIRE_A_STACK();
  RealStack stack;
  for (const HostSpec& spec : stack.sandbox->topology().hosts) {
    if (spec.team.empty()) continue;  // the outside world: nobody can enter it
    INFO(spec.name);
    Host& host = stack.sandbox->host(spec.name);
    const auto everything = "find / -xdev -type f ! -path '/usr/*' ! -path '/tmp/*'";
    CHECK(testing::tells_of(host, everything) == "");
#ifndef __SANITIZE_ADDRESS__  // the sanitizer compiles names of source files in
    const auto ours = "find /usr/local -type f ! -name gameday ! -name on";
    CHECK(testing::tells_of(host, ours) == "");
#endif
  }
}

}  // namespace
}  // namespace gameday
