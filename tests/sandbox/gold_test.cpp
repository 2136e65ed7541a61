// The tree that every stack starts from: built once, rebuilt when what it is made of changes.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <iostream>

#include "core/error.hpp"
#include "sandbox/native/archive.hpp"
#include "sandbox/native/gold.hpp"
#include "sandbox/native/identity.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::TinyProject;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

size_t trees(const TinyProject& project) {
  size_t count = 0;
  for (const auto& each : fs::directory_iterator(project.root() / "cache/gold")) {
    count += each.is_directory();
  }
  return count;
}

TEST_CASE("the tree is built once and again when a file or an executable changes") {
  REQUIRE_A_STACK();
  const TinyProject project;
  const fs::path tool = project.root() / "tool";
  std::ofstream(tool) << "#!/bin/sh\necho one\n";
  ::chmod(tool.c_str(), 0755);
  project.write_stack("executables", tool.string() + " plain /usr/local/bin/tool\n");
  CHECK(native::open_gold(project.settings()).built);
  CHECK_FALSE(native::open_gold(project.settings()).built);
  project.write_stack("roles/base/etc/extra", "extra\n");
  CHECK(native::open_gold(project.settings()).built);
  std::ofstream(tool, std::ios::app) << "echo two\n";
  CHECK(native::open_gold(project.settings()).built);
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  sandbox->up(project.topology(), project.settings());
  CHECK(sandbox->host("left").exec({"tool"}).out == "one\ntwo\n");
  CHECK(sandbox->host("far").exec({"tool"}).status == 127);
}

TEST_CASE("old trees go, those in use stay, and clean takes all that is not used", "[ordinary]") {
  REQUIRE_A_STACK();
  const TinyProject project;
  const native::GoldTree used = native::open_gold(project.settings());
  for (int version = 0; version < 5; ++version) {
    project.write_stack("roles/base/etc/version", std::to_string(version));
    native::open_gold(project.settings());
  }
  CHECK(trees(project) <= 4);
  CHECK(fs::exists(used.folder));
  clean_caches(project.root() / "cache", test::build_folder());
  CHECK(trees(project) == 1);
  CHECK(fs::exists(used.folder));
}

TEST_CASE("a tree made when the user had other subordinate ids hinders nobody") {
  REQUIRE_A_STACK();
  if (::geteuid() != 0) {
    std::cout << "SKIPPED: only root can make files of ids that are not its own\n";
    return;
  }
  const TinyProject project;
  const fs::path stale = project.root() / "cache/gold/stale", inner = stale / "hosts/db1";
  fs::create_directories(inner);
  std::ofstream(inner / "log") << "old\n";
  for (const fs::path& each : {inner / "log", inner, stale / "hosts", stale}) {
    REQUIRE(::chown(each.c_str(), 3'000'000, 3'000'000) == 0);
    REQUIRE(::chmod(each.c_str(), 0700) == 0);
  }
  std::ofstream(stale.string() + ".lock");
  fs::last_write_time(stale.string() + ".lock", fs::file_time_type::clock::now() - 24h);
  for (int version = 0; version < 5; ++version) {
    project.write_stack("roles/base/etc/version", std::to_string(version));
    CHECK_NOTHROW(native::open_gold(project.settings()));
  }
  CHECK_FALSE(fs::exists(stale));
}

TEST_CASE("two builders at once make one tree") {
  REQUIRE_A_STACK();
  const TinyProject project;
  project.write_stack("build-database", "sleep 0.2\n");
  const auto open = [&] { return native::open_gold(project.settings()).built; };
  std::future<bool> other = std::async(std::launch::async, open);
  const bool built_here = open();
  CHECK(other.get() != built_here);
  CHECK(trees(project) == 1);
}

TEST_CASE("a database that cannot be made is said with its last line and leaves no tree") {
  REQUIRE_A_STACK();
  const TinyProject project;
  project.write_stack("build-database", "echo the disk is made of cheese >&2\nexit 3\n");
  std::vector<std::string> lines;
  Settings settings = project.settings();
  settings.progress = [&](const std::string& line) { lines.push_back(line); };
  CHECK_THROWS_WITH(native::open_gold(settings), Catch::Contains("build-database"));
  CHECK(std::count(lines.begin(), lines.end(), "the disk is made of cheese") == 1);
  CHECK(trees(project) == 0);
}

TEST_CASE("the database's script runs as root of a host and its data reach the hosts of role db") {
  REQUIRE_A_STACK();
  const TinyProject project;
  project.write_stack("build-database",
                      "id -u >/var/lib/postgresql/who; cat \"$(dirname \"$0\")/seed.txt\" "
                      ">>/var/lib/postgresql/who\n");
  project.write_stack("seed.txt", "seeded\n");
  project.write_stack("roles/db/etc/motd", "database\n");
  Topology topology = project.topology();
  topology.hosts[3].role = "db";
  topology.hosts[3].health.test.clear();
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  sandbox->up(topology, project.settings());
  CHECK(sandbox->host("far").read_file("/var/lib/postgresql/who") == "0\nseeded\n");
  CHECK_FALSE(sandbox->host("left").read_file("/var/lib/postgresql/who"));
}

TEST_CASE("a broken list of owners or executables is named with its line") {
  REQUIRE_A_STACK();
  const TinyProject project;
  project.write_stack("owners", "# comment\n/etc/motd ghost:root 0644\n");
  CHECK_THROWS_WITH(native::open_gold(project.settings()), Catch::Contains("owners:2"));
  project.write_stack("owners", "/etc/motd root:root 0649\n");
  CHECK_THROWS_WITH(native::open_gold(project.settings()), Catch::Contains("0649"));
  project.write_stack("owners", "");
  project.write_stack("executables", "a b\n");
  CHECK_THROWS_WITH(native::open_gold(project.settings()), Catch::Contains("executables:1"));
  project.write_stack("executables", "no/such/file base /usr/local/bin/x\n");
  CHECK_THROWS_WITH(native::open_gold(project.settings()), Catch::Contains("build the project"));
}

TEST_CASE("an archive gives back what was packed, and a cut one is an error") {
  using Type = native::ArchiveEntry::Type;
  const std::vector<native::ArchiveEntry> entries = {
      {"base/etc", Type::kFolder, 0755, ""},
      {"base/etc/x", Type::kFile, 0644, std::string("a\0b", 3)},
      {"base/bin", Type::kLink, 0777, "usr/bin"}};
  const std::string bytes = native::pack(entries);
  const std::vector<native::ArchiveEntry> back = native::unpack(bytes);
  REQUIRE(back.size() == 3);
  CHECK(back[1].content == entries[1].content);
  CHECK(back[2].type == Type::kLink);
  CHECK(back[2].path == "base/bin");
  for (size_t size = 1; size < bytes.size(); size += 7) {
    const std::string cut = bytes.substr(0, size);
    bool noticed = false;
    try {
      noticed = native::unpack(cut).size() < entries.size();
    } catch (const Error&) {
      noticed = true;
    }
    CHECK(noticed);
  }
}

TEST_CASE("subordinate ids are found by name and by number, and root's range overlaps nobody's") {
  constexpr const char* kText = "ann:100000:65536\n1001:165536:65536\nbroken\nann:300000:70000\n";
  CHECK(native::find_subordinate_ids(kText, "ann", 1000).first == 300000);
  CHECK(native::find_subordinate_ids(kText, "bob", 1001).first == 165536);
  CHECK(native::find_subordinate_ids(kText, "eve", 1002).count == 0);
  CHECK(native::free_range_above(kText) == 370000);
  CHECK(native::free_range_above("") == 100000);
}

}  // namespace
}  // namespace gameday
