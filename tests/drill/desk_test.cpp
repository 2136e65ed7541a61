#include "drill/desk.hpp"

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/events.hpp"
#include "drill/desk_protocol.hpp"
#include "drill/desk_usage.hpp"
#include "tests/drill/desk_local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

UniqueFd listen_on(const std::filesystem::path& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 64) != 0) {
    throw_errno("tests: listen");
  }
  return fd;
}

// What a caller got, and the caller's side of a conversation by hand.
struct Caller {
  UniqueFd socket;
  FrameReader reader;
  std::string out, err, raw;
  int status = -1;

  Caller(const std::string& path, Call call) : socket(connect_to(path)) {
    send_frame(socket.get(), FrameKind::kCall, encode_call(call));
  }
  // Reads on until a question, a shell's text, or the end.
  std::optional<Frame> next() {
    auto frame = receive_frame(socket.get(), reader, deadline_in(20s));
    if (!frame) return frame;
    if (frame->kind == FrameKind::kOut) out += frame->payload;
    if (frame->kind == FrameKind::kErr) err += frame->payload;
    if (frame->kind == FrameKind::kExit) status = std::stoi(frame->payload);
    return frame;
  }
  void answer(const std::string& line) { send_frame(socket.get(), FrameKind::kLine, line); }
  void type(const std::string& bytes) { send_frame(socket.get(), FrameKind::kInput, bytes); }
  // Answers questions in order and reads to the end.
  void finish(const std::vector<std::string>& answers = {}) {
    size_t asked = 0;
    while (status < 0) {
      const auto frame = next();
      if (!frame) return;
      if (frame->kind != FrameKind::kQuestion) continue;
      out += frame->payload;
      if (asked < answers.size()) answer(answers[asked++]);
      else type("");
    }
  }
  bool sees(const std::string& text) {
    while (out.find(text) == std::string::npos) {
      if (status >= 0 || !next()) return false;
    }
    return true;
  }
};

struct Drill {
  TemporaryFolder folder;
  SystemClock clock;
  JournalWriter journal{folder.path / "journal.jsonl", clock};
  Recorder recorder{journal, folder.path};
  Notices notices;
  LocalSandbox stack;
  Taxonomy taxonomy = load_taxonomy(project_root() + "/scenarios/taxonomy.yaml");
  std::string socket = (folder.path / "desk.sock").string();
  std::vector<Hint> hints{{0.95, "look at the writes"}, {0.85, "compare two servers"}};
  std::unique_ptr<Desk> desk;

  Drill() {
    desk = std::make_unique<Desk>(DeskSetup{
        .journal = journal, .sandbox = stack, .taxonomy = taxonomy, .recorder = recorder,
        .notices = notices, .hints = hints, .objective_ms = 500, .by = "trainee",
        .normal = [] { return json::object{{"seconds", 5}, {"offered", 1000}}; },
        .dashboards = [] {
          return std::vector<Dashboard>{{"prometheus", "http://127.0.0.1:4711"}};
        },
        .tutor = {}, .failed = {}});
    journal.on_event([this](const Event& event) { desk->take(event); });
    desk->serve(listen_on(socket), Door::kInside);
  }
  void page() {
    journal.append(events::kPage, {{"id", "p1"}, {"source", "alert"}, {"severity", "page"},
                                   {"summary", "Slow: p99 above 500 ms"}});
  }
  Caller call(const std::vector<std::string>& words, bool tty = false) const {
    Call call;
    call.argv = words;
    call.tty = tty;
    call.term = "xterm";
    return Caller(socket, call);
  }
  Caller done(const std::vector<std::string>& words, const std::vector<std::string>& answers = {},
              bool tty = false) const {
    Caller caller = call(words, tty);
    caller.finish(answers);
    return caller;
  }
  std::vector<json::object> said(const std::string& verb) const {
    std::vector<json::object> found;
    for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
      if (event.kind == events::kDesk && string_or(event.data, "verb", "") == verb) {
        found.push_back(event.data);
      }
    }
    return found;
  }
};

}  // namespace

TEST_CASE("acknowledging needs a page, is recorded before the answer, and counts once") {
  Drill drill;
  const Caller early = drill.done({"ack"});
  CHECK(early.status == 1);
  CHECK_THAT(early.err, Catch::Contains("nothing has been paged"));
  CHECK(drill.said("ack").empty());

  drill.page();
  CHECK(drill.notices.after(0) ==
        std::vector<std::string>{"*** PAGE: Slow: p99 above 500 ms  (gameday pages, gameday ack)"});
  Caller caller = drill.call({"ack"});
  caller.next();  // the answer has come: the journal must have it already
  CHECK(drill.said("ack").size() == 1);
  CHECK(drill.done({"ack"}).status == 1);
  CHECK(drill.said("ack").size() == 1);
  CHECK(drill.desk->state().acknowledged_at.has_value());
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
  CHECK_THAT(status.out, Catch::Contains("sev2") && Catch::Contains("database at 0:0") &&
                             Catch::Contains("next update") && Catch::Contains("not stated"));
  const json::value document = parse_json(drill.done({"status", "--json"}).out, "status");
  CHECK(document.as_object().at("severity").as_string() == "sev2");
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

TEST_CASE("a diagnosis is taken from options, from a file and from the guided questions") {
  Drill drill;
  drill.recorder.observe({"", "db1", "trainee", "psql", "t", 0, 1, 2});
  const Caller by_options = drill.done({"diagnose", "--component", "primary", "--mechanism",
                                        "standby_read_only", "--evidence", "o1", "--confidence", ".9"});
  CHECK(by_options.status == 0);
  CHECK(by_options.out == "recorded\n");

  Call call;
  call.argv = {"diagnose", "--file", "-"};
  call.file = R"({"verdict":"no_fault","text":"a campaign"})";
  Caller by_file(drill.socket, call);
  by_file.finish();
  CHECK(by_file.out == "recorded\n");

  const Caller guided = drill.done(
      {"diagnose"}, {"fault", "db1", "role_state", "1", "", "maintenance", "o1", "", "", "y"}, true);
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
      {"diagnose", "--file", "x"}, {"on", "clients"}, {"on", "mainframe"}, {"help", "promote"}};
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
  for (const char* verb : {"ack", "notes", "status", "pages", "map", "normal", "dashboard", "help"}) {
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

TEST_CASE("one command on a host keeps its streams apart, its status, and is an observation") {
  Drill drill;
  Caller caller = drill.call({"on", "db1", "--", "cat; echo oops >&2; exit 5"});
  caller.type("through the pipe\n");
  caller.type("");
  caller.finish();
  CHECK(caller.out == "through the pipe\n");
  CHECK(caller.err == "oops\n");
  CHECK(caller.status == 5);
  CHECK(drill.done({"on", "db1", "printf", "%s|", "a b", "c"}).out == "a b|c|");
  const auto seen = drill.recorder.observations();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].host == "db1");
  CHECK(seen[0].status == 5);
  CHECK_THAT(seen[0].output, Catch::Contains("through the pipe") && Catch::Contains("oops"));
  CHECK(seen[1].command == "printf '%s|' 'a b' c");
}

TEST_CASE("a shell on another host is relayed, resized and recorded under that host's name") {
  Drill drill;
  Caller caller = drill.call({"on", "db1"}, true);
  REQUIRE(caller.sees("Relay=db1"));
  REQUIRE(caller.sees("\x1b[?2004h"));
  CHECK(caller.out.find("133;A") == std::string::npos);
  send_frame(caller.socket.get(), FrameKind::kWindow, encode_size({111, 33}));
  caller.type("stty size\r");
  CHECK(caller.sees("33 111"));
  drill.page();
  CHECK(caller.sees("*** PAGE"));
  CHECK(caller.sees("Notice="));
  caller.type("exit 7\r");
  caller.finish();
  CHECK(caller.status == 7);
  REQUIRE(drill.recorder.observations().size() == 1);
  CHECK(drill.recorder.observations()[0].host == "db1");
  CHECK(drill.recorder.observations()[0].command == "stty size");
  CHECK(std::filesystem::exists(drill.folder.path / "1-db1.cast"));
}

TEST_CASE("a shell without a terminal runs the lines of its input and ends with it") {
  Drill drill;
  Caller caller = drill.call({"shell", "lb"});
  caller.type("echo first\necho second\n");
  caller.type("");
  caller.finish();
  CHECK(caller.status == 0);
  CHECK_THAT(caller.out, Catch::Contains("\nsecond\n"));
  CHECK(drill.recorder.observations().size() == 2);
}

TEST_CASE("a caller who goes away takes the program they ran with them") {
  Drill drill;
  const auto marker = drill.folder.path / "alive";
  {
    Caller caller = drill.call({"on", "db1", "--", "echo started; sleep 300; touch " + marker.string()});
    REQUIRE(caller.sees("started"));
  }
  CHECK(eventually([&] { return !drill.recorder.observations().empty(); }));
  CHECK_FALSE(drill.recorder.observations()[0].status.has_value());
  CHECK_FALSE(std::filesystem::exists(marker));
}

TEST_CASE("callers who speak nonsense, nothing, or too much harm nobody") {
  Drill drill;
  drill.page();
  const UniqueFd silent = connect_to(drill.socket);
  for (const std::string& nonsense :
       {std::string("GET / HTTP/1.0\r\n\r\n"), encode_frame(FrameKind::kLine, "x"),
        encode_frame(FrameKind::kCall, "{"), std::string("A\xff\xff\xff\x7f", 5),
        encode_frame(FrameKind::kCall, R"({"argv":["ack"]})").substr(0, 9)}) {
    const UniqueFd caller = connect_to(drill.socket);
    write_all(caller.get(), nonsense);
    ::shutdown(caller.get(), SHUT_WR);
    CHECK(wait_readable(caller.get(), deadline_in(10s)));
  }
  CHECK(drill.done({"ack"}).status == 0);

  std::vector<UniqueFd> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(connect_to(drill.socket));
  FrameReader reader;
  const auto refused = receive_frame(crowd.back().get(), reader, deadline_in(10s));
  REQUIRE(refused);
  CHECK_THAT(refused->payload, Catch::Contains("too many"));
  crowd.clear();
  CHECK(eventually([&] { return drill.done({"status"}).status == 0; }));
}

TEST_CASE("closing the desk ends shells and questions and returns in time") {
  Drill drill;
  Caller shell = drill.call({"on", "db1"}, true);
  REQUIRE(shell.sees("\x1b[?2004h"));
  Caller question = drill.call({"diagnose"}, true);
  REQUIRE(question.sees("Is there a fault?"));
  const UniqueFd silent = connect_to(drill.socket);
  const auto before = std::chrono::steady_clock::now();
  drill.desk->stop();
  drill.desk->stop();
  CHECK(std::chrono::steady_clock::now() - before < 8s);
  shell.finish();
  CHECK(shell.status != 0);
  CHECK_THROWS_AS(connect_to(drill.socket), Error);
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
                      .by = "trainee", .normal = {}, .dashboards = {}, .tutor = {},
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
