#include "drill/desk/shell.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/drill/desk/desk_caller.hpp"

using namespace gameday;
using namespace gameday::testing;

TEST_CASE("one command on a host keeps its streams apart, its status, and is an observation") {
  Drill drill;
  Caller caller = drill.call({"on", "db1", "--", "cat; echo oops >&2; exit 5"});
  caller.type("through the pipe\n");
  caller.type("");
  caller.finish();
  CHECK(caller.out == "through the pipe\n");
  CHECK(caller.err == "oops\n");
  CHECK(caller.status == 5);
  const Caller asked = drill.done({"on", "--json", "lb", "--", "cat; echo out; echo err >&2; false"});
  const json::object document = parse_json(asked.out, "on").as_object();
  CHECK(string_or(document, "out", "") == "out\n");
  CHECK(string_or(document, "err", "") == "err\n");
  CHECK(number_or(document, "status", 0) == 1);
  CHECK(string_or(document, "observation", "") == "o2");
  CHECK(asked.status == 1);
  CHECK(drill.done({"shell", "--json", "lb"}).status == 2);
  CHECK(drill.done({"on", "db1", "printf", "%s|", "a b", "c"}).out == "a b|c|");
  const auto seen = drill.recorder.observations();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].host == "db1");
  CHECK(seen[0].status == 5);
  CHECK_THAT(seen[0].output, Catch::Contains("through the pipe") && Catch::Contains("oops"));
  CHECK(seen[2].command == "printf '%s|' 'a b' c");
}

TEST_CASE("a program's command passes input and status through and names its observation") {
  Drill drill;
  Caller caller = drill.call({"exec", "db1", "--", "tr", "a-z", "A-Z"}, true);
  caller.type("from a program\n");
  caller.finish();
  CHECK(caller.out == "FROM A PROGRAM\n");
  CHECK(caller.err == "observation o1\n");
  CHECK(caller.status == 0);

  Caller asked = drill.call({"exec", "lb", "--json", "--", "cat; exit 3"});
  asked.type("a line\n");
  asked.finish();
  const json::object document = parse_json(asked.out, "exec").as_object();
  CHECK(string_or(document, "out", "") == "a line\n");
  CHECK(string_or(document, "observation", "") == "o2");
  CHECK(number_or(document, "status", 0) == 3);
  CHECK(asked.status == 3);

  const Caller missing = drill.done({"exec", "db1", "no-such-program"});
  CHECK(missing.status == 127);
  const auto refused = [&drill](const std::vector<std::string>& words) {
    const Caller wrong = drill.done(words);
    CHECK(wrong.status == 2);
    CHECK(wrong.out.empty());
    CHECK(std::count(wrong.err.begin(), wrong.err.end(), '\n') == 1);
    return wrong.err;
  };
  CHECK_THAT(refused({"exec"}), Catch::Contains("needs HOST"));
  CHECK_THAT(refused({"exec", "db1"}), Catch::Contains("needs COMMAND"));
  CHECK_THAT(refused({"exec", "db1", "--"}), Catch::Contains("needs COMMAND"));
  CHECK_THAT(refused({"exec", "db1", ""}), Catch::Contains("exec: the command is empty"));
  CHECK_THAT(refused({"exec", "clients", "id"}), Catch::Contains("exec: clients is not one of"));
  CHECK_THAT(refused({"exec", "db7", "id"}), Catch::Contains("exec: there is no host 'db7'"));
  CHECK_THAT(refused({"exec", "--fast", "db1", "id"}), Catch::Contains("--fast"));
}

TEST_CASE("a shell on another host is relayed, resized and recorded under that host's name") {
  Drill drill;
  Caller caller = drill.call({"on", "db1"}, true);
  REQUIRE(caller.sees("Relay=db1"));
  REQUIRE(caller.sees("\x1b[?2004h"));
  CHECK(caller.out.find("133;A") == std::string::npos);
  send_frame(caller.socket.get(), FrameKind::kWindow, encode_size({111, 33}));
  caller.type("stty size\r");
  CHECK(caller.sees("33 111"));
  drill.page();
  CHECK(caller.sees("*** PAGE"));
  CHECK(caller.sees("Notice="));
  caller.type("exit 7\r");
  caller.finish();
  CHECK(caller.status == 7);
  REQUIRE(drill.recorder.observations().size() == 1);
  CHECK(drill.recorder.observations()[0].host == "db1");
  CHECK(drill.recorder.observations()[0].command == "stty size");
  CHECK(std::filesystem::exists(drill.folder.path / "1-db1.cast"));
}

TEST_CASE("a shell without a terminal runs the lines of its input and ends with it") {
  Drill drill;
  Caller caller = drill.call({"shell", "lb"});
  caller.type("echo first\necho second\n");
  caller.type("");
  caller.finish();
  CHECK(caller.status == 0);
  CHECK_THAT(caller.out, Catch::Contains("\nsecond\n"));
  CHECK(drill.recorder.observations().size() == 2);
}

TEST_CASE("a caller who goes away takes the program they ran with them") {
  Drill drill;
  const auto marker = drill.folder.path / "alive";
  {
    Caller caller =
        drill.call({"on", "db1", "--", "echo started; sleep 300; touch " + marker.string()});
    REQUIRE(caller.sees("started"));
  }
  CHECK(eventually([&] { return !drill.recorder.observations().empty(); }));
  CHECK_FALSE(drill.recorder.observations()[0].status.has_value());
  CHECK_FALSE(std::filesystem::exists(marker));
}

TEST_CASE("callers who speak nonsense, nothing, or too much harm nobody") {
  Drill drill;
  drill.page();
  const UniqueFd silent = connect_to(drill.socket);
  for (const std::string& nonsense :
       {std::string("GET / HTTP/1.0\r\n\r\n"), encode_frame(FrameKind::kLine, "x"),
        encode_frame(FrameKind::kCall, "{"), std::string("A\xff\xff\xff\x7f", 5),
        encode_frame(FrameKind::kCall, R"({"argv":["ack"]})").substr(0, 9)}) {
    const UniqueFd caller = connect_to(drill.socket);
    write_all(caller.get(), nonsense);
    ::shutdown(caller.get(), SHUT_WR);
    CHECK(wait_readable(caller.get(), deadline_in(10s)));
  }
  CHECK(drill.done({"ack"}).status == 0);

  std::vector<UniqueFd> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(connect_to(drill.socket));
  FrameReader reader;
  const auto refused = receive_frame(crowd.back().get(), reader, deadline_in(10s));
  REQUIRE(refused);
  CHECK_THAT(refused->payload, Catch::Contains("too many"));
  crowd.clear();
  CHECK(eventually([&] { return drill.done({"status"}).status == 0; }));
}

TEST_CASE("closing the desk ends shells and questions and returns in time") {
  Drill drill;
  Caller shell = drill.call({"on", "db1"}, true);
  REQUIRE(shell.sees("\x1b[?2004h"));
  Caller question = drill.call({"diagnose"}, true);
  REQUIRE(question.sees("Is there a fault?"));
  const UniqueFd silent = connect_to(drill.socket);
  const auto before = std::chrono::steady_clock::now();
  drill.desk->stop();
  drill.desk->stop();
  CHECK(std::chrono::steady_clock::now() - before < 8s);
  shell.finish();
  CHECK(shell.status != 0);
  CHECK_THROWS_AS(connect_to(drill.socket), Error);
}
