// A trainee plays a drill with nothing but the trainee's commands, typed into the shell on the
// workstation. Other players, worse ones and cheaters, were recorded: tests/fixtures, graded by
// tests/scorer/recorded_test.cpp.
#include <catch2/catch.hpp>

#include "journal/journal.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// Waits for the page as a person would, and answers it.
const std::string kUntilPaged = "until gameday ack >/dev/null 2>&1; do sleep 0.5; done\n";
const std::string kDeclare =
    "gameday declare sev1\n"
    "gameday escalate database the primary refuses writes\n"
    "gameday update --impact 'orders fail' --action 'looking at the primary' --next 20\n";
const std::string kRecovery =
    "psql -h db1 -U postgres shop -Atc 'SELECT pg_is_in_recovery()'\n";
const std::string kSetting =
    "psql -h db1 -U postgres shop -Atc 'SHOW default_transaction_read_only'\n";
// What an expert does who does not know which of the two it is.
const std::string kFindAndSay =
    "if [ \"$(psql -h db1 -U postgres shop -Atc 'SELECT pg_is_in_recovery()')\" = t ]; then "
    "C=role_state M=standby_read_only; else C=configuration M=session_read_only; fi\n"
    "E=$(gameday notes | awk '/SELECT pg_is_in_recovery|SHOW default/ {print $1}' | "
    "head -n 2 | paste -sd,)\n"
    "gameday diagnose --verdict fault --component db1 --class $C --mechanism $M "
    "--trigger maintenance --evidence $E\n";
const std::string kRepair =
    "psql -h db1 -U postgres shop -Atc 'ALTER SYSTEM RESET default_transaction_read_only' "
    "-c 'SELECT pg_reload_conf()'\n"
    "[ $M = standby_read_only ] && psql -h db1 -U postgres shop -Atc 'SELECT pg_promote()'\n"
    "until curl -s -o /dev/null -f -X POST -H 'Content-Type: application/json' "
    "-d '{\"product_id\":1,\"quantity\":1,\"client_ref\":\"check\"}' http://lb/api/orders; "
    "do sleep 0.5; done\n";
const std::string kResolve = "gameday resolve --yes it is over\n";

struct Grade {
  double diagnosis, repair, total;
  std::string said;
};

Grade play(const std::string& typed, const std::string& code) {
  const TemporaryFolder folder;
  Program program({gameday_program(), "run", "read-only-primary", "--code", code, "--minutes", "5",
                   "--json", "--folder", folder.path.string()},
                  {}, typed);
  const auto outcome = program.wait(400s);
  REQUIRE(outcome);
  INFO("standard error:\n" << outcome->err << "\nstandard output:\n" << outcome->out);
  REQUIRE(outcome->status == 0);
  const size_t begin = outcome->out.rfind("\n{\n");
  REQUIRE(begin != std::string::npos);
  const json::value card = parse_json(outcome->out.substr(begin + 1), "scorecard");
  const auto number = [&card](std::initializer_list<std::string_view> path) {
    const json::value* found = find_path(card, path);
    REQUIRE(found != nullptr);
    REQUIRE(found->is_number());
    return found->to_number<double>();
  };
  return {number({"diagnosis", "points"}), number({"repair", "points"}), number({"total"}),
          outcome->out};
}

}  // namespace

TEST_CASE("an expert who finds the cause, proves it and repairs it fills the bars") {
  const Grade grade = play(
      kUntilPaged + kDeclare + kRecovery + kSetting + kFindAndSay + kRepair + kResolve, "one");
  INFO(grade.said);
  CHECK(grade.diagnosis == Approx(50));
  CHECK(grade.repair >= 15);
  CHECK(grade.total >= 75);
}
