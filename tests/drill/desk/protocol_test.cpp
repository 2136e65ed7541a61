#include "drill/desk/protocol.hpp"

#include <catch2/catch.hpp>
#include <sys/socket.h>

#include <thread>

#include "core/error.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

struct SocketPair {
  UniqueFd ours, theirs;
  SocketPair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
};

}  // namespace

TEST_CASE("frames survive any cutting of the stream") {
  const std::string stream = encode_frame(FrameKind::kOut, "hello") +
                             encode_frame(FrameKind::kInput, "") +
                             encode_frame(FrameKind::kExit, std::string("0\0x", 3));
  for (size_t step = 1; step <= stream.size(); ++step) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (size_t at = 0; at < stream.size(); at += step) {
      reader.feed(std::string_view(stream).substr(at, step));
      while (auto frame = reader.next()) frames.push_back(*frame);
    }
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].payload == "hello");
    CHECK(frames[1].kind == FrameKind::kInput);
    CHECK(frames[1].payload.empty());
    CHECK(frames[2].payload.size() == 3);
    CHECK(reader.at_boundary());
  }
}

TEST_CASE("a frame that claims more than 1 MiB is refused before it has arrived") {
  FrameReader reader;
  reader.feed(std::string("O\x01\x00\x10\x00", 5));
  CHECK_THROWS_WITH(reader.next(), Catch::Contains("too long"));
  CHECK_THROWS_AS(encode_frame(FrameKind::kOut, std::string(kFrameLimit + 1, 'x')), Error);

  FrameReader largest;
  largest.feed(encode_frame(FrameKind::kOut, std::string(kFrameLimit, 'x')));
  CHECK(largest.next()->payload.size() == kFrameLimit);
}

TEST_CASE("an unknown kind of frame is refused at its first byte") {
  FrameReader reader;
  reader.feed("G");
  CHECK_THROWS_WITH(reader.next(), Catch::Contains("unknown kind"));
}

TEST_CASE("a stream that ends inside a frame is an error, between two it is the end") {
  SocketPair pair;
  write_all(pair.theirs.get(), encode_frame(FrameKind::kLine, "yes"));
  write_all(pair.theirs.get(), encode_frame(FrameKind::kLine, "cut off").substr(0, 7));
  pair.theirs.reset();
  FrameReader reader;
  CHECK(receive_frame(pair.ours.get(), reader)->payload == "yes");
  CHECK_THROWS_WITH(receive_frame(pair.ours.get(), reader), Catch::Contains("inside a frame"));

  SocketPair whole;
  write_all(whole.theirs.get(), encode_frame(FrameKind::kLine, "yes"));
  whole.theirs.reset();
  FrameReader second;
  CHECK(receive_frame(whole.ours.get(), second).has_value());
  CHECK_FALSE(receive_frame(whole.ours.get(), second).has_value());
}

TEST_CASE("waiting for a frame ends at its deadline") {
  SocketPair pair;
  FrameReader reader;
  CHECK_THROWS_WITH(receive_frame(pair.ours.get(), reader, deadline_in(20ms)),
                    Catch::Contains("in time"));
}

TEST_CASE("a long text goes in several frames") {
  SocketPair pair;
  std::thread sender([&] {
    send_frame(pair.theirs.get(), FrameKind::kOut, std::string(kFrameLimit + 10, 'x'));
    pair.theirs.reset();
  });
  FrameReader reader;
  size_t bytes = 0, frames = 0;
  while (const auto frame = receive_frame(pair.ours.get(), reader)) {
    bytes += frame->payload.size();
    ++frames;
  }
  sender.join();
  CHECK(frames == 2);
  CHECK(bytes == kFrameLimit + 10);
}

TEST_CASE("a call comes back as it was sent") {
  Call call;
  call.argv = {"note", "caf\u00e9 \"x\"", ""};
  call.tty = true;
  call.size = {132, 50};
  call.term = "xterm-256color";
  call.file = "{}\n";
  const Call back = decode_call(encode_call(call));
  CHECK(back.argv == call.argv);
  CHECK(back.tty);
  CHECK(back.size.columns == 132);
  CHECK(back.size.rows == 50);
  CHECK(back.term == "xterm-256color");
  CHECK(back.file == "{}\n");
  CHECK_FALSE(decode_call(R"({"argv":[]})").file.has_value());
}

TEST_CASE("calls that no client of ours sends are refused or made harmless") {
  for (const char* bad : {"", "[]", "{}", R"({"argv":"ack"})", R"({"argv":[1]})",
                          R"({"argv":["a\u0000b"]})"}) {
    CHECK_THROWS_AS(decode_call(bad), Error);
  }
  const Call odd = decode_call(
      R"({"argv":["ack"],"columns":-3,"rows":1e300,"term":"x;rm -rf /","tty":"yes"})");
  CHECK(odd.size.columns == 1);
  CHECK(odd.size.rows == 1000);
  CHECK(odd.term == "dumb");
  CHECK_FALSE(odd.tty);
  CHECK(decode_size(encode_size({100, 30})).columns == 100);
  CHECK_THROWS_AS(decode_size("7"), Error);
}
