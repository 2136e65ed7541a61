#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "core/error.hpp"
#include "sandbox/stack/snapshot/blocks.hpp"
#include "sandbox/stack/snapshot/logs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;
using namespace gameday::snapshot;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kNow = 1'795'276'281'500'000;  // 2026-11-21 15:51:21.5 UTC

std::string read_whole(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

// Runs a command line of a shell; what it printed.
std::string run(const std::string& line) {
  FILE* pipe = ::popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char buffer[4096];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, count);
  }
  REQUIRE(::pclose(pipe) == 0);
  return out;
}

// A storage of two blocks, as promtool makes it.
void make_storage(const TemporaryFolder& folder) {
  std::ofstream day(folder.path / "day.om");
  for (int i = 0; i <= 1440; ++i) {
    day << "requests_total{instance=\"a\"} " << i * 7 << " " << 1763532000 + i * 60 << "\n"
        << "level{instance=\"b\",zone=\"z\"} " << (i % 9) * 0.25 << " " << 1763532000 + i * 60
        << "\n";
  }
  day << "# EOF\n";
  day.close();
  fs::create_directories(folder.path / "storage/wal");  // its reader wants one
  run("promtool tsdb create-blocks-from openmetrics --max-block-duration=18h -q " +
      (folder.path / "day.om").string() + " " + (folder.path / "storage").string());
}

std::string dump(const TemporaryFolder& folder) {
  return run("promtool tsdb dump " + (folder.path / "storage").string() + " | sort");
}

// The dump with every time changed by so much.
std::string moved(const std::string& dumped, int64_t by_ms) {
  std::istringstream lines(dumped);
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    const size_t blank = line.rfind(' ');
    all += line.substr(0, blank + 1) + std::to_string(std::stoll(line.substr(blank + 1)) + by_ms) +
           "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("a storage that is moved in time holds the same samples, and Prometheus's tool reads it") {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) {
    std::cout << "SKIPPED: promtool is not installed\n";
    return;
  }
  const TemporaryFolder folder;
  make_storage(folder);
  const std::string before = dump(folder);
  REQUIRE(std::count(before.begin(), before.end(), '\n') == 2 * 1441);
  const int64_t end_ms = kNow / 1000;
  const fs::path storage = folder.path / "storage";
  move_storage(storage, storage, end_ms);
  const int64_t by_ms = end_ms - (1763532000LL * 1000 + 86400 * 1000 + 1);
  CHECK(dump(folder) == moved(before, by_ms));
  move_storage(storage, storage, end_ms - by_ms);
  CHECK(dump(folder) == before);

  fs::rename(storage, folder.path / "day");
  fs::create_directories(storage / "wal");
  move_storage(folder.path / "day", storage, end_ms);
  CHECK(dump(folder) == moved(before, by_ms));
}

TEST_CASE("what is no block of Prometheus is refused, not damaged") {
  CHECK_THROWS_AS(move_index("", 1), Error);
  CHECK_THROWS_AS(move_index(std::string(100, 'x'), 1), Error);
  CHECK_THROWS_AS(move_chunks("short", 1), Error);
  CHECK_THROWS_AS(move_chunks(std::string(100, 'x'), 1), Error);
  CHECK_THROWS_AS(block_end_ms("{}"), Error);
}

TEST_CASE("logs lie in the past, in order, in the service's own form, and alike for a day") {
  const std::string rules = "# comment\nstamp svlogd\nevery 30 ms={501-509} {a|b} {net}.1.10\n"
                            "at -1 02:30:41 backup {%H:%M}\nat 0 23:59:59 never\n";
  const LogPlace place{kNow, "web1", "10.78"};
  const auto lines = lines_of(rules, place, 3);
  REQUIRE(lines.size() > 70);
  for (size_t i = 0; i < lines.size(); ++i) {
    CHECK(lines[i].at_us < kNow);
    CHECK(lines[i].at_us > kNow - 3 * 86'400'000'000);
    if (i > 0) CHECK(lines[i - 1].at_us <= lines[i].at_us);
    CHECK_THAT(lines[i].text,
               Catch::Matches("2026-11-(18|19|20|21)_[0-9:]{8}\\.[0-9]{5} "
                              "(ms=50[1-9] [ab] 10\\.78\\.1\\.10|backup 02:30)"));
  }
  const auto again = lines_of(rules, place, 3), other = lines_of(rules, {kNow, "web2", "10.78"}, 3);
  CHECK(again.front().text == lines.front().text);
  CHECK(other.front().text != lines.front().text);
  CHECK_THROWS_WITH(lines_of("often x", place, 3), Catch::Contains("often"));
  CHECK_THROWS_WITH(lines_of("every 5 {what}", place, 3), Catch::Contains("{what}"));
}

TEST_CASE("rotated logs are named as svlogd names them and are as old as their last lines") {
  CHECK(tai64n_name(0) == "@400000000000000a00000000");
  const TemporaryFolder folder;
  write_logs(folder.path, lines_of("stamp svlogd\nevery 60 x\n", {kNow, "web1", "10.77"}, 2), kNow);
  size_t rotated = 0;
  for (const auto& each : fs::directory_iterator(folder.path)) {
    const std::string name = each.path().filename().string();
    const std::string text = read_whole(each.path());
    if (name == "current") {
      CHECK(text.starts_with("2026-11-21_0"));
      continue;
    }
    ++rotated;
    CHECK_THAT(name, Catch::Matches("@4000[0-9a-f]{20}\\.s"));
    const std::string first_day = text.substr(0, 10);
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      CHECK(text.substr(at, 10) == first_day);
    }
  }
  CHECK(rotated == 2);
}

TEST_CASE("the change log tells the past and not what is still to come") {
  CHECK(change_log("# days\n-2 10:00  web: r41\n0 02:30  db2: backup\n0 23:00  later\n", kNow) ==
        "2026-11-19 10:00  web: r41\n2026-11-21 02:30  db2: backup\n");
}
