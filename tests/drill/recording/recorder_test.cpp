#include "drill/recording/recorder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/error.hpp"
#include "journal/events.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

struct Fixture {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  Recorder recorder{journal, folder.path};

  std::vector<json::value> cast(const std::string& name) const {
    std::ifstream file(folder.path / name);
    std::vector<json::value> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(parse_json(line, name));
    return lines;
  }
};

const std::string kCommand =
    "\x1b]133;A;aid=1\a$ \x1b]133;B;aid=1\aid\r\n\x1b]633;E;id\a\x1b]133;C;aid=1\aroot\r\n"
    "\x1b]133;D;0;aid=1\a";

}  // namespace

TEST_CASE("a terminal that cannot be recorded is an error of the record") {
  Fixture drill;
  const auto recording = drill.recorder.open("ops", "trainee", {100, 30});
  // The cast's descriptor is led to a full disk under its feet.
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry, error) != drill.folder.path / "1-ops.cast") continue;
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(::dup3(full.get(), std::stoi(entry.path().filename().string()), O_CLOEXEC) >= 0);
    break;
  }
  CHECK_THROWS_AS(recording->output("x"), RecordError);
  std::filesystem::create_directory(drill.folder.path / "2-ops.cast");
  CHECK_THROWS_AS(drill.recorder.open("ops", "trainee", {100, 30}), RecordError);
}

TEST_CASE("a recording is a valid asciicast whose text is what the terminal was sent") {
  Fixture drill;
  const std::string stream = "caf\xc3\xa9 \x1b[1mbold\x1b[0m \xff \x01\r\n";
  {
    const auto recording = drill.recorder.open("ops", "trainee", {100, 30});
    for (const char byte : stream) recording->output(std::string_view(&byte, 1));
    recording->resize({80, 24});
    recording->output("end\xe2\x82");  // cut off in the middle of a character
  }
  const auto lines = drill.cast("1-ops.cast");
  REQUIRE(lines.size() > 3);
  const json::object& header = lines[0].as_object();
  CHECK(header.at("version").as_int64() == 2);
  CHECK(header.at("width").as_int64() == 100);
  CHECK(header.at("height").as_int64() == 30);
  std::string text;
  double last = 0;
  bool resized = false;
  for (size_t i = 1; i < lines.size(); ++i) {
    const json::array& event = lines[i].as_array();
    REQUIRE(event.size() == 3);
    CHECK(event[0].to_number<double>() >= last);
    last = event[0].to_number<double>();
    if (event[1].as_string() == "o") text += event[2].as_string();
    if (event[1].as_string() == "r") resized = event[2].as_string() == "80x24";
  }
  CHECK(resized);
  CHECK(text == "caf\xc3\xa9 \x1b[1mbold\x1b[0m \xef\xbf\xbd \x01\r\nend\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("every command becomes an observation in the journal, at once") {
  Fixture drill;
  const auto recording = drill.recorder.open("db1", "trainee", {});
  recording->output(kCommand);
  const auto seen = drill.recorder.observations();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].id == "o1");
  const Journal journal = read_journal(drill.folder.path / "journal.jsonl");
  const Event* terminal = journal.first(events::kTerminal);
  REQUIRE(terminal);
  CHECK(string_or(terminal->data, "cast", "") == "1-db1.cast");
  CHECK(string_or(terminal->data, "host", "") == "db1");
  CHECK(string_or(terminal->data, "by", "") == "trainee");
  CHECK(number_or(terminal->data, "opened", -1) == Approx(terminal->at_seconds).margin(1));
  const Event* event = journal.last(events::kObservation);
  REQUIRE(event);
  CHECK(string_or(event->data, "cast", "") == "1-db1.cast");
  CHECK(string_or(event->data, "id", "") == "o1");
  CHECK(string_or(event->data, "host", "") == "db1");
  CHECK(string_or(event->data, "command", "") == "id");
  CHECK(string_or(event->data, "output", "") == "root\n");
  CHECK(number_or(event->data, "status", -1) == 0);
}

TEST_CASE("the desk's own verbs and leaving a shell are no observations") {
  for (const char* own :
       {"gameday notes --all", "gameday", " exit ", "exit 3", "clear", "\\q", "", "logout"}) {
    CHECK(is_desk_work(own));
  }
  for (const char* look : {"gameday notes; psql", "gameday note $(psql)", "on db1 -- id",
                           "exit 1; id", "gamedays", "ls"}) {
    CHECK_FALSE(is_desk_work(look));
  }
}

TEST_CASE("a terminal that prints without end fills only its share of the disk") {
  Fixture drill;
  Recorder small(drill.journal, drill.folder.path, 10000);
  {
    const auto recording = small.open("ops", "trainee", {});
    for (int i = 0; i < 1000; ++i) recording->output(std::string(1000, 'x') + "\r\n");
    recording->output(kCommand);
  }
  const auto lines = drill.cast("1-ops.cast");
  CHECK(std::filesystem::file_size(drill.folder.path / "1-ops.cast") < 11000);
  CHECK(lines.back().as_array()[1].as_string() == "m");
  CHECK(small.observations().size() == 1);  // observations go on
}

TEST_CASE("asciinema plays what was recorded") {
  if (::access("/usr/bin/asciinema", X_OK) != 0) {
    WARN("SKIPPED: asciinema is not installed");
    return;
  }
  Fixture drill;
  { drill.recorder.open("ops", "trainee", {})->output("played\r\n"); }
  LocalTerminal player({"asciinema", "cat", (drill.folder.path / "1-ops.cast").string()},
                       {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LANG=C.UTF-8",
                        "ASCIINEMA_CONFIG_HOME=" + drill.folder.path.string()},
                       {});
  const Collector screen(player.master());
  CHECK(player.wait(deadline_in(20s)).value_or(-1) == 0);
  CHECK(screen.sees("played"));
}
