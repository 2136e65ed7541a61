#include "journal/journal.hpp"

#include <sys/resource.h>

#include <csignal>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "journal/events.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;

namespace {

class HandTurnedClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return now_; }
  WallTime wall() const override { return WallTime(std::chrono::seconds(1'700'000'000)); }
  void turn(std::chrono::milliseconds by) { now_ += by; }

 private:
  std::chrono::steady_clock::time_point now_{};
};

}  // namespace

TEST_CASE("what was appended is read back, in order, with its machine time") {
  const TemporaryFolder folder;
  HandTurnedClock clock;
  JournalWriter writer(folder.path / "journal.jsonl", clock);
  writer.append(events::kPhase, {{"name", "up"}});
  clock.turn(std::chrono::milliseconds(1500));
  writer.append(events::kPhase, {{"name", "baseline"}});

  const Journal journal = read_journal(folder.path / "journal.jsonl");
  REQUIRE(journal.events.size() == 2);
  CHECK(journal.events[0].seq == 1);
  CHECK(journal.events[1].seq == 2);
  CHECK(journal.phase_at("baseline") == Approx(1.5));
  CHECK(journal.phase_at("respond") < 0);
  CHECK(journal.events[0].wall == "2023-11-14T22:13:20.000Z");
  CHECK_FALSE(journal.truncated);
}

TEST_CASE("what went wrong beside a drill is kept once a place, and never ends it") {
  const TemporaryFolder folder;
  HandTurnedClock clock;
  JournalWriter writer(folder.path / "journal.jsonl", clock);
  for (int i = 0; i < 3; ++i) writer.trouble("teams", "db2 is gone");
  writer.trouble("teams", "db1 is gone");
  Journal journal = read_journal(folder.path / "journal.jsonl");
  REQUIRE(journal.events.size() == 2);
  CHECK(journal.events[0].kind == events::kTrouble);
  CHECK(journal.events[0].data == json::object{{"where", "teams"}, {"what", "db2 is gone"}});
  for (int i = 0; i < 1000; ++i) writer.trouble("flood", std::to_string(i));
  journal = read_journal(folder.path / "journal.jsonl");
  CHECK(journal.events.size() == 200);
}

TEST_CASE("a line cut off by a crash is dropped and said, a broken line inside is an error") {
  const TemporaryFolder folder;
  const auto file = folder.path / "journal.jsonl";
  std::ofstream(file) << R"({"seq":1,"at":0,"wall":"","kind":"phase","data":{"name":"up"}})"
                      << "\n" << R"({"seq":2,"at":1,"ki)";
  const Journal journal = read_journal(file);
  CHECK(journal.events.size() == 1);
  CHECK(journal.truncated);

  std::ofstream(file) << "not json\n";
  CHECK_THROWS_WITH(read_journal(file), Catch::Contains("journal.jsonl:1"));
}

TEST_CASE("a journal is never written over") {
  const TemporaryFolder folder;
  const SystemClock clock;
  const JournalWriter first(folder.path / "journal.jsonl", clock);
  CHECK_THROWS_AS(JournalWriter(folder.path / "journal.jsonl", clock), Error);
}

TEST_CASE("a disk that refuses is said with what to do, and what was acknowledged is kept") {
  const TemporaryFolder folder;
  const SystemClock clock;
  JournalWriter writer(folder.path / "journal.jsonl", clock);
  writer.append(events::kPhase, {{"name", "up"}});
  // A file that may not grow answers like a full disk.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto* handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{1, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  std::string said;
  try {
    writer.append(events::kPhase, {{"name", "baseline"}});
  } catch (const Error& error) {
    said = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(said.find("journal: ") == 0);
  CHECK(said.find("free space") != std::string::npos);
  CHECK(read_journal(folder.path / "journal.jsonl").events.size() == 1);
}
