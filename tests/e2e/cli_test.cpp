// Bad input at the command line: one clear line and the documented exit code.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <algorithm>
#include <cctype>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "core/json.hpp"
#include "drill/desk/usage.hpp"
#include "journal/folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Outcome gameday_says(std::vector<std::string> words,
                     std::map<std::string, std::string> environment = {}) {
  words.insert(words.begin(), gameday_program());
  return run_program(words, 60s, std::move(environment));
}

// Where no drill runs, whatever else does: sessions are known by their network namespace.
Outcome gameday_alone(std::vector<std::string> words,
                      std::map<std::string, std::string> environment) {
  words.insert(words.begin(), {"unshare", "--map-root-user", "--net", gameday_program()});
  return run_program(words, 60s, std::move(environment));
}

// What stands between characters that no command's name has.
std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + "\n") {
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '-') word += c;
    else if (!word.empty()) words.insert(std::exchange(word, ""));
  }
  return words;
}

long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("wrong usage and bad input are one line and exit 2") {
  struct Row {
    std::vector<std::string> words;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {{"replay", "no-such-outage"}, "no-such-outage"},
      {{"replay"}, "name one scenario, or --all"},
      {{"replay", "read-only-primary", "--all"}, "name one scenario, or --all"},
      {{"replay", "--all", "--variant", "x"}, "--variant"},
      {{"replay", "--all", "--repeat", "0"}, "repeat"},
      {{"replay", "read-only-primary", "--variant", "nope"}, "nope"},
      {{"replay", "read-only-primary", "--engine", "qemu"}, "qemu"},
      {{"replay", "read-only-primary", "--alerts", "nope"}, "alerts: no rule file"},
      {{"replay", "read-only-primary", "--seed", "many"}, "seed"},
      {{"replay", "read-only-primary", "--seed", "-1"}, "--seed"},
      {{"replay", "read-only-primary", "--tolerance", "-5"}, "--tolerance"},
      {{"replay", "read-only-primary", "--junit", "/nonexistent/x.xml"}, "/nonexistent/x.xml"},
      {{"replay", "--all", "--junit", "/tmp"}, "/tmp: it is a folder"},
      {{"replay", "read-only-primary", "read-only-primary"}, "not expected"},
      {{"run", "--code", ""}, "--code"},
      {{"run", ""}, "scenario: Value is empty"},
      {{"run", "--minutes", "nan"}, "--minutes"},
      {{"replay", "read-only-primary", "--bogus"}, "--bogus"},
      {{"frobnicate"}, "frobnicate"},
      {{"alerts"}, "subcommand"},
      {{"alerts", "check"}, "paths"},
      {{"alerts", "check", "/nonexistent"}, "/nonexistent: there is no such file or folder"},
      {{"alerts", "check", "/nonexistent", "--length", "soon"}, "--length"},
      {{"alerts", "check", "/nonexistent", "--within", "0"}, "--within"},
      {{"score", "/nonexistent"}, "/nonexistent"},
      {{"score", ""}, "folder: Value is empty"},
      {{"report", ""}, "folder: Value is empty"},
      {{"scenarios", "check", "/nonexistent.yaml"}, "/nonexistent.yaml"},
      {{"run", "no-such-outage"}, "no-such-outage"},
      {{"run", "no-such-outage", "--detach"}, "no-such-outage"},
      {{"run", "--detach", "--minutes", "0"}, "minutes"},
      {{"ack"}, "no drill"},
      {{"pages", "--wait", "1"}, "no drill"},
      {{"wait", "--for", "page"}, "no drill"},
      {{"wait", "--for", "rain"}, "needs --for page, answer, served or graded"},
      {{"wait", "--for", "graded", "--limit", "soon"}, "'soon' is no time"},
      {{"exec", "db1", "--", "id"}, "no drill"},
      {{"exec", "db1"}, "needs COMMAND"},
  };
  for (const Row& row : rows) {
    const Outcome outcome = gameday_alone(row.words, {{"GAMEDAY_SESSION", ""}});
    INFO(row.words.front() << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(lines(outcome.err) == 1);
    CHECK(outcome.err.rfind("gameday: ", 0) == 0);
    CHECK(outcome.err.find(row.expected) != std::string::npos);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a replay takes the scenario's own alert rules") {
  const TemporaryFolder folder;
  std::stringstream text;
  text << std::ifstream(project_root() / "docs" / "pages-cut-off.yaml").rdbuf();
  std::string scenario = text.str();
  const std::string documented = "alerts: documented\n";
  const size_t at = scenario.find(documented);
  REQUIRE(at != std::string::npos);
  const auto file = folder.path / "pages-cut-off.yaml";
  std::ofstream(file) << scenario.replace(at, documented.size(), "alerts: of-its-own\n");
  // No such rules: said before anything starts. A second wrong option ends what would play.
  const Outcome outcome = gameday_says({"replay", file.string(), "--folder", "/proc/nowhere"});
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("alerts: no rule file in ") != std::string::npos);
}

TEST_CASE("a bad rule file is named with its line and the reason before any stack starts") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path / "team");
  std::ofstream(folder.path / "team" / "edge.yaml")
      << "groups:\n  - name: edge\n    rules:\n      - alert: Open\n        expr: sum(up > 1\n";
  const std::string rules = folder.path.string() + "/";
  const std::vector<std::vector<std::string>> calls = {
      {"run", "--alerts", rules},
      {"replay", "read-only-primary", "--alerts", rules},
      {"up", "--alerts", rules},
  };
  for (const std::vector<std::string>& words : calls) {
    const Outcome outcome = gameday_alone(words, {{"GAMEDAY_SESSION", ""}});
    INFO(words.front() << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("/team/edge.yaml:5: Open: unclosed left parenthesis") !=
          std::string::npos);
    CHECK(outcome.err.find("Starting the stack") == std::string::npos);
  }
}

TEST_CASE("alerts check names bad files, reads the rest, and fails for the bad ones only") {
  const TemporaryFolder folder;
  std::ofstream(folder.path / "good.yaml")
      << "groups:\n  - name: edge\n    rules:\n      - {alert: Down, expr: up == 0}\n";
  const std::vector<std::string> words = {"alerts", "check", folder.path.string()};
  const Outcome good = gameday_says(words);
  INFO(good.out << good.err);
  CHECK(good.status == 0);
  CHECK_FALSE(good.out.empty());
  std::ofstream(folder.path / "chart.yml") << "groups:\n  - name: {{ .Release.Name }}-edge\n";
  const Outcome bad = gameday_says(words);
  INFO(bad.out << bad.err);
  CHECK(bad.status == 1);
  CHECK(bad.out.find("/chart.yml:2: a template: render it first") != std::string::npos);
  std::filesystem::remove(folder.path / "good.yaml");
  CHECK(gameday_says(words).status == 2);
  const Outcome document = gameday_says({"alerts", "check", folder.path.string(), "--json"});
  CHECK(document.out.find("\"kind\": \"template\"") != std::string::npos);
}

TEST_CASE("who calls the desk when no drill runs is told how the last one ended") {
  const TemporaryFolder data;
  const auto drill = data.path / "gameday" / "drills" / "20261121-093000-1";
  std::filesystem::create_directories(drill);
  std::filesystem::copy(project_root() / "tests" / "fixtures" / "expert.jsonl",
                        drill / "journal.jsonl");
  for (const char* session : {"", "20261121-093000-1"}) {
    const Outcome outcome = gameday_alone(
        {"ack"}, {{"GAMEDAY_SESSION", session}, {"XDG_DATA_HOME", data.path.string()}});
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(lines(outcome.err) == 1);
    CHECK(outcome.err.find("20261121-093000-1 ended at ") != std::string::npos);
    CHECK(outcome.err.find(" UTC (resolved): gameday score 20261121-093000-1") !=
          std::string::npos);
  }
}

TEST_CASE("score and report without an id mean the last drill of this user that was graded") {
  const TemporaryFolder data;
  const auto drills = data.path / "gameday" / "drills";
  const auto record = [&drills](const std::string& id) {
    std::filesystem::create_directories(drills / id);
    std::filesystem::copy(project_root() / "tests" / "fixtures" / "expert.jsonl",
                          drills / id / "journal.jsonl");
    return drills / id;
  };
  const auto says = [&data](std::vector<std::string> words, const std::string& session = "") {
    return gameday_says(std::move(words), {{"XDG_DATA_HOME", data.path.string()},
                                           {"GAMEDAY_SESSION", session}});
  };
  const std::string mine = "20261121-093000-1", killed = "20261121-093500-2",
                    running = "20261121-094000-3", foreign = "20261121-094500-4";
  record(mine);
  const Outcome none = says({"score"});
  CHECK(none.status == 2);
  CHECK(lines(none.err) == 1);
  CHECK(none.err.find("no finished and graded drill of yours") != std::string::npos);

  REQUIRE(says({"score", mine}).status == 0);
  record(killed);
  for (const std::string& id : {running, foreign}) {
    record(id);
    REQUIRE(says({"score", id}).status == 0);
  }
  UniqueFd held = hold_drill_folder(drills / running);
  std::ofstream(drills / running / "manifest.json") << R"({"mode": "live"})";
  // Only root can give a file away; anybody else sees the test without a stranger's record.
  if (::chown((drills / foreign / "journal.jsonl").c_str(), 65534, 65534) != 0) {
    std::filesystem::remove_all(drills / foreign);
  }
  // Looking changes nothing of the record.
  std::ofstream(drills / mine / "report.md") << "my own remark\n";
  const auto written = std::filesystem::last_write_time(drills / mine / "scorecard.json");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"score", "--json"}, {"score", "last"}, {"report"}}) {
    const Outcome outcome = says(words);
    INFO(words.front() << ": " << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "drill " + mine + "\n");
    CHECK_FALSE(outcome.out.empty());
  }
  CHECK(says({"report"}).out.find("my own remark") == std::string::npos);
  std::stringstream kept;
  kept << std::ifstream(drills / mine / "report.md").rdbuf();
  CHECK(kept.str() == "my own remark\n");
  CHECK(std::filesystem::last_write_time(drills / mine / "scorecard.json") == written);
  CHECK(says({"score"}, killed).err == "drill " + killed + "\n");
  const Outcome elsewhere = says({"score"}, "20261121-095000-5");
  CHECK(elsewhere.status == 2);
  CHECK(elsewhere.err.find("20261121-095000-5 has no record") != std::string::npos);
  Program waits({gameday_program(), "score", "--wait"},
                {{"XDG_DATA_HOME", data.path.string()}, {"GAMEDAY_SESSION", ""}});
  CHECK(eventually(10s, [&] { return waits.err() == "drill " + running + "\n"; }));
  const Outcome early = says({"wait", "--for", "graded", "--limit", "0.1s"});
  CHECK(early.status == 1);
  CHECK(early.err == "wait: no grade of " + running + " within 0.1s\n");
  held.reset();
  CHECK(says({"wait", "--for", "graded"}).out == "graded: " + running + "\n");
}

TEST_CASE("no advice ends a drill that somebody else may play") {
  for (const char* name : {"up", "down", "run", "score", "clean", "setup", "doctor"}) {
    const Outcome help = gameday_says({name, "--help"});
    INFO(help.out);
    CHECK(help.out.find("down --all") == std::string::npos);
  }
}

TEST_CASE("a cache that cannot be made is one line with the remedy and exit 3") {
  const Outcome nowhere = gameday_says({"up"}, {{"XDG_CACHE_HOME", "/proc/nowhere"}});
  CHECK(nowhere.status == 3);
  CHECK(lines(nowhere.err) == 1);
  CHECK(nowhere.err.find("XDG_CACHE_HOME") != std::string::npos);
}

TEST_CASE("every subcommand explains itself with an example") {
  for (const char* name : {"run", "replay", "scenarios", "score", "report", "up", "down", "doctor",
                           "clean", "ack", "declare", "diagnose", "escalate", "on", "exec", "pages",
                           "wait"}) {
    const Outcome outcome = gameday_says({name, "--help"});
    INFO(name << ": " << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("example") != std::string::npos);
  }
}

TEST_CASE("help, manual page and completion name every command and every verb of the desk") {
  std::vector<std::string> names = {"run",    "replay", "scenarios", "score", "report", "up",
                                    "down",   "doctor", "setup",     "clean", "help",   "completion"};
  for (const Verb& verb : desk_verbs()) names.emplace_back(verb.name);
  const auto alone = [](std::vector<std::string> words) {
    return gameday_alone(std::move(words), {{"GAMEDAY_SESSION", ""}});
  };
  for (const std::vector<std::string>& words : {std::vector<std::string>{"help"}, {"--help"},
                                                {"man-page"}, {"completion"}}) {
    const Outcome outcome = alone(words);
    CHECK(outcome.status == 0);
    const std::set<std::string> said = words_of(outcome.out);
    for (const std::string& name : names) {
      INFO(words.front() << ": " << name);
      CHECK(said.contains(name));
    }
    CHECK_FALSE(said.contains("supervise"));
  }
  CHECK(alone({"help", "replay"}).out == alone({"replay", "--help"}).out);
  CHECK(alone({"help", "scenarios", "check"}).out == alone({"scenarios", "check", "--help"}).out);
  CHECK(alone({"help", "declare"}).out == alone({"declare", "--help"}).out);
  CHECK(alone({"help", "frobnicate"}).status == 2);
  const auto script = run_program(
      {"bash", "-c", "eval \"$(\"$0\" completion)\"; COMP_WORDS=(gameday replay --jun); COMP_CWORD=2; "
       "_gameday; echo \"${COMPREPLY[@]}\"", gameday_program()}, 60s);
  CHECK(script.out == "--junit\n");
}

TEST_CASE("the version names the release, the commit and the catalogue") {
  const Outcome outcome = gameday_says({"--version"});
  INFO(outcome.out);
  CHECK(outcome.status == 0);
  CHECK(std::regex_match(
      outcome.out,
      std::regex(R"(gameday \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}\+?|unknown), catalogue \d+\)\n)")));
}

TEST_CASE("doctor's JSON is one document that says whether drills can run") {
  const Outcome outcome = gameday_says({"doctor", "--json"});
  const json::value document = parse_json(outcome.out, "doctor");
  REQUIRE(find_path(document, {"able"}) != nullptr);
  for (const char* key : {"cores", "free_cores", "process_start_ms", "available_memory_mib"}) {
    INFO(key);
    REQUIRE(find_path(document, {"machine", key}) != nullptr);
  }
  REQUIRE(find_path(document, {"machine", "capacity", "full"}) != nullptr);
  CHECK(outcome.status == (find_path(document, {"able"})->as_bool() ? 0 : 3));
}

TEST_CASE("a broken scenario file is named with line and column") {
  const TemporaryFolder folder;
  const auto file = folder.path / "broken.yaml";
  std::ofstream(file) << "id: broken\nticket: x\nsurprise: 1\n";
  const Outcome outcome = gameday_says({"scenarios", "check", file.string()});
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("broken.yaml:3:1") != std::string::npos);
  CHECK(outcome.err.find("surprise") != std::string::npos);
}

TEST_CASE("output that cannot be written is said and fails, and a closed pipe is quiet") {
  const std::string program = gameday_program();
  for (const char* words : {"scenarios", "scenarios --spoilers --json", "--help", "replay --help"}) {
    INFO(words);
    const Outcome full =
        run_program({"sh", "-c", program + " " + words + " >/dev/full"}, 60s);
    INFO(full.err);
    CHECK(full.status == 1);
    CHECK(lines(full.err) == 1);
    CHECK(full.err.find("standard output: No space left on device") != std::string::npos);
    const Outcome closed =
        run_program({"bash", "-c", "set -o pipefail; " + program + " " + words + " | true"}, 60s);
    CHECK(closed.status == 0);
    CHECK(closed.err.empty());
  }
}

TEST_CASE("a drill's documents come whole or not at all") {
  const TemporaryFolder folder;
  const auto drill = folder.path / "drill";
  std::filesystem::create_directory(drill);
  std::filesystem::copy_file(project_root() / "tests/fixtures/expert.jsonl",
                             drill / "journal.jsonl");
  std::ofstream(drill / "report.md") << "earlier\n";
  // No file of more than 4 KiB: to the program that is a full disk.
  const Outcome outcome = run_program(
      {"bash", "-c", "ulimit -f 4; exec \"$0\" score \"$1\"", gameday_program(), drill.string()},
      60s);
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.err) == 1);
  CHECK(outcome.err.find("cannot write " + drill.string()) != std::string::npos);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(drill)) {
    ++files;
    INFO(entry.path().string());
    const std::string name = entry.path().filename().string();
    CHECK((name == "journal.jsonl" || name == "report.md"));
  }
  CHECK(files == 2);
  std::stringstream report;
  report << std::ifstream(drill / "report.md").rdbuf();
  CHECK(report.str() == "earlier\n");
}

TEST_CASE("what the package installs runs without the checkout, and keeps out of /usr") {
  const TemporaryFolder folder;
  const Outcome installed =
      run_program({"cmake", "--install", build_folder().string(), "--prefix", "/opt/gameday"}, 120s,
                  {{"DESTDIR", folder.path.string()}});
  INFO(installed.err);
  REQUIRE(installed.status == 0);
  CHECK_FALSE(std::filesystem::exists(folder.path / "usr"));
  const std::string program = folder.path / "opt/gameday/bin/gameday";
  const auto says = [&program](std::vector<std::string> words) {
    words.insert(words.begin(), {"env", "-u", "GAMEDAY_ROOT", "-u", "GAMEDAY_BUILD", program});
    return run_program(words, 60s);
  };
  CHECK(says({"scenarios"}).out == gameday_says({"scenarios"}).out);
  const auto example = folder.path / "opt/gameday/share/doc/gameday/pages-cut-off.yaml";
  CHECK(says({"scenarios", "check", example.string()}).status == 0);
  // Pages are made with what was installed.
  const auto drill = folder.path / "drill";
  std::filesystem::create_directory(drill);
  std::filesystem::copy_file(project_root() / "tests/fixtures/expert.jsonl",
                             drill / "journal.jsonl");
  CHECK(says({"report", drill.string(), "--html"}).out == (drill / "report.html").string() + "\n");
  CHECK(std::filesystem::file_size(drill / "report.html") > 50'000);
  // Its own pod is found and tried, from where it was installed.
  const Outcome doctor = says({"doctor", "--json"});
  INFO(doctor.out << doctor.err);
  CHECK(doctor.status == gameday_says({"doctor", "--json"}).status);
  std::ifstream page(folder.path / "opt/gameday/share/man/man1/gameday.1");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  CHECK(text.find("gameday setup") != std::string::npos);
}

TEST_CASE("the list of drills shows symptoms and no ids") {
  const Outcome plain = gameday_says({"scenarios"});
  CHECK(plain.status == 0);
  CHECK(plain.out.find("read-only") == std::string::npos);
  const Outcome spoilers = gameday_says({"scenarios", "--spoilers"});
  CHECK(spoilers.out.find("read-only-primary") != std::string::npos);
}
