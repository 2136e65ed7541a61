// The documented outages, whole, through the command line.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "core/json.hpp"
#include "core/machine.hpp"
#include "report/grade.hpp"
#include "report/report.hpp"
#include "tests/support/program.hpp"
#include "tests/support/sentences.hpp"
#include "tests/support/temporary_folder.hpp"

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
          "--json", "--folder", folder.path.string()};
}

// What holds of every replay.
void check_figures(const Replay& replay) {
  CHECK(replay.number({"stack_ready_seconds"}) > 0);
  CHECK(replay.number({"fault_verified_seconds"}) < 10);
  CHECK_FALSE(replay.list("alerts").empty());
  CHECK(replay.number({"impact", "baseline", "users_affected_percent"}) <= 1);
  CHECK(replay.number({"orders", "acknowledged"}) > 100);
  CHECK(replay.number({"orders", "lost"}) == 0);
  CHECK(replay.list("residue").empty());
  // The documented people acted in the documented order.
  std::string last;
  int acts = 0;
  for (const json::value& entry : replay.list("timeline")) {
    const std::string at = string_or(entry.as_object(), "documented_at", "");
    if (at.empty()) continue;
    // Those of the next day end in +1, and come after all of the first.
    const std::string moment = (at.ends_with("+1") ? "1 " : "0 ") + at;
    CHECK(moment >= last);
    last = moment;
    ++acts;
  }
  CHECK(acts >= 5);
  // They found the cause and repaired it, so both bars are filled.
  CHECK(replay.number({"score", "diagnosis", "points"}) > 20);
  CHECK(replay.number({"score", "repair", "mitigation"}) == 1);
}

void check_read_only(const Replay& replay) {
  const double affected = replay.number({"impact", "users_affected_percent"});
  CHECK(affected <= 67);
  CHECK(replay.number({"impact", "writes_failed"}) > 0);
  // Readers' part, beside the 55 % who order.
  CHECK(affected >= 58);
  CHECK(replay.number({"impact", "reads_p99_ms"}) > 500);
  CHECK(replay.number({"impact", "reads_failed"}) <
        0.02 * replay.number({"impact", "reads_offered"}));
}

// Every sentence of the scorecards and reports below a folder is borne out by its journal.
void check_sentences(const std::filesystem::path& folder) {
  constexpr size_t kWidePage = 100'000;
  const auto scenarios = project_root() / "scenarios";
  size_t reports = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "report.md") continue;
    ++reports;
    const Journal journal = read_journal(entry.path().parent_path() / "journal.jsonl");
    const GradingRules rules = grading_rules(journal.last(events::kTruth)->data, scenarios);
    const Reading read(journal, rules.scenario, rules.variant, rules.taxonomy);
    std::stringstream report;
    report << std::ifstream(entry.path()).rdbuf();
    const std::string card = scorecard_text(rules.scenario, grade_journal(rules, journal), false,
                                            kWidePage);
    INFO(rules.scenario.id);
    for (const std::string& one : untrue_in_report(report.str(), read)) FAIL_CHECK(one);
    for (const std::string& one : untrue_in_scorecard(card, read)) FAIL_CHECK(one);
  }
  CHECK(reports > 0);
}

void check_beside_another(const Replay& replay) {
  INFO(replay.said);
  CHECK(replay.status == 0);
  check_read_only(replay);
  check_figures(replay);
}

}  // namespace

TEST_CASE("the five documented outages are reproduced in one run and leave nothing",
          "[figures]") {
  const TemporaryFolder folder;
  const auto junit = folder.path / "replays.xml";
  const Outcome outcome =
      run_program({gameday_program(), "replay", "--all", "--json", "--folder",
                   folder.path.string(), "--junit", junit.string()}, 600s);
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  const json::value series = parse_json(outcome.out, "replay --all");
  const json::array& scenarios = find_path(series, {"scenarios"})->as_array();
  CHECK(scenarios.size() == 5);
  size_t number = 0;
  for (const json::value& scenario : scenarios) {
    const std::string id = string_or(scenario.as_object(), "scenario", "");
    INFO(id);
    CHECK(bool_or(scenario.as_object(), "passed", false));
    // Whoever reads standard error through a pipe sees where it is.
    const std::string name = std::to_string(++number) + " of 5  " + id + ", seed 1: ";
    CHECK(outcome.err.find(name + "begins\n") != std::string::npos);
    CHECK(outcome.err.find(name + "as documented (") != std::string::npos);
    const json::array& runs = find_path(scenario, {"runs"})->as_array();
    REQUIRE(runs.size() == 1);
    const Replay replay{0, *find_path(runs[0], {"replay"}), outcome.err};
    check_figures(replay);
    if (id == "read-only-primary") check_read_only(replay);
  }
  check_sentences(folder.path);
  std::ifstream stream(junit);
  std::stringstream written;
  written << stream.rdbuf();
  CHECK(written.str().find("tests=\"5\" failures=\"0\"") != std::string::npos);
}

TEST_CASE("two replays side by side are unaware of each other",
          "[figures]") {
  const TemporaryFolder folder;
  Program first(replay_argv(folder, 2)), second(replay_argv(folder, 3));
  const auto a = first.wait(180s), b = second.wait(180s);
  REQUIRE(a);
  REQUIRE(b);
  check_beside_another(parse(*a));
  check_beside_another(parse(*b));
  check_sentences(folder.path);
}

// Others are bench/steadiness.
TEST_CASE("beside two busy loops an outage is as documented, or void because of the machine",
          "[figures]") {
  const TemporaryFolder folder;
  std::vector<std::unique_ptr<Program>> loops;
  for (size_t i = 0; i < std::max<size_t>(2, allowed_cpus().size()); ++i) {
    loops.push_back(std::make_unique<Program>(
        std::vector<std::string>{"/bin/sh", "-c", "while :; do :; done"}));
  }
  // Three tries, each of which may wait for the machine.
  const Outcome outcome = run_program(replay_argv(folder, 4), 560s);
  const Replay replay = parse(outcome);
  INFO(replay.said);
  const json::array& tries = replay.list("tries");
  REQUIRE_FALSE(tries.empty());
  const json::value* last = find_path(tries.back(), {"void"});
  REQUIRE(last != nullptr);
  if (last->is_null()) {
    CHECK(outcome.status == 0);
    check_read_only(replay);
    check_figures(replay);
  } else {
    CHECK(outcome.status == 3);
    CHECK(string_or(last->as_object(), "kind", "") == "machine");
    CHECK(find_path(*last, {"measured"}) != nullptr);
  }
}
