#include "core/file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/journal.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

struct Folder : TemporaryFolder {
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), {}));
  }
};

std::string content_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// What `action` throws where no file may become larger than this; empty: nothing. A full disk, but
// for the error's number.
std::string error_within(rlim_t bytes, const std::function<void()>& action) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    std::string said;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      action();
    } catch (const Error& error) {
      said = error.what();
    }
    const ssize_t ignored = ::write(ends[1], said.data(), said.size());
    static_cast<void>(ignored);
    ::_exit(0);
  }
  ::close(ends[1]);
  char buffer[512];
  const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return std::string(buffer, static_cast<size_t>(std::max<ssize_t>(0, count)));
}

}  // namespace

TEST_CASE("a file is replaced whole, keeps its mode, and leaves nothing beside it") {
  const Folder folder;
  const fs::path file = folder.path / "a.json";
  write_file(file, "one\n");
  CHECK(content_of(file) == "one\n");
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  fs::create_symlink("a.json", folder.path / "link");
  write_file(folder.path / "link", "two\n");
  CHECK(content_of(file) == "two\n");
  CHECK(fs::is_symlink(folder.path / "link"));
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0640);
  CHECK(folder.files() == 2);
}

TEST_CASE("what cannot be written leaves what was there, and says which file and why") {
  const Folder folder;
  const fs::path file = folder.path / "a.json";
  write_file(file, "old\n");
  const std::string why = error_within(4096, [&] { write_file(file, std::string(100'000, 'x')); });
  CHECK_THAT(why, Catch::Contains("cannot write " + file.string()) &&
                      Catch::Contains("File too large"));
  CHECK(error_within(4096, [&] { write_file(folder.path / "b", std::string(100'000, 'x')); }) != "");
  CHECK(content_of(file) == "old\n");
  CHECK(folder.files() == 1);
  CHECK_THROWS_WITH(write_file(folder.path, "x"), Catch::Contains("it is a folder"));
  CHECK_THROWS_WITH(write_file(folder.path / "no" / "a", "x"),
                    Catch::Contains("No such file or directory"));
}

TEST_CASE("a device is written to and stays what it is") {
  write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_WITH(write_file("/dev/full", "x"),
                    Catch::Contains("cannot write /dev/full") && Catch::Contains("No space left"));
  CHECK(fs::is_character_file("/dev/full"));
  const Folder folder;
  CHECK_NOTHROW(check_can_write("/dev/full"));
  CHECK_NOTHROW(check_can_write(folder.path / "new"));
  CHECK_THROWS_AS(check_can_write(folder.path), Error);
  CHECK_THROWS_AS(check_can_write(folder.path / "no" / "a"), Error);
  CHECK(folder.files() == 0);
}

TEST_CASE("an event that the disk refuses leaves no part of a line in the journal") {
  const Folder folder;
  const fs::path file = folder.path / "journal.jsonl";
  SystemClock clock;
  JournalWriter journal(file, clock);
  journal.append("note", {{"text", "whole"}});
  const std::string why = error_within(
      4096, [&] { journal.append("note", {{"text", std::string(100'000, 'x')}}); });
  CHECK_THAT(why, Catch::Contains("journal: ") && Catch::Contains("free space"));
  journal.append("note", {{"text", "later"}});
  const Journal read = read_journal(file);
  CHECK_FALSE(read.truncated);
  REQUIRE(read.events.size() == 2);
  CHECK(read.events.back().seq == 2);
}
