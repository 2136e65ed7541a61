// Waiting at the desk instead of asking again and again.
#include "drill/desk/wait.hpp"

#include <catch2/catch.hpp>

#include "tests/drill/desk/desk_caller.hpp"

using namespace gameday;
using namespace gameday::testing;

TEST_CASE("the verb wait ends when what it waits for comes, and fails in one line at its limit") {
  Drill drill;
  const auto passes = [&drill](const std::string& what) {
    const Caller late = drill.done({"wait", "--for", what, "--limit", "0.05s"});
    CHECK(late.status == 1);
    CHECK(late.out.empty());
    CHECK(late.err == "wait: no " + what + " within 0.05s\n");
  };
  const auto comes = [](Caller waiting, const std::string& text) {
    waiting.finish();
    CHECK(waiting.status == 0);
    CHECK(waiting.out == text + "\n");
  };
  passes("page");
  Caller page = drill.call({"wait", "--for", "page", "--limit=1m"});
  drill.page();
  comes(std::move(page), "paged: Slow: p99 above 500 ms");

  const auto answers = [&drill](const char* team, bool looked) {
    json::object data{{"team", team}, {"text", "we say"}};
    if (looked) data["looked"] = json::array();
    drill.journal.append(events::kAnswer, data);
  };
  answers("database", true);  // unasked, or to an earlier question
  drill.done({"escalate", "database"});
  answers("database", false);  // "we have it" is not what they see
  answers("senior", false);
  passes("answer");
  Caller answer = drill.call({"wait", "--for", "answer", "--limit", "1m"});
  answers("database", true);
  comes(std::move(answer), "database answered: see gameday notes");
  drill.done({"escalate", "senior"});
  Caller senior = drill.call({"wait", "--for", "answer"});
  answers("senior", false);
  comes(std::move(senior), "senior answered: see gameday notes");

  // Users who never suffered are not served *again*: that would tell that nothing is broken.
  passes("served");
  const auto served = [&drill](bool yes) {
    drill.journal.append(events::kServed, {{"served", yes}});
  };
  served(true);
  drill.journal.append(events::kVerified, {});
  passes("served");
  Caller users = drill.call({"wait", "--for", "served", "--limit", "1m"});
  served(true);
  comes(std::move(users), "users are served again");
  served(false);
  passes("served");
  const Caller graded = drill.done({"wait", "--for", "graded"});
  CHECK(graded.status == 2);
  CHECK_THAT(graded.err, Catch::Contains("in a terminal outside"));
  const Caller document = drill.done({"wait", "--for", "page", "--json"});
  CHECK_THAT(document.out, Catch::Contains("\"came\": true"));
}
