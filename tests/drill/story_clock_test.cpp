#include "drill/story_clock.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

ResponderAct act(int minutes, const std::string& what) {
  ResponderAct one;
  one.at = StoryTime{minutes, ""};
  one.act = what;
  return one;
}

}  // namespace

TEST_CASE("acts keep their order and stand apart where the document does") {
  Scenario scenario;
  const int fault = 13 * 60;
  scenario.responders = {act(fault + 15, "inspect"), act(fault + 15, "inspect"),
                         act(fault + 55, "conclude"), act(fault + 57, "escalate"),
                         act(fault + 60, "repair")};
  const auto plan = plan_acts(scenario, StoryTime{fault, "13:00"}, 16);
  REQUIRE(plan.size() == 5);
  CHECK(plan[0].at_seconds == Approx(4));
  CHECK(plan[1].at_seconds == Approx(plan[0].at_seconds));  // the same documented moment
  CHECK(plan[3].at_seconds >= plan[2].at_seconds + kBetweenActsSeconds);
  // Nobody acts on an escalation at once.
  CHECK(plan[4].at_seconds >= plan[3].at_seconds + kReactionSeconds);
  CHECK(plan[4].at_seconds < 25);
}

TEST_CASE("a story of hours fits into the same stretch") {
  Scenario scenario;
  scenario.responders = {act(15 * 60 + 15, "inspect"), act(27 * 60, "repair")};
  const auto plan = plan_acts(scenario, StoryTime{15 * 60, "15:00"}, 20);
  REQUIRE(plan.size() == 2);
  CHECK(plan[1].at_seconds == Approx(20));
}
