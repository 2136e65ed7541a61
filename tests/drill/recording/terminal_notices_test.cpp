#include "drill/recording/terminal_notices.hpp"

#include <catch2/catch.hpp>
#include <poll.h>

using namespace gameday;

namespace {

const std::string kA = "\x1b]133;A;aid=1\a", kB = "\x1b]133;B;aid=1\a", kC = "\x1b]133;C;aid=1\a",
                  kD = "\x1b]133;D;0;aid=1\a";
const std::string kLine = "*** PAGE: slow";

NoticeWeaver weaver(NoticeWeaver::Style style = {}) { return NoticeWeaver(style, 0); }

}  // namespace

TEST_CASE("output passes through untouched while there is nothing to say") {
  NoticeWeaver terminal = weaver();
  const std::string stream = kA + "$ " + kB + "vi \xc3\xa4\r\n" + kC + "\x1b[?1049h\x1b[2J\x1b(B" +
                             "\x1bP+q544e\x1b\\text\x1b[?1049l" + kD;
  for (size_t chunk : {1, 3, 1000}) {
    NoticeWeaver fresh = weaver();
    std::string out;
    for (size_t at = 0; at < stream.size(); at += static_cast<size_t>(chunk)) {
      out += fresh.feed(stream.substr(at, static_cast<size_t>(chunk)));
    }
    CHECK(out == stream);
  }
}

TEST_CASE("at a prompt the line is printed at once, and what was typed stands again below it") {
  NoticeWeaver terminal = weaver();
  terminal.feed(kA + "ops# " + kB + "ps");
  REQUIRE(terminal.at_prompt());
  const std::string out = terminal.post({kLine});
  CHECK_THAT(out, Catch::StartsWith("\a"));
  const size_t line = out.find(kLine), prompt = out.find("ops# ");
  REQUIRE(line != std::string::npos);
  REQUIRE(prompt != std::string::npos);
  CHECK(line < prompt);
  CHECK(out.ends_with("ps"));
  CHECK(terminal.feed("ql\r\n").find(kLine) == std::string::npos);
}

TEST_CASE("while a command runs there is only a bell, and the line comes before the next prompt") {
  NoticeWeaver terminal = weaver();
  terminal.feed(kA + "ops# " + kB + "tail -f log\r\n" + kC + "first\r\n");
  CHECK(terminal.post({kLine}) == "\a");
  CHECK(terminal.feed("second\r\n").find(kLine) == std::string::npos);
  const std::string out = terminal.feed("third" + kD + kA + "ops# " + kB);
  const size_t line = out.find(kLine);
  REQUIRE(line != std::string::npos);
  CHECK(out.find("third\x1b]133;D") < line);
  CHECK(out.substr(0, line).find("\r\n\x1b[1m") != std::string::npos);  // on a line of its own
  CHECK(line < out.find("ops# "));
}

TEST_CASE("a full-screen program is never written into") {
  NoticeWeaver terminal = weaver();
  terminal.feed(kA + "ops# " + kB + "vi x\r\n" + kC + "\x1b[?1049h\x1b[2Jtext");
  CHECK(terminal.post({kLine}) == "\a");
  CHECK(terminal.feed("more \x1b[5;1H text\r\n").find(kLine) == std::string::npos);
  CHECK(terminal.feed("\x1b[?1049l" + kD).find(kLine) == std::string::npos);
  CHECK(terminal.feed(kA + "ops# " + kB).find(kLine) != std::string::npos);
}

TEST_CASE("a full-screen program without marks around it is left alone as well") {
  NoticeWeaver terminal = weaver();
  terminal.feed("\x1b[?1049h");
  CHECK(terminal.post({kLine}) == "\a");
  CHECK_THAT(terminal.finish(), Catch::Contains("\x1b[?1049l") && Catch::Contains(kLine));
}

TEST_CASE("a shell that writes no marks is told at once") {
  NoticeWeaver terminal = weaver();
  terminal.feed("$ ");
  CHECK_THAT(terminal.post({kLine}), Catch::Contains("\r\n\x1b[1m" + kLine));
}

TEST_CASE("no notice stands inside an escape sequence or a character") {
  NoticeWeaver terminal = weaver();
  std::string out = terminal.feed("$ a\xe2\x82");
  out += terminal.post({kLine});
  out += terminal.feed("\xac\x1b]0;ti");
  out += terminal.post({"second"});
  out += terminal.feed("tle\a");
  CHECK(out.find("\xe2\x82\xac") != std::string::npos);
  CHECK(out.find("\x1b]0;title\a") != std::string::npos);
  CHECK(out.find(kLine) < out.find("second"));
}

TEST_CASE("a notice that a terminal inside showed is not shown again outside") {
  NoticeWeaver outer = weaver();
  outer.feed(kA + "ops# " + kB + "on db1\r\n" + kC);
  NoticeWeaver inner = weaver({.keep_marks = false, .bare = false, .leave_mark = true});
  std::string seen = outer.feed(inner.feed("\x1b]133;A;aid=9\adb1# \x1b]133;B;aid=9\a"));
  CHECK(outer.post({kLine}) == "\a");  // the outer shell runs a command: only the bell
  seen += outer.feed(inner.post({kLine}));
  CHECK(seen.find(kLine) != std::string::npos);
  const std::string after = outer.feed(inner.feed("exit\r\n") + kD + kA + "ops# " + kB);
  CHECK(after.find(kLine) == std::string::npos);
  CHECK(outer.post({"next"}).find("next") != std::string::npos);
}

TEST_CASE("a terminal knows of the prompts of a relay inside it") {
  NoticeWeaver outer = weaver();
  NoticeWeaver inner = weaver({.keep_marks = false, .bare = false, .leave_mark = true});
  outer.feed(kA + "ops# " + kB + "on db1\r\n" + kC + "\x1b]633;P;Relay=db1\a");
  CHECK(outer.in_relay());
  CHECK_FALSE(outer.inner_prompt());
  outer.feed(inner.feed(kA + "db1# " + kB));
  CHECK(outer.inner_prompt());
  CHECK_FALSE(outer.at_prompt());
  outer.forget_inner_prompt();
  CHECK_FALSE(outer.inner_prompt());
  outer.feed(inner.feed("exit\r\n") + kD + kA + "ops# " + kB);
  CHECK_FALSE(outer.in_relay());
  CHECK(outer.at_prompt());
}

TEST_CASE("a pipe gets plain text: no marks, no escape sequences, no bells") {
  NoticeWeaver pipe = weaver({.keep_marks = false, .bare = true, .leave_mark = false});
  std::string out = pipe.feed("\x1b[?2004h" + kA + "ops# " + kB + "id\r\n" + kC +
                              "\x1b[1mroot\x1b[0m\a\r\n" + kD);
  out += pipe.post({kLine});
  out += pipe.feed(kA + "ops# " + kB);
  out += pipe.finish();
  CHECK(out == "ops# id\nroot\n" + kLine + "\nops# ");
}

TEST_CASE("the end brings the terminal back in order") {
  NoticeWeaver terminal = weaver();
  terminal.feed(kA + "$ " + kB + "vi\r\n" + kC + "\x1b[?1049h\x1b[?25l");
  const std::string out = terminal.finish();
  CHECK_THAT(out, Catch::Contains("\x1b[?1049l") && Catch::Contains("\x1b[?25h") &&
                      Catch::Contains("\x1b[?2004l"));
}

TEST_CASE("a very long line at the prompt is not written again, only the notice") {
  NoticeWeaver terminal = weaver();
  terminal.feed(kA + "$ " + kB + std::string(20000, 'x'));
  const std::string out = terminal.post({kLine});
  CHECK(out.size() < 200);
  CHECK_THAT(out, Catch::Contains(kLine));
}

TEST_CASE("posting wakes every subscriber, and only new lines are handed out") {
  Notices notices;
  notices.post("early");
  Notices::Subscription first(notices);
  const auto readable = [&] {
    pollfd fd{first.fd(), POLLIN, 0};
    return ::poll(&fd, 1, 0) == 1;
  };
  CHECK_FALSE(readable());
  notices.post("late");
  CHECK(readable());
  first.clear();
  CHECK_FALSE(readable());
  CHECK(notices.after(1) == std::vector<std::string>{"late"});
  CHECK(notices.after(7).empty());
  CHECK(notices.count() == 2);
}
