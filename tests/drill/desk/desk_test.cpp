#include "drill/desk/desk.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "drill/desk/incident.hpp"
#include "drill/desk/screens.hpp"
#include "drill/desk/usage.hpp"
#include "tests/drill/desk/desk_caller.hpp"

using namespace gameday;
using namespace gameday::testing;

TEST_CASE("a program waits for the page and may cite what it saw") {
  Drill drill;
  const Caller early = drill.done({"pages", "--json", "--wait", "0.05"});
  CHECK(early.status == 1);
  CHECK(early.out == "[]\n");
  Caller waiting = drill.call({"pages", "--wait=60", "--json"});
  drill.page();
  waiting.finish();
  CHECK(waiting.status == 0);
  const json::value pages = parse_json(waiting.out, "pages");
  const json::object& page = pages.as_array().at(0).as_object();
  CHECK(string_or(page, "id", "") == "p1");
  CHECK(string_or(page, "observation", "") == "o1");
  CHECK_THAT(drill.done({"pages"}).out, Catch::Contains("cite as    o1"));
  const auto seen = drill.recorder.observations();
  REQUIRE(seen.size() == 1);  // however often it is looked at
  CHECK(seen[0].host == "desk");
  CHECK(seen[0].command == "page p1");
  CHECK_THAT(seen[0].output, Catch::Contains("p99 above 500 ms"));
  const Caller wrong = drill.done({"pages", "--wait", "soon"});
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Catch::Contains("'soon' is not a number of seconds"));
}

TEST_CASE("a page of unknown origin is shown as such, and cannot be cited") {
  Drill drill;
  drill.journal.append(events::kPage, {{"id", "p1"}, {"source", "alert"}, {"severity", "page"},
                                       {"alert", "Slow"}, {"summary", "Slow: db1 is in recovery"},
                                       {"origin", "unknown"}});
  CHECK(drill.notices.after(0) ==
        std::vector<std::string>{"*** PAGE OF UNKNOWN ORIGIN: Slow: db1 is in recovery  "
                                 "(gameday pages, gameday ack)"});
  const Caller shown = drill.done({"pages"});
  CHECK_THAT(shown.out, Catch::StartsWith("PAGE OF UNKNOWN ORIGIN\n") &&
                            Catch::Contains("it cannot be cited"));
  CHECK(drill.recorder.observations().empty());
  drill.page();
  CHECK_THAT(drill.done({"pages"}).out, Catch::Contains("cite as    o1"));
  CHECK(drill.recorder.observations().size() == 1);
}

TEST_CASE("whoever waits for a page is told when the desk closes") {
  Drill drill;
  Caller waiting = drill.call({"pages", "--wait", "60"});
  Caller gone = drill.call({"pages", "--wait", "60"});
  gone.socket.reset();
  drill.desk->stop();
  waiting.finish();
  CHECK(waiting.status != 0);
}

TEST_CASE("acknowledging needs a page, is recorded before the answer, and counts once") {
  Drill drill;
  const Caller early = drill.done({"ack"});
  CHECK(early.status == 1);
  CHECK_THAT(early.err, Catch::Contains("there is nothing to acknowledge"));
  CHECK(drill.said("ack").empty());

  drill.page();
  CHECK(drill.notices.after(0) ==
        std::vector<std::string>{"*** PAGE: Slow: p99 above 500 ms  (gameday pages, gameday ack)"});
  Caller caller = drill.call({"ack"});
  caller.next();  // the answer has come: the journal must have it already
  CHECK(caller.out == "acknowledged p1: Slow\n");
  CHECK(drill.said("ack").size() == 1);
  CHECK(drill.done({"ack"}).status == 1);
  CHECK(drill.said("ack").size() == 1);
  const auto at = drill.desk->state().acknowledged_at;
  CHECK(at.has_value());

  // What comes later is acknowledged by itself.
  drill.journal.append(events::kPage, {{"id", "p2"}, {"source", "ticket"},
                                       {"summary", "Nobody can pay"}});
  CHECK(drill.done({"ack"}).out == "acknowledged p2: Nobody can pay\n");
  CHECK(drill.said("ack").at(1).at("pages") == json::array{"p2"});
  CHECK(drill.desk->state().acknowledged_at == at);
}

TEST_CASE("an alert is told once until it has ended for good, and users are served") {
  struct Row {
    double at;
    const char *kind, *what;  // of an alert its status, of a page its alert
    std::string told;         // p: the page; r: that it has ended
  };
  const std::vector<std::vector<Row>> courses = {
      // Nobody was paged.
      {{1, events::kAlert, "firing", ""}, {2, events::kAlert, "resolved", ""},
       {60, events::kSecond, "", ""}},
      // It ends, and stays away for some seconds.
      {{1, events::kPage, "Slow", "p"}, {9, events::kAlert, "resolved", ""},
       {10, events::kSecond, "", ""}, {14, events::kSecond, "", "r"},
       {15, events::kSecond, "", ""}},
      // It flaps.
      {{1, events::kPage, "Slow", "p"}, {9, events::kAlert, "resolved", ""},
       {12, events::kAlert, "firing", ""}, {12, events::kPage, "Slow", ""},
       {40, events::kSecond, "", ""}},
      // Users suffer: it has not ended, whatever it measures.
      {{1, events::kVerified, "", ""}, {2, events::kPage, "Slow", "p"},
       {9, events::kAlert, "resolved", ""}, {40, events::kSecond, "", ""},
       {41, events::kServed, "true", "r"}},
      // After the end was told it is news again.
      {{1, events::kPage, "Slow", "p"}, {9, events::kAlert, "resolved", ""},
       {14, events::kSecond, "", "r"}, {20, events::kPage, "Slow", "p"}},
      // Another alert is another page.
      {{1, events::kPage, "Slow", "p"}, {2, events::kPage, "Errors", "p"}},
  };
  for (const auto& course : courses) {
    Drill drill;
    DeskBook book(drill.journal, "trainee");
    for (const Row& row : course) {
      INFO(&course - courses.data() << " at " << row.at);
      Event event;
      event.at_seconds = row.at;
      event.kind = row.kind;
      event.data = {{"status", row.what}, {"name", "Slow"}, {"summary", "The site is slow"}};
      if (event.kind == events::kServed) event.data = {{"served", true}};
      if (event.kind == events::kPage) {
        event.data = {{"alert", row.what},
                      {"summary", std::string(row.what) + ": The site is slow"}};
      }
      const DeskBook::News news = book.take(event);
      CHECK(std::string(news.paged ? "p" : "") + std::string(news.ended.size(), 'r') == row.told);
    }
  }
}

TEST_CASE("a page that comes again is shown once, with how often and the last time") {
  Drill drill;
  drill.page();
  drill.page();
  drill.page();
  CHECK(drill.notices.count() == 1);
  const std::string shown = drill.done({"pages"}).out;
  INFO(shown);
  CHECK_THAT(shown, Catch::Contains("2 times, last at 20"));
  CHECK(shown.find("PAGE") == shown.rfind("PAGE"));
}

TEST_CASE("a notice is not cut where a wide terminal has room for it") {
  const std::string long_one(180, 'x');
  CHECK_THAT(page_line({{"source", "alert"}, {"summary", long_one}}), Catch::Contains(long_one));
  CHECK_THAT(resolved_line({{"name", "Slow"}, {"summary", long_one}}), Catch::Contains(long_one));
}

TEST_CASE("severity, notes, escalation, updates, handover and resolve are recorded as said") {
  Drill drill;
  drill.page();
  CHECK(drill.done({"declare", "SEV2"}).status == 0);
  CHECK(string_or(drill.said("declare").at(0), "severity", "") == "sev2");
  CHECK(drill.done({"note", "reads", "are", "fine"}).out == "noted as n1\n");
  CHECK(string_or(drill.said("note").at(0), "text", "") == "reads are fine");
  CHECK(drill.done({"escalate", "dba", "please", "look"}).status == 0);
  CHECK(string_or(drill.said("escalate").at(0), "team", "") == "database");
  CHECK(string_or(drill.said("escalate").at(0), "reason", "") == "please look");
  CHECK(drill.done({"update", "--impact", "i", "--action", "a", "--next", "15"}).status == 0);
  CHECK(number_or(drill.said("update").at(0), "next_minutes", 0) == 15);
  CHECK(drill.done({"update"}, {"i2", "a2", "7.5"}, true).status == 0);
  CHECK(number_or(drill.said("update").at(1), "next_minutes", 0) == 7.5);
  CHECK(drill.done({"handover", "senior", "all", "yours"}).status == 0);
  CHECK(string_or(drill.said("handover").at(0), "to", "") == "senior");

  drill.journal.append(events::kAnswer, {{"team", "database"}, {"text", "we look at it"}});
  CHECK(drill.notices.after(1) == std::vector<std::string>{"*** database: we look at it"});
  const Caller notes = drill.done({"notes"});
  CHECK_THAT(notes.out, Catch::Contains("trainee: reads are fine"));
  CHECK_THAT(notes.out, Catch::Contains("database: we look at it"));

  const Caller status = drill.done({"status"});
  CHECK_THAT(status.out, Catch::Contains("sev2") && Catch::Contains("database at ") &&
                             Catch::Contains("next update") && Catch::Contains("not stated"));
  const std::string clock = "[0-9]{2}:[0-9]{2}:[0-9]{2}", beside = " \\(\\+[0-9]+ s\\)";
  CHECK_THAT(status.out, Catch::Matches("(.|\n)*paged        " + clock + ", [0-9]+ s ago: (.|\n)*") &&
                             Catch::Matches("(.|\n)*database at " + clock + beside + "(.|\n)*") &&
                             Catch::Matches("(.|\n)*next update  " + clock +
                                            ", in [0-9]+ s \\([78] min\\)\n(.|\n)*"));
  CHECK_THAT(notes.out, Catch::Matches("(.|\n)*n1    " + clock + beside +
                                       "  trainee: reads are fine\n(.|\n)*"));
  const json::value document = parse_json(drill.done({"status", "--json"}).out, "status");
  CHECK(document.as_object().at("severity").as_string() == "sev2");
}

TEST_CASE("there is one table of severities, in the desk, in the runbook and in the grade") {
  const Drill drill;
  std::ifstream file(project_root() + "/sandbox/stack/roles/ops/srv/runbooks/teams.md");
  const std::string runbook{std::istreambuf_iterator<char>(file), {}};
  const std::string help = drill.done({"declare", "--help"}).out;
  CHECK(drill.taxonomy.values("severity").size() == 3);
  for (const TaxonomyValue& value : drill.taxonomy.values("severity")) {
    CHECK_THAT(runbook, Catch::Contains("| " + value.name + " | " + value.help + " |\n"));
    std::string row = "  " + value.name;
    row.resize(28, ' ');
    CHECK_THAT(help, Catch::Contains(row + value.help.substr(0, 40)));
    CHECK(drill.done({"declare", value.name}).out ==
          "declared " + value.name + ": " + value.help + "\n");
  }
}

TEST_CASE("resolving without a stated cause asks first, and ends the incident once") {
  Drill drill;
  drill.page();
  CHECK(drill.done({"resolve"}).status == 2);
  CHECK(drill.done({"resolve"}, {"n"}, true).status == 1);
  CHECK_FALSE(drill.desk->state().resolved);
  CHECK(drill.done({"resolve", "service", "is", "back"}, {"y"}, true).status == 0);
  CHECK(drill.desk->state().resolved);
  CHECK(string_or(drill.said("resolve").at(0), "text", "") == "service is back");
  CHECK(drill.done({"resolve", "--yes"}).status == 1);
  CHECK(drill.said("resolve").size() == 1);
}

TEST_CASE("a hint names its price before it is given, and each is given once") {
  Drill drill;
  const Caller asked = drill.done({"hint"});
  CHECK(asked.status == 2);
  CHECK_THAT(asked.err, Catch::Contains("Hint 1 of 2") && Catch::Contains("95 %"));
  CHECK(asked.err.find("writes") == std::string::npos);
  CHECK(drill.done({"hint"}, {"n"}, true).status == 1);
  CHECK(drill.said("hint").empty());

  const Caller taken = drill.done({"hint"}, {"y"}, true);
  CHECK(taken.status == 0);
  CHECK(taken.out.find("95 %") < taken.out.find("look at the writes"));
  CHECK(number_or(drill.said("hint").at(0), "price", 0) == 0.95);
  CHECK_THAT(drill.done({"hint", "--yes"}).out, Catch::Contains("compare two servers"));
  CHECK(drill.done({"hint", "--yes"}).status == 1);
  CHECK(drill.said("hint").size() == 2);
}

TEST_CASE("two requests for a hint at the same moment are one hint") {
  SECTION("one is asked for while the other decides") {
    Drill drill;
    Caller slow = drill.call({"hint"}, true);
    REQUIRE(slow.next());  // it is asked
    const Caller quick = drill.done({"hint", "--yes"});
    slow.answer("y");
    slow.finish();
    for (const Caller* one : {&std::as_const(slow), &quick}) {
      CHECK(one->status == 0);
      CHECK_THAT(one->out, Catch::Contains("look at the writes"));
    }
    CHECK_THAT(slow.out, Catch::Contains("counts once"));
    CHECK(drill.said("hint").size() == 1);
  }
  SECTION("they come one right after the other") {
    Drill drill(60);
    for (int i = 0; i < 3; ++i) {
      CHECK_THAT(drill.done({"hint", "--yes"}).out, Catch::Contains("look at the writes"));
    }
    CHECK(drill.said("hint").size() == 1);
  }
}

TEST_CASE("a diagnosis is taken from options, from a file and from the guided questions") {
  Drill drill;
  drill.recorder.observe({"", "db1", "trainee", "psql", "t", 0, 1, 2});
  const Caller by_options =
      drill.done({"diagnose", "--component", "primary", "--mechanism", "standby_read_only",
                  "--evidence", "o1", "--confidence", ".9"});
  CHECK(by_options.status == 0);
  CHECK(by_options.out == "recorded\n");

  Call call;
  call.argv = {"diagnose", "--file", "-"};
  call.file = R"({"verdict":"no_fault","text":"a campaign"})";
  Caller by_file(drill.socket, call);
  by_file.finish();
  CHECK(by_file.out == "recorded\n");

  const Caller guided = drill.done(
      {"diagnose"},
      {"fault", "db1", "role_state", "1", "", "maintenance", "o1", "", "", "", "y"}, true);
  CHECK(guided.status == 0);
  CHECK_THAT(guided.out, Catch::EndsWith("recorded\n"));

  std::vector<json::object> answers;
  for (const Event& event : read_journal(drill.folder.path / "journal.jsonl").events) {
    if (event.kind == events::kDiagnosis) answers.push_back(event.data);
  }
  REQUIRE(answers.size() == 3);
  CHECK(string_or(answers[0], "component", "") == "db1");
  CHECK(string_or(answers[0], "verdict", "") == "fault");
  CHECK(string_or(answers[1], "verdict", "") == "no_fault");
  CHECK(string_or(answers[2], "mechanism", "") == "standby_read_only");
  CHECK(drill.desk->state().diagnoses == 3);
}

TEST_CASE("a person who leaves in the middle of the questions has submitted nothing") {
  Drill drill;
  {
    Caller caller = drill.call({"diagnose"}, true);
    caller.next();
  }
  CHECK(drill.done({"diagnose"}, {"fault", "q"}, true).status == 1);
  CHECK(drill.done({"diagnose"}, {"fault"}, true).status == 1);  // their input ended
  CHECK(drill.desk->state().diagnoses == 0);
}

TEST_CASE("wrong usage and wrong values are one line on standard error and exit 2") {
  Drill drill;
  drill.page();
  const std::vector<std::vector<std::string>> wrong = {
      {"promote"}, {"declare", "sev9"}, {"escalate", "nobody"}, {"ack", "x"}, {"note"},
      {"update", "--impact", "i", "--action", "a", "--next", "soon"}, {"update"},
      {"update", "--impact", "i", "--action", "a", "--next", "-3"}, {"diagnose"},
      {"diagnose", "--component", "db1"}, {"diagnose", "--verdict", "fault", "--evidence", "o7"},
      {"diagnose", "--file", "x"}, {"wait"}, {"wait", "--for", "rain"},
      {"wait", "--for", "page", "--limit", "0"}, {"on", "clients"}, {"on", "mainframe"},
      {"help", "promote"}};
  for (const auto& words : wrong) {
    INFO(words[0]);
    const Caller caller = drill.done(words);
    CHECK(caller.status == 2);
    CHECK(caller.out.empty());
    CHECK(std::count(caller.err.begin(), caller.err.end(), '\n') == 1);
  }
}

TEST_CASE("the option --json prints exactly one document, for every verb that shows something") {
  Drill drill;
  drill.page();
  for (const char* verb :
       {"ack", "notes", "status", "pages", "brief", "map", "normal", "dashboard", "help"}) {
    INFO(verb);
    const Caller caller = drill.done({verb, "--json"});
    CHECK(caller.status == 0);
    CHECK_NOTHROW(parse_json(caller.out, verb));
    CHECK(caller.err.empty());
  }
  CHECK_NOTHROW(parse_json(drill.done({"diagnose", "--list", "--json"}).out, "list"));
  for (const Verb& verb : desk_verbs()) {
    CHECK(drill.done({std::string(verb.name), "--help"}).status == 0);
  }
}

TEST_CASE("a journal that cannot be written is told to the drill, never acknowledged") {
  TemporaryFolder folder;
  if (::access("/dev/full", W_OK) != 0) {
    WARN("SKIPPED: no /dev/full");
    return;
  }
  SystemClock clock;
  JournalWriter journal(folder.path / "journal.jsonl", clock);
  LocalSandbox stack;
  Taxonomy taxonomy = load_taxonomy(project_root() + "/scenarios/taxonomy.yaml");
  Recorder recorder(journal, folder.path);
  Notices notices;
  std::atomic<int> failures{0};
  Desk desk(DeskSetup{.journal = journal, .sandbox = stack, .taxonomy = taxonomy,
                      .recorder = recorder, .notices = notices, .hints = {}, .objective_ms = 500,
                      .by = "trainee", .normal = {}, .brief = {}, .dashboards = {},
                      .failed = [&](const std::string&) { ++failures; }});
  // The journal's descriptor is led to a full disk under its feet.
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry, error) != folder.path / "journal.jsonl") continue;
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(::dup3(full.get(), std::stoi(entry.path().filename().string()), O_CLOEXEC) >= 0);
    break;
  }
  const std::string socket = (folder.path / "desk.sock").string();
  desk.serve(listen_on(socket), Door::kOutside);
  Call call;
  call.argv = {"note", "x"};
  Caller caller(socket, call);
  caller.finish();
  CHECK(caller.status == 1);
  CHECK(caller.out.empty());
  CHECK_THAT(caller.err, Catch::Contains("journal"));
  CHECK(failures == 1);
}

TEST_CASE("a loop at the desk fills its book, not the disk, and the incident can still be closed") {
  const TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal(folder.path / "journal.jsonl", clock);
  DeskBook book(journal, "trainee");
  const auto repeat = [&] {
    for (int i = 0; i < 600; ++i) {
      book.declare("sev1");
      book.escalate("database", std::string(10000, 'x'));
      book.update("orders fail", "looking", 20);
      book.note("a theory");
    }
  };
  CHECK_THROWS_WITH(repeat(), Catch::Contains("the book is full"));
  CHECK_THROWS_WITH(book.diagnose({}), Catch::Contains("the book is full"));
  CHECK(book.resolve("over"));
  CHECK(read_journal(folder.path / "journal.jsonl").events.size() == 2001);
  CHECK(book.state().notes.size() == 500);
}
