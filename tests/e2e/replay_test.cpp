// The documented outage, whole, through the command line.
#include <catch2/catch.hpp>
#include <sstream>

#include "core/json.hpp"
#include "tests/support/program.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

struct Replay {
  int status;
  json::value document;
  std::string said;

  double number(std::initializer_list<std::string_view> path) const {
    const json::value* found = find_path(document, path);
    INFO(said);
    REQUIRE(found != nullptr);
    REQUIRE(found->is_number());
    return found->to_number<double>();
  }
  const json::array& list(std::string_view key) const {
    const json::value* found = find_path(document, {key});
    REQUIRE(found != nullptr);
    REQUIRE(found->is_array());
    return found->as_array();
  }
};

Replay parse(const Outcome& outcome) {
  INFO("standard error:\n" << outcome.err);
  INFO("standard output:\n" << outcome.out);
  REQUIRE_FALSE(outcome.out.empty());
  return Replay{outcome.status, parse_json(outcome.out, "replay"), outcome.err};
}

std::vector<std::string> replay_argv(const TemporaryFolder& folder, int seed) {
  return {gameday_program(), "replay", "read-only-primary", "--seed", std::to_string(seed),
          "--json", "--folder", folder.path().string()};
}

void check_as_documented(const Replay& replay) {
  INFO(replay.said);
  CHECK(replay.status == 0);
  const double affected = replay.number({"impact", "users_affected_percent"});
  CHECK(affected >= 57);
  CHECK(affected <= 67);
  CHECK(replay.number({"impact", "writes_failed"}) > 0);
  CHECK(replay.number({"impact", "reads_slow"}) > 0);
  CHECK(replay.number({"impact", "reads_failed"}) <
        0.02 * replay.number({"impact", "reads_offered"}));
  CHECK(replay.number({"impact", "baseline", "users_affected_percent"}) <= 1);
  CHECK(replay.number({"orders", "acknowledged"}) > 100);
  CHECK(replay.number({"orders", "lost"}) == 0);
  CHECK(replay.list("residue").empty());
}

}  // namespace

TEST_CASE("the read-only primary is reproduced with its documented impact and leaves nothing") {
  const TemporaryFolder folder;
  const Replay replay = parse(run_program(replay_argv(folder, 1), 120s));
  check_as_documented(replay);
  CHECK(replay.number({"stack_ready_seconds"}) > 0);
  CHECK(replay.number({"fault_verified_seconds"}) < 10);
  CHECK_FALSE(replay.list("alerts").empty());
  // The documented people acted in the documented order.
  std::string last;
  int acts = 0;
  for (const json::value& entry : replay.list("timeline")) {
    const std::string at = string_or(entry.as_object(), "documented_at", "");
    if (at.empty()) continue;
    CHECK(at >= last);
    last = at;
    ++acts;
  }
  CHECK(acts >= 5);
  // They found the cause and repaired it, so both bars are filled.
  CHECK(replay.number({"score", "diagnosis", "points"}) > 20);
  CHECK(replay.number({"score", "repair", "mitigation"}) == 1);
}

TEST_CASE("two replays side by side are unaware of each other") {
  const TemporaryFolder folder;
  Program first(replay_argv(folder, 2)), second(replay_argv(folder, 3));
  const auto a = first.wait(180s), b = second.wait(180s);
  REQUIRE(a);
  REQUIRE(b);
  check_as_documented(parse(*a));
  check_as_documented(parse(*b));
}
