#include "journal/session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "core/short_hash.hpp"
#include "journal/folder.hpp"

using namespace gameday;

namespace {

bool listed(const std::string& id) {
  const auto sessions = list_sessions();
  return std::any_of(sessions.begin(), sessions.end(),
                     [&id](const Session& session) { return session.id == id; });
}

}  // namespace

TEST_CASE("a session is listed, reached, and gone with its listener") {
  const std::string id = "test-" + std::to_string(::getpid());
  UniqueFd listener = listen_session(id);
  REQUIRE(listed(id));
  CHECK_THROWS_AS(listen_session(id), Error);
  const auto sessions = list_sessions();
  const auto own = std::find_if(sessions.begin(), sessions.end(),
                                [&id](const Session& session) { return session.id == id; });
  const UniqueFd client = dial_session(*own);
  REQUIRE(client);
  const UniqueFd server(::accept(listener.get(), nullptr, nullptr));
  CHECK(is_own_peer(server.get()));
  const Session gone = *own;
  listener.reset();
  CHECK_FALSE(listed(id));
  CHECK_FALSE(dial_session(gone));
}

TEST_CASE("a plan's hash is stable and follows the text") {
  CHECK(short_hash("a") == short_hash("a"));
  CHECK(short_hash("a") != short_hash("b"));
  CHECK(short_hash("").size() == 12);
}

TEST_CASE("a drill folder that is not one is refused with what to do") {
  CHECK_THROWS_WITH(find_drill_folder("/nonexistent"), Catch::Contains("name a drill folder"));
}
