// The harness is asked to stop, or is killed, in every phase: the journal keeps all that was
// acknowledged, and soon nothing of the stack is left.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "journal/events.hpp"
#include "journal/journal.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

std::filesystem::path only_drill(const TemporaryFolder& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    if (std::filesystem::exists(entry.path() / "journal.jsonl")) return entry.path();
  }
  return {};
}

// Starts a replay and waits until its journal shows the phase.
bool reaches(const TemporaryFolder& folder, const std::string& phase) {
  return eventually(60s, [&] {
    const auto drill = only_drill(folder);
    return !drill.empty() && read_journal(drill / "journal.jsonl").phase_at(phase) >= 0;
  });
}

}  // namespace

TEST_CASE("SIGINT ends a replay cleanly in every phase and SIGTERM does the same") {
  const std::vector<std::pair<int, const char*>> endings = {
      {SIGINT, "up"}, {SIGINT, "baseline"}, {SIGINT, "respond"}, {SIGINT, "settle"},
      {SIGTERM, "baseline"}};
  for (const auto& [number, phase] : endings) {
    INFO("signal " << number << " in phase " << phase);
    const TemporaryFolder folder;
    Program replay({gameday_program(), "replay", "read-only-primary", "--folder",
                    folder.path.string()});
    REQUIRE(reaches(folder, phase));
    const auto below = descendants(replay.pid());
    replay.signal(number);
    const auto outcome = replay.wait(30s);
    REQUIRE(outcome);
    INFO(outcome->err);
    CHECK(outcome->status == 1);
    CHECK(outcome->err.find("gameday: replay: stopped: ") != std::string::npos);
    CHECK(eventually(5s, [&below] { return still_running(below).empty(); }));
    const Journal journal = read_journal(only_drill(folder) / "journal.jsonl");
    CHECK_FALSE(journal.truncated);
    const Event* end = journal.last(events::kEnd);
    REQUIRE(end != nullptr);
    CHECK(string_or(end->data, "reason", "") == "interrupted");
  }
}

TEST_CASE("Ctrl-C ends a series of replays with the table of those that were finished") {
  const TemporaryFolder folder;
  const std::string junit = (folder.path / "replays.xml").string();
  Program series({gameday_program(), "replay", "--all", "--repeat", "2", "--folder",
                  folder.path.string(), "--junit", junit});
  REQUIRE(reaches(folder, "baseline"));
  const auto below = descendants(series.pid());
  series.signal(SIGINT);
  const auto outcome = series.wait(30s);
  REQUIRE(outcome);
  INFO(outcome->err << outcome->out);
  CHECK(outcome->status == 1);
  CHECK(outcome->out.find("0 replays in 0 s, not all as documented; stopped before the end: "
                          "interrupted") != std::string::npos);
  CHECK(std::filesystem::exists(junit));
  CHECK(eventually(5s, [&below] { return still_running(below).empty(); }));
  const Journal journal = read_journal(only_drill(folder) / "journal.jsonl");
  CHECK(journal.last(events::kEnd) != nullptr);
}

TEST_CASE("SIGKILL of the harness leaves no process and a readable journal in every phase") {
  for (const char* phase : {"up", "baseline", "respond", "settle"}) {
    INFO("in phase " << phase);
    const TemporaryFolder folder;
    Program replay(
        {gameday_program(), "replay", "read-only-primary", "--folder", folder.path.string()});
    REQUIRE(reaches(folder, phase));
    const auto below = descendants(replay.pid());
    replay.signal(SIGKILL);
    REQUIRE(replay.wait(5s));
    CHECK(eventually(5s, [&below] { return still_running(below).empty(); }));
    const Journal journal = read_journal(only_drill(folder) / "journal.jsonl");
    CHECK(journal.phase_at(phase) >= 0);
  }
}

TEST_CASE("Ctrl-C at the prompt before the shell ends the drill at once") {
  const TemporaryFolder folder;
  int terminal = -1;
  const std::string program = gameday_program().string(), path = folder.path.string();
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::execl(program.c_str(), program.c_str(), "run", "--folder", path.c_str(), nullptr);
    ::_exit(127);
  }
  const UniqueFd screen(terminal);
  std::string seen;
  const auto read_until = [&](const std::function<bool()>& done, std::chrono::seconds limit) {
    const Deadline deadline = deadline_in(limit);
    char buffer[4096];
    while (!done() && wait_readable(screen.get(), deadline)) {
      const ssize_t count = ::read(screen.get(), buffer, sizeof buffer);
      if (count <= 0) return;  // the program is gone
      seen.append(buffer, static_cast<size_t>(count));
    }
  };
  read_until([&seen] { return seen.find("Press Enter") != std::string::npos; }, 90s);
  INFO(seen);
  CHECK(seen.find("Press Enter") != std::string::npos);
  write_all(screen.get(), "\x03");
  read_until([] { return false; }, 20s);
  int status = -1;
  const bool ended = eventually(20s, [&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  CHECK(ended);
  if (!ended) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
  }
  CHECK(seen.find("gameday: run: stopped: interrupted") != std::string::npos);
  CHECK(WIFEXITED(status));
}

TEST_CASE("a killed workload ends the replay with one clear line") {
  const TemporaryFolder folder;
  Program replay(
      {gameday_program(), "replay", "read-only-primary", "--folder", folder.path.string()});
  REQUIRE(reaches(folder, "respond"));
  pid_t workload = 0;
  for (const std::string& process : descendants(replay.pid())) {
    const std::string pid = process.substr(0, process.find(' '));
    std::ifstream comm("/proc/" + pid + "/comm");
    std::string name;
    if (std::getline(comm, name) && name == "workload") workload = std::stoi(pid);
  }
  REQUIRE(workload > 0);
  REQUIRE(::kill(workload, SIGKILL) == 0);
  const auto outcome = replay.wait(30s);
  REQUIRE(outcome);
  INFO(outcome->err);
  CHECK(outcome->status == 1);
  CHECK(outcome->err.find("workload: it ended before the drill did") != std::string::npos);
}
