// A drill without a person: played by the documented shell script, and by single commands.
#include <catch2/catch.hpp>

#include "journal/events.hpp"
#include "journal/folder.hpp"
#include "journal/journal.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Outcome gameday_of(const std::string& session, std::vector<std::string> words,
                   const std::string& input = "") {
  words.insert(words.begin(), gameday_program());
  Program program(words, {{"GAMEDAY_SESSION", session}}, input);
  const auto outcome = program.wait(60s);
  REQUIRE(outcome);
  return *outcome;
}

json::object document_of(const Outcome& outcome) {
  INFO(outcome.err << outcome.out);
  return parse_json(outcome.out, "tests").as_object();
}

// Ends the drill whatever a check says.
struct Detached {
  TemporaryFolder folder;
  json::object drill;
  std::string session;

  Detached() {
    const Outcome started =
        run_program({gameday_program(), "run", "read-only-primary", "--code", "seven", "--detach",
                     "--json", "--folder", folder.path.string()}, 120s);
    INFO(started.err);
    REQUIRE(started.status == 0);
    drill = document_of(started);
    session = string_or(drill, "session", "");
  }
  ~Detached() {
    run_program({gameday_program(), "down", session}, 60s);
  }
};

}  // namespace

TEST_CASE("an expert written as a shell script plays a drill from the page to the scorecard") {
  const TemporaryFolder folder;
  Program script({"sh", (project_root() / "docs" / "automated-responder.sh").string(), "--code",
                  "two", "--minutes", "5", "--folder", folder.path.string()},
                 {{"GAMEDAY", gameday_program().string()}, {"GAMEDAY_SESSION", ""}});
  const auto outcome = script.wait(300s);
  REQUIRE(outcome);
  INFO(outcome->err << outcome->out);
  REQUIRE(outcome->status == 0);
  const json::value card = parse_json(outcome->out, "scorecard");
  CHECK(find_path(card, {"diagnosis", "points"})->to_number<double>() == Approx(50));
  CHECK(find_path(card, {"repair", "points"})->to_number<double>() >= 15);
  CHECK(find_path(card, {"total"})->to_number<double>() >= 75);
}

TEST_CASE("an expert enters hosts of a detached drill by commands and may take it down") {
  Detached detached;
  const std::string& session = detached.session;
  CHECK(detached.drill.at("hosts").as_array().size() == 11);
  CHECK(number_or(detached.drill.at("normal").as_object(), "offered", 0) > 0);

  const json::object seen = document_of(gameday_of(
      session, {"exec", "--json", "db1", "--", "sh", "-c", "cat; hostname; exit 4"}, "typed\n"));
  CHECK(string_or(seen, "out", "") == "typed\ndb1\n");
  CHECK(number_or(seen, "status", 0) == 4);
  CHECK_FALSE(string_or(seen, "observation", "").empty());
  const Outcome refused = gameday_of(session, {"exec", "clients", "--", "id"});
  CHECK(refused.status == 2);
  CHECK(refused.out.empty());

  // The desk's verbs, in every host's own shell.
  for (const json::value& host : detached.drill.at("hosts").as_array()) {
    const std::string name = string_or(host.as_object(), "host", "");
    if (name == "clients") continue;
    INFO(name);
    CHECK(gameday_of(session, {"exec", name, "--", "gameday", "note", "from", name}).status == 0);
  }
  const Outcome onward = gameday_of(session, {"exec", "db1", "--", "on", "web1", "--", "hostname"});
  CHECK(onward.out == "web1\n");
  const json::object said = document_of(gameday_of(session, {"notes", "--json"}));
  CHECK(said.at("notes").as_array().size() == 10);
  CHECK(string_or(said.at("notes").as_array()[0].as_object(), "from", "") == "trainee");

  // A statement typed into psql is an observation of its own, with the server that answered it.
  const Outcome shell = gameday_of(session, {"shell", "ops"},
                                   "psql -h db2 -U postgres shop\nSELECT pg_is_in_recovery();\n\\q\n");
  CHECK(shell.status == 0);
  const json::object notes = document_of(gameday_of(session, {"notes", "--json"}));
  std::string within;
  for (const json::value& one : notes.at("observations").as_array()) {
    if (string_or(one.as_object(), "command", "") != "SELECT pg_is_in_recovery();") continue;
    within = string_or(one.as_object(), "within", "");
  }
  CHECK(within == "psql -h db2");

  const std::string folder = string_or(detached.drill, "folder", "");
  const Outcome early = run_program({gameday_program(), "score", folder}, 20s);
  CHECK(early.status == 2);
  CHECK(early.err.find("the drill still runs") != std::string::npos);
  CHECK(run_program({gameday_program(), "down", session}, 60s).status == 0);
  CHECK_FALSE(is_held(folder));
  const Event* end = nullptr;
  const Journal journal = read_journal(std::filesystem::path(folder) / "journal.jsonl");
  REQUIRE((end = journal.last(events::kEnd)) != nullptr);
  CHECK(string_or(end->data, "reason", "") == "interrupted");
}
