#include "drill/recording/terminal.hpp"

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <termios.h>

#include <future>

#include "drill/recording/terminal_mode.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A person at a terminal of their own, with a shell on `ops` attached to it.
struct Seat {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  Recorder recorder{journal, folder.path};
  Notices notices;
  LocalSandbox stack;
  PtyPair pty;
  Pipe stop = make_pipe();
  Collector screen{pty.master.get()};
  std::future<RelayEnd> end;

  void attach() {
    AttachOptions options;
    options.notices = &notices;
    options.stop_fd = stop.reader.get();
    options.in = options.out = pty.slave.get();
    end = std::async(std::launch::async, [this, options] {
      return attach_terminal(stack.host("ops"), recorder, options);
    });
  }
  ~Seat() {
    stop.writer.reset();
    if (end.valid()) end.wait();
  }
  void type(const std::string& text) const { write_all(pty.master.get(), text); }
  bool is_raw() const {
    termios mode{};
    ::tcgetattr(pty.slave.get(), &mode);
    return (mode.c_lflag & (ICANON | ECHO | ISIG)) == 0;
  }
  bool observed(const std::string& command) const {
    for (const Observation& seen : recorder.observations()) {
      if (seen.command == command) return true;
    }
    return false;
  }
};

const std::string kInputMark = "\x1b]133;B";

}  // namespace

TEST_CASE("an attached shell takes what is typed, is recorded, and ends with its status") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  CHECK(seat.is_raw());
  seat.type("echo caf\xc3\xa9 $((40+2))\r");
  CHECK(seat.screen.sees("caf\xc3\xa9 42"));
  seat.type("exit 3\r");
  const RelayEnd end = seat.end.get();
  CHECK(end.why == RelayEnd::kEnded);
  CHECK(end.status == 3);
  CHECK_FALSE(seat.is_raw());
  CHECK(seat.observed("echo caf\xc3\xa9 $((40+2))"));
  CHECK(seat.recorder.observations().size() == 1);
  CHECK(std::filesystem::file_size(seat.folder.path / "1-ops.cast") > 100);
}

TEST_CASE("Ctrl-C interrupts the program in the shell and nothing else") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("cat; echo ended\r");
  REQUIRE(seat.screen.sees("\x1b]133;C"));
  seat.type("echoed\r");
  REQUIRE(eventually([&] { return seat.screen.count("echoed") >= 2; }));
  seat.type("\x03");
  REQUIRE(eventually([&] { return !seat.recorder.observations().empty(); }));
  CHECK(seat.recorder.observations()[0].status == 130);
  seat.type("exit\r");
  CHECK(seat.end.get().why == RelayEnd::kEnded);
}

TEST_CASE("a page rings at once in a full-screen program and is shown before the next prompt") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  // What an editor does: the alternate screen, until a line comes.
  seat.type("printf '\\033[?1049hFULL''SCREEN'; read x; printf '\\033[?1049l'\r");
  REQUIRE(seat.screen.sees("FULLSCREEN"));
  const size_t bells = seat.screen.count("\a");
  const std::string before = seat.screen.text();
  seat.notices.post("*** PAGE: slow");
  REQUIRE(eventually([&] { return seat.screen.count("\a") == bells + 1; }));
  CHECK(seat.screen.text() == before + "\a");
  seat.type("\r");
  CHECK(seat.screen.sees("*** PAGE: slow"));
  const std::string after = seat.screen.text();
  CHECK(after.rfind("\x1b[?1049l") < after.find("*** PAGE: slow"));
  CHECK(after.find("*** PAGE: slow") < after.rfind(kInputMark));
}

TEST_CASE("a page at the prompt keeps the half-typed line, which then runs as typed") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("echo par");
  REQUIRE(seat.screen.sees("echo par"));
  seat.notices.post("*** PAGE: slow");
  REQUIRE(seat.screen.sees("*** PAGE: slow"));
  REQUIRE(eventually([&] { return seat.screen.count("echo par") >= 2; }));
  seat.type("tial\r");
  CHECK(eventually([&] { return seat.observed("echo partial"); }));
}

TEST_CASE("a page that came before the shell is shown with its first prompt") {
  Seat seat;
  seat.notices.post("*** TICKET: slow");
  seat.attach();
  CHECK(seat.screen.sees("*** TICKET: slow"));
}

TEST_CASE("a change of the window's size reaches the program and the recording") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.pty.resize({132, 40});
  ::raise(SIGWINCH);  // this process is not the terminal's, so nobody else tells it
  seat.type("sleep .2; stty size\r");
  CHECK(seat.screen.sees("40 132"));
}

TEST_CASE("the end of the drill detaches a person who sits in a program") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("cat\r");
  REQUIRE(seat.screen.sees("\x1b]133;C"));
  seat.stop.writer.reset();
  CHECK(seat.end.get().why == RelayEnd::kStopped);
  CHECK_FALSE(seat.is_raw());
}

TEST_CASE("the end of the drill leaves the cursor at the beginning of a line") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("half a line");
  REQUIRE(seat.screen.sees("half a line"));
  seat.stop.writer.reset();
  CHECK(seat.end.get().why == RelayEnd::kStopped);
  CHECK(eventually([&] { return seat.screen.text().ends_with("\n"); }));
}

TEST_CASE("what a command was about to print when the drill ended is still shown") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("echo go; sleep .05; echo last'' words; sleep 100\r");
  REQUIRE(seat.screen.sees("\ago\r"));
  seat.stop.writer.reset();
  CHECK(seat.end.get().why == RelayEnd::kStopped);
  CHECK(seat.screen.sees("\nlast words"));
}

TEST_CASE("a shell that leaves a chatterer behind still ends") {
  Seat seat;
  seat.attach();
  REQUIRE(seat.screen.sees(kInputMark));
  seat.type("(trap '' HUP; while sleep .02; do echo still here || exit; done) & disown; exit 4\r");
  REQUIRE(seat.end.wait_for(20s) == std::future_status::ready);
  CHECK(seat.end.get().status == 4);
}

TEST_CASE("without a terminal it is a pipe: lines in, plain text out, the end of input ends it") {
  Seat seat;
  const Pipe in = make_pipe(), out = make_pipe();
  const Collector text(out.reader.get());
  std::string script = "echo one; echo two | cat\nread line\nfrom the pipe\necho \"[$line]\"\n";
  script += "cat > /dev/null\nswallowed\n\004";
  script += "echo \"a\nb\"\nbash --norc\necho inner\nexit\nfalse\n";
  // Nothing is lost behind a command that takes long and reads nothing.
  script += "sleep 2.5\nread other\nvalue\necho \"<$other>\"\n";
  script += "echo last";  // without its end of line
  write_all(in.writer.get(), script);
  AttachOptions options;
  options.in = in.reader.get();
  options.out = out.writer.get();
  options.notices = &seat.notices;
  auto end = std::async(std::launch::async, [&] {
    return attach_terminal(seat.stack.host("ops"), seat.recorder, options);
  });
  const_cast<Pipe&>(in).writer.reset();
  REQUIRE(end.wait_for(30s) == std::future_status::ready);
  CHECK(end.get().status == 0);
  CHECK(text.sees("[from the pipe]"));
  CHECK(text.sees("\na\nb\n"));
  CHECK(text.sees("\n<value>\n"));
  CHECK(text.sees("\nlast\n"));
  CHECK(text.text().find('\x1b') == std::string::npos);
  CHECK(text.text().find('\r') == std::string::npos);
  CHECK(seat.observed("echo one; echo two | cat"));
  CHECK(seat.observed("echo last"));
}

TEST_CASE("the terminal is given back when a deadly signal ends the process") {
  const PtyPair pty;
  termios before{}, after{};
  REQUIRE(::tcgetattr(pty.slave.get(), &before) == 0);
  const Pipe ready = make_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTERM, SIG_DFL);
    const RawMode raw(pty.slave.get());
    if (::write(ready.writer.get(), "r", 1) == 1) ::pause();
    ::_exit(9);
  }
  REQUIRE(wait_readable(ready.reader.get(), deadline_in(10s)));
  REQUIRE(::tcgetattr(pty.slave.get(), &after) == 0);
  CHECK((after.c_lflag & ICANON) == 0);
  ::kill(pid, SIGTERM);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status));
  REQUIRE(::tcgetattr(pty.slave.get(), &after) == 0);
  CHECK(after.c_lflag == before.c_lflag);
  CHECK(after.c_iflag == before.c_iflag);
}

TEST_CASE("raw mode of something that is no terminal does nothing") {
  const Pipe pipe = make_pipe();
  const RawMode raw(pipe.reader.get());
  CHECK_FALSE(raw.active());
  CHECK_FALSE(terminal_size(pipe.reader.get()));
}
