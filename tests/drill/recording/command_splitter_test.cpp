#include "core/utf8.hpp"
#include "drill/recording/command_splitter.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

const std::string kA = "\x1b]133;A;aid=1\a", kB = "\x1b]133;B;aid=1\a", kC = "\x1b]133;C;aid=1\a";
const std::string kPrompt = "\x1b[?2004h" + kA + "ops:~# " + kB;
const std::string kEnter = "\r\n\x1b[?2004l\r";

std::string done(int status) { return "\x1b]133;D;" + std::to_string(status) + ";aid=1\a"; }
std::string announce(const std::string& line) { return "\x1b]633;E;" + line + "\a"; }
std::string command(const std::string& line, const std::string& output, int status) {
  return kPrompt + line + kEnter + announce(line) + kC + output + done(status);
}

// As psql with our prompts writes it.
std::string sql_prompt(bool continued = false) {
  return std::string("\x1b[?2004h\x1b]133;A;") + (continued ? "k=s;" : "") +
         "aid=sql77;server=db2\ashop=# \x1b]133;B;aid=sql77\a";
}

std::vector<RecordedCommand> split(const std::string& stream, size_t chunk = 1 << 20,
                                   int columns = 80) {
  std::vector<RecordedCommand> found;
  CommandSplitter splitter(columns, [&](const RecordedCommand& one) { found.push_back(one); });
  double now = 0;
  for (size_t at = 0; at < stream.size(); at += chunk) {
    splitter.feed(std::string_view(stream).substr(at, chunk), now += 1);
  }
  splitter.finish(std::nullopt, now + 1);
  return found;
}

}  // namespace

TEST_CASE("a shell's stream is split into commands, however it is cut") {
  const std::string stream = command("echo hi", "hi\r\n", 0) + kPrompt + kEnter +
                             command("grep -c \xc3\xa4 x", "\x1b[31m\xc3\xa4\x1b[0m 2\r\n", 1) +
                             kPrompt + "sleep 9" + kEnter + announce("sleep 9") + kC + "^C\r\n" +
                             done(130) + kPrompt;
  for (size_t chunk : {1, 2, 3, 7, 4096}) {
    const auto found = split(stream, static_cast<size_t>(chunk));
    REQUIRE(found.size() == 3);
    CHECK(found[0].command == "echo hi");
    CHECK(found[0].output == "hi\n");
    CHECK(found[0].status == 0);
    CHECK(found[0].started <= found[0].ended);
    CHECK(found[1].command == "grep -c \xc3\xa4 x");
    CHECK(found[1].output == "\xc3\xa4 2\n");
    CHECK(found[1].status == 1);
    CHECK(found[2].command == "sleep 9");
    CHECK(found[2].status == 130);
  }
}

TEST_CASE("the announced command line is told exactly, with its escapes undone") {
  const auto found = split(kPrompt + "x" + kEnter +
                           announce("for i in 1\\x3b do\\x0aecho \\\\n\\x3b done") + kC + done(0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].command == "for i in 1; do\necho \\n; done");
}

TEST_CASE("without an announced line the command is what the line editor showed") {
  const auto found = split(kPrompt + "selec\b\b\x1b[C\x1b[Ct 3;\b\x1b[K4;" + kEnter + kC +
                           "out\r\n" + done(0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].command == "select 34;");
}

TEST_CASE("an empty line, a line given up and a list of completions are no commands") {
  CHECK(split(kPrompt + kEnter + kPrompt + "rm -r^C\x1b[?2004l\r\r\n" + kPrompt).empty());
  CHECK(split(kPrompt + "ec\a\r\necho  eclipse\r\n" + kA + "ops:~# " + kB + "ec" + "\r\n" + kPrompt)
            .empty());
}

TEST_CASE("a shell inside a shell keeps its own commands, and the outer one goes on after it") {
  const std::string inner_a = "\x1b]133;A;aid=2\a$ \x1b]133;B;aid=2\a";
  const std::string stream =
      kPrompt + "su postgres" + kEnter + announce("su postgres") + kC + "hello\r\n" + inner_a +
      "id" + kEnter + announce("id") + "\x1b]133;C;aid=2\a" + "postgres\r\n" +
      "\x1b]133;D;0;aid=2\a" + inner_a + "exit" + kEnter + announce("exit") + "\x1b]133;C;aid=2\a" + "exit\r\n" + done(3) +
      command("pwd", "/root\r\n", 0);
  const auto found = split(stream);
  REQUIRE(found.size() == 4);
  CHECK(found[0].command == "id");
  CHECK(found[0].output == "postgres\n");
  CHECK(found[1].command == "exit");
  CHECK(found[2].command == "su postgres");
  CHECK(found[2].output == "hello\n");  // what the shell inside showed is not told twice
  CHECK(found[2].status == 3);
  CHECK(found[3].command == "pwd");
  CHECK(found[3].output == "/root\n");
}

TEST_CASE("what a pager wrote over reads as it stood at last") {
  const auto found = split(command("less log", "an old wo \brd\r\nb\bbold \xc3\xa4\b\xc3\xa4\r\n\b\bx\r\n", 0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].output == "an old word\nbold \xc3\xa4\nx\n");
}

TEST_CASE("statements in psql are split by its prompts, over several lines as well") {
  const std::string stream =
      kPrompt + "psql" + kEnter + announce("psql") + kC + "psql (15)\r\n" + sql_prompt() +
      "select 1;" + kEnter + " 1 \r\n(1 row)\r\n" + sql_prompt() + "select" + kEnter +
      sql_prompt(true) + "2;" + kEnter + "ERROR:  no\r\n" + sql_prompt() +
      "sel^C\x1b[?2004l\r\r\n" + sql_prompt() + "\\q" + kEnter + done(0) + command("true", "", 0);
  for (size_t chunk : {1, 5, 4096}) {
    const auto found = split(stream, static_cast<size_t>(chunk));
    REQUIRE(found.size() == 5);
    CHECK(found[0].command == "select 1;");
    CHECK(found[0].output == " 1 \n(1 row)\n");
    CHECK(found[0].status == 0);
    CHECK(found[0].within == "psql -h db2");
    CHECK(found[1].command == "select\n2;");
    CHECK(found[1].output == "ERROR:  no\n");
    CHECK(found[1].status == 1);
    CHECK(found[2].command == "\\q");
    CHECK(found[3].command == "psql");
    CHECK(found[3].within.empty());
    CHECK(found[3].output == "psql (15)\n");
    CHECK(found[4].command == "true");
  }
}

TEST_CASE("a statement that runs over the right margin is one line") {
  // Recorded from psql on 80 columns: a recalled statement, shortened by one character.
  const std::string typed =
      "select pg_is_in_recovery(), current_setting('default_transaction_read_only'), 12345678;";
  const auto found = split(sql_prompt() + typed + "\x1b[A\r\x1b[8C" + "\r\n\b\x1b[K" + "" + kEnter +
                           "ok\r\n" + sql_prompt());
  REQUIRE(found.size() == 1);
  CHECK(found[0].command.starts_with("select pg_is_in_recovery(), current_setting('default_tr"));
  CHECK(found[0].command.find('\n') == std::string::npos);

  const auto narrow = split(sql_prompt() + "select 12345678901234567890;" + kEnter + sql_prompt(),
                            4096, 20);
  REQUIRE(narrow.size() == 1);
  CHECK(narrow[0].command == "select 12345678901234567890;");
}

TEST_CASE("a stream without marks has no commands") {
  CHECK(split("login: hello\r\n$ ls\r\na b c\r\n\x1b]0;title\a\x1b[2J").empty());
}

TEST_CASE("one command on a whole terminal is begun and ended by hand") {
  std::vector<RecordedCommand> found;
  CommandSplitter splitter(80, [&](const RecordedCommand& one) { found.push_back(one); });
  splitter.begin("top -b", 1);
  splitter.feed("\x1b[H\x1b[2Jload\x1b[5;1Htasks\r\n", 2);
  splitter.finish(0, 3);
  splitter.finish(0, 4);
  REQUIRE(found.size() == 1);
  CHECK(found[0].command == "top -b");
  CHECK(found[0].output == "load\ntasks\n");
  CHECK(found[0].status == 0);
  CHECK(found[0].started == 1);
  CHECK(found[0].ended == 3);
}

TEST_CASE("a relay to another host is that host's recording, not this one's") {
  const auto found = split(kPrompt + "on db1" + kEnter + announce("on db1") + kC +
                           "\x1b]633;P;Relay=db1\a" + "db1:~# id\r\nroot\r\n" + done(0) +
                           command("pwd", "/root\r\n", 0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].command == "pwd");
}

TEST_CASE("a line that also enters other hosts keeps what it printed on its own") {
  const std::string enter = "\x1b]633;P;Relay=web1\a", leave = "\x1b]633;P;Relay=\a";
  const std::string line = "on web1 -- date && date && on web1 -- date";
  const auto found = split(kPrompt + line + kEnter + announce(line) + kC + enter + "of web1\r\n" +
                           leave + "of ops\r\n" + enter + "of web1\r\n" + leave + done(0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].command == line);
  CHECK(found[0].output == "of ops\n");
  CHECK(split(kPrompt + "on web1 -- date" + kEnter + announce("on web1 -- date") + kC + enter +
              "of web1\r\n" + leave + done(0))
            .empty());
}

TEST_CASE("huge output keeps its beginning and its end and says what is missing") {
  std::string output;
  for (int i = 0; i < 100000; ++i) output += "line " + std::to_string(i) + "\r\n";
  const auto found = split(command("seq", output, 0), 4096);
  REQUIRE(found.size() == 1);
  CHECK(found[0].output.size() < 17 * 1024);
  CHECK_THAT(found[0].output, Catch::StartsWith("line 0\nline 1\n"));
  CHECK_THAT(found[0].output, Catch::EndsWith("line 99999\n"));
  CHECK_THAT(found[0].output, Catch::Contains("bytes left out"));
}

TEST_CASE("the output is valid UTF-8 whatever the program wrote") {
  const auto found = split(command("cat x", "a\xff\xc3(\xed\xa0\x80\x01z\r\n", 0), 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0].output == valid_utf8(found[0].output));
  CHECK_THAT(found[0].output, Catch::StartsWith("a\xef\xbf\xbd"));
  CHECK(valid_utf8("\xf0\x9f\x98\x80 \xe2\x82\xac") == "\xf0\x9f\x98\x80 \xe2\x82\xac");
  CHECK(valid_utf8("\xf8\x88\x80\x80\x80").find('\xf8') == std::string::npos);
}

TEST_CASE("a line written over shows its last writing") {
  const auto found = split(command("curl", " 10 %\r 50 %\r100 %\r\ndone\r\n", 0));
  REQUIRE(found.size() == 1);
  CHECK(found[0].output == "100 %\ndone\n");
}

TEST_CASE("marks of a hostile program change no more than its own output") {
  std::string hostile;
  for (int i = 0; i < 1000; ++i) {
    hostile += "\x1b]133;A;aid=" + std::to_string(i + 100) + "\a\x1b]133;C\a";
  }
  hostile += "\x1b]633;E;" + std::string(100000, 'x') + "\a\x1b]133;D;99999999999\a\x1b]133\a\x1b]";
  const auto found = split(command("sh evil", hostile + "\a", 0) + command("pwd", "/\r\n", 0));
  REQUIRE_FALSE(found.empty());
  CHECK(found.back().command == "pwd");
  for (const RecordedCommand& one : found) CHECK(one.command.size() <= 8192);
}

namespace {

ProgramRun run_at(double seconds, const std::string& path) {
  return {seconds, json::object{{"path", path}, {"argv", json::array{path}}}};
}

std::string timed_command(const std::string& line, double from, double to) {
  return kPrompt + line + kEnter + announce(line) + "\x1b]133;C;aid=1;at=" + std::to_string(from) +
         "\a" + "out\r\n\x1b]133;D;0;aid=1;at=" + std::to_string(to) + "\a";
}

std::string programs_text(const RecordedCommand& command) {
  return command.programs ? json::serialize(*command.programs) : "not watched";
}

}  // namespace

TEST_CASE("a program belongs to the command during which it was started, however late that is told") {
  std::vector<RecordedCommand> found;
  CommandSplitter splitter(80, [&](const RecordedCommand& one) { found.push_back(one); });
  // Typed ahead: all of it comes at once, after all reports.
  splitter.ran({run_at(5, "/usr/bin/bash"), run_at(12.5, "/usr/bin/psql"),
                run_at(12.6, "/usr/bin/psql"), run_at(14.5, "/usr/bin/id")});
  splitter.feed(timed_command("echo t", 10, 11) + timed_command("psql", 12, 13) +
                    timed_command("id", 14, 15), 1);
  REQUIRE(found.size() == 3);
  CHECK(programs_text(found[0]) == "[]");
  CHECK(programs_text(found[1]) == R"([{"path":"/usr/bin/psql","argv":["/usr/bin/psql"]}])");
  CHECK(programs_text(found[2]) == R"([{"path":"/usr/bin/id","argv":["/usr/bin/id"]}])");
  // Marks that lie about the time claim no program of an earlier command.
  splitter.feed(timed_command("echo late", 0, 99), 2);
  CHECK(programs_text(found[3]) == "[]");
}

TEST_CASE("a statement was answered by the client that it was typed into") {
  std::vector<RecordedCommand> found;
  CommandSplitter splitter(80, [&](const RecordedCommand& one) { found.push_back(one); });
  splitter.ran({run_at(5, "/usr/bin/bash"), run_at(10.1, "/usr/bin/psql")});
  splitter.feed(kPrompt + "psql" + kEnter + "\x1b]133;C;aid=1;at=10\a" + sql_prompt() +
                    "SELECT 1;" + kEnter + "1\r\n" + sql_prompt(), 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0].within == "psql -h db2");
  CHECK(programs_text(found[0]) == R"([{"path":"/usr/bin/psql","argv":["/usr/bin/psql"]}])");
  CHECK(programs_text(split(command("id", "root", 0)).front()) == "not watched");
}
