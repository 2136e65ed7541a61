#include "workload/answer.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "workload/command.hpp"

using namespace gameday;
using State = AnswerParser::State;

namespace {

struct Row {
  const char* text;
  State state;  // after all bytes
  int status;
  bool reusable;
  const char* body;
};

const Row kRows[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", State::kComplete, 200, true, "hello"},
    {"HTTP/1.1 200 OK\r\ncontent-length:5 \r\n\r\nhell", State::kMore, 200, true, "hell"},
    {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", State::kComplete, 503,
     false, ""},
    {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", State::kComplete, 200, false, "ok"},
    {"HTTP/1.1 204 No Content\r\n\r\n", State::kComplete, 204, true, ""},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", State::kComplete, 304, true, ""},
    {"HTTP/1.1 200 OK\r\n\r\nuntil the end", State::kMore, 200, false, "until the end"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
     State::kComplete, 200, true, "hello\r\n!\r\n"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
     State::kComplete, 200, true, ""},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\n!",
     State::kComplete, 201, true, "!"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!surplus", State::kComplete, 200, false, "!"},
    {"HTTP/1.1 200 OK\r\nContent-Len", State::kMore, 0, true, ""},
    {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n", State::kBroken, 0, true, ""},
    {"HTTP/1.1 abc OK\r\n\r\n", State::kBroken, 0, true, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", State::kBroken, 200, true, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", State::kBroken, 200, true, ""},
    {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", State::kBroken, 200, true, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", State::kBroken, 200, true, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", State::kBroken, 200, true, ""},
};

}  // namespace

TEST_CASE("answers are read the same whole and in pieces of any size") {
  for (const Row& row : kRows) {
    const std::string text = row.text;
    for (size_t piece : {text.size(), size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
      AnswerParser parser;
      parser.reset(true);
      State state = State::kMore;
      for (size_t at = 0; at < text.size() && state == State::kMore; at += piece) {
        state = parser.feed(std::string_view(text).substr(at, piece));
      }
      CAPTURE(text, piece);
      CHECK(state == row.state);
      if (row.state == State::kBroken) continue;
      CHECK(parser.status() == row.status);
      CHECK(parser.body() == row.body);
      if (piece == text.size()) CHECK(parser.reusable() == row.reusable);
    }
  }
}

TEST_CASE("the end of the stream completes an answer without a length and breaks all others") {
  struct EndRow {
    const char* text;
    State state;
  };
  const EndRow rows[] = {{"HTTP/1.1 200 OK\r\n\r\nall of it", State::kComplete},
                         {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", State::kBroken},
                         {"HTTP/1.1 200", State::kBroken},
                         {"", State::kBroken}};
  for (const EndRow& row : rows) {
    AnswerParser parser;
    parser.reset(false);
    parser.feed(row.text);
    CAPTURE(row.text);
    CHECK(parser.end_of_stream() == row.state);
    CHECK_FALSE(parser.reusable());
  }
}

TEST_CASE("an endless head is given up") {
  AnswerParser parser;
  parser.reset(false);
  const std::string filler(8192, 'a');
  State state = parser.feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 20 && state == State::kMore; ++i) state = parser.feed(filler);
  CHECK(state == State::kBroken);
}

TEST_CASE("a parser can be used again after any answer") {
  AnswerParser parser;
  for (const Row& row : kRows) {
    parser.reset(true);
    parser.feed(row.text);
    parser.reset(true);
    CHECK(parser.feed(kRows[0].text) == State::kComplete);
    CHECK(parser.body() == "hello");
    CHECK(parser.reusable());
  }
}

TEST_CASE("commands are read strictly") {
  CHECK(parse_load_command("interval outage").name == "outage");
  CHECK(parse_load_command("rate 1.5").factor == 1.5);
  CHECK(parse_load_command("finish").verb == LoadCommand::Verb::kFinish);
  for (const char* line : {"", "interval", "interval ", "rate", "rate x", "rate 0.05", "rate 21",
                           "rate 1x", "finish now", "Finish", "stop"}) {
    CAPTURE(line);
    CHECK_THROWS_AS(parse_load_command(line), Error);
  }
}
