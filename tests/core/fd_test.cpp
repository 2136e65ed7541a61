#include "core/fd.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

using namespace gameday;
using namespace std::chrono_literals;

TEST_CASE("a line is read without its end, and the next stays for the next reader") {
  Pipe input = make_pipe();
  write_all(input.writer.get(), "yes\n\nlast");
  input.writer.reset();
  CHECK(read_line(input.reader.get(), -1) == "yes");
  CHECK(read_line(input.reader.get(), -1) == "");
  CHECK(read_line(input.reader.get(), -1) == "last");
  CHECK_FALSE(read_line(input.reader.get(), -1));
}

TEST_CASE("whoever waits for a line is released by the stop") {
  Pipe input = make_pipe(), stop = make_pipe();
  auto answer = std::async(std::launch::async,
                           [&] { return read_line(input.reader.get(), stop.reader.get()); });
  write_all(input.writer.get(), "half a li");
  CHECK(answer.wait_for(0s) == std::future_status::timeout);
  stop.writer.reset();
  REQUIRE(answer.wait_for(10s) == std::future_status::ready);
  CHECK_FALSE(answer.get());
}
