// The real client executable against a desk, on a real terminal.
#include <catch2/catch.hpp>
#include <csignal>
#include <sys/un.h>

#include "drill/desk/desk.hpp"
#include "journal/events.hpp"
#include "journal/session.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

std::string client_path() {
  const char* build = std::getenv("GAMEDAY_BUILD");
  if (!build) throw Error("tests: GAMEDAY_BUILD is not set: run them by ctest");
  return std::string(build) + "/cli/desk";
}

struct Room {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  Recorder recorder{journal, folder.path};
  Notices notices;
  LocalSandbox stack;
  Taxonomy taxonomy = load_taxonomy(project_root() + "/scenarios/taxonomy.yaml");
  Desk desk{DeskSetup{.journal = journal, .sandbox = stack, .taxonomy = taxonomy,
                      .recorder = recorder, .notices = notices, .hints = {{0.95, "look closer"}},
                      .objective_ms = 500, .by = "trainee", .normal = {}, .brief = {}, .dashboards = {},
                      .failed = {}}};
  std::string socket = (folder.path / "desk.sock").string();
  std::vector<std::string> env{"PATH=/usr/bin:/bin", "TERM=xterm", "GAMEDAY_DESK=" + socket};

  Room() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 16) == 0);
    desk.serve(std::move(fd), Door::kInside);
  }
  // Runs the client on pipes, with this input.
  ExecResult run(std::vector<std::string> argv, const std::string& input = "") const {
    argv.insert(argv.begin(), client_path());
    LocalProcess client(argv, env);
    const Collector out(client.out()), err(client.err());
    write_all(client.in(), input);
    client.close_in();
    ExecResult result;
    result.status = client.wait(deadline_in(20s)).value_or(-1);
    REQUIRE(eventually([&] { return out.ended() && err.ended(); }));
    result.out = out.text();
    result.err = err.text();
    return result;
  }
};

}  // namespace

TEST_CASE("the client prints what the desk says and ends with its status") {
  const Room room;
  const ExecResult note = room.run({"note", "hello there"});
  CHECK(note.status == 0);
  CHECK(note.out == "noted as n1\n");
  const ExecResult wrong = room.run({"declare", "sev9"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out.empty());
  CHECK_THAT(wrong.err, Catch::Contains("sev9"));
  CHECK(room.run({"on", "db1", "--", "exit 42"}).status == 42);
}

TEST_CASE("the client relays its standard input to a command on a host") {
  const Room room;
  std::string big;
  for (int i = 0; i < 5000; ++i) big += "line " + std::to_string(i) + "\n";
  const ExecResult counted = room.run({"on", "db1", "--", "wc", "-l"}, big);
  CHECK(counted.out == "5000\n");
  CHECK(counted.status == 0);
}

TEST_CASE("a command that ends before its input does still tells its status") {
  std::signal(SIGPIPE, SIG_IGN);  // as in every program of ours that holds a desk
  const Room room;
  for (int round = 0; round < 20; ++round) {
    LocalProcess pipe({"/bin/bash", "-c",
                       "yes 2>/dev/null | '" + client_path() + "' on db1 -- 'head -n 1; exit 7'; "
                       "echo status ${PIPESTATUS[1]}"},
                      room.env);
    const Collector out(pipe.out()), err(pipe.err());
    REQUIRE(pipe.wait(deadline_in(20s)));
    REQUIRE(eventually([&] { return out.ended() && err.ended(); }));
    CHECK(out.text() == "y\nstatus 7\n");
    CHECK(err.text().empty());
  }
}

TEST_CASE("the client reads the file of a diagnosis, or standard input, and says when it cannot") {
  const Room room;
  const std::string answer = R"({"verdict":"no_fault"})";
  CHECK(room.run({"diagnose", "--file", "-"}, answer).out == "recorded\n");
  std::filesystem::path file = room.folder.path / "answer.json";
  write_all(UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).get(), answer);
  CHECK(room.run({"diagnose", "--file=" + file.string()}).out == "recorded\n");
  const ExecResult missing = room.run({"diagnose", "--file", "/nonexistent"});
  CHECK(missing.status == 2);
  CHECK_THAT(missing.err, Catch::Contains("/nonexistent"));
}

TEST_CASE("without a desk the client says so on one line") {
  Room room;
  room.desk.stop();
  const ExecResult result = room.run({"ack"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Catch::Contains("the desk is closed"));
}

TEST_CASE("the client asks on a terminal, and as `on` relays a shell and gives the terminal back") {
  const Room room;
  const auto on = room.folder.path / "on";
  std::filesystem::create_symlink(client_path(), on);
  {
    LocalTerminal hint({client_path(), "hint"}, room.env, {80, 24});
    const Collector screen(hint.master());
    REQUIRE(screen.sees("Take it? [y/N]"));
    write_all(hint.master(), "y\r");
    CHECK(screen.sees("look closer"));
    CHECK(hint.wait(deadline_in(10s)).value_or(-1) == 0);
  }
  LocalTerminal shell({"bash", "-c", "stty -a | tr -s '; ' '\\n' | grep -x icanon; " + on.string() +
                                         " db1; echo status $?; stty -a | grep -o ' icanon'"},
                      room.env, {90, 25});
  const Collector screen(shell.master());
  REQUIRE(screen.sees("\x1b[?2004h"));
  write_all(shell.master(), "stty size; cat\r");
  REQUIRE(screen.sees("25 90"));
  // Once it answers, cat is surely there to be interrupted.
  write_all(shell.master(), "echoed\r");
  REQUIRE(eventually([&] { return screen.count("echoed") >= 2; }));
  write_all(shell.master(), "\x03");
  REQUIRE(eventually([&] { return !room.recorder.observations().empty(); }));
  write_all(shell.master(), "exit 6\r");
  CHECK(screen.sees("status 6"));
  CHECK(screen.sees(" icanon"));
  CHECK(room.recorder.observations().size() == 1);
}
