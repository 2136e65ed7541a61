// For tests of the desk: a desk over hosts that really run programs, and callers who speak its
// protocol by hand.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "drill/desk/desk.hpp"
#include "drill/desk/protocol.hpp"
#include "journal/events.hpp"
#include "tests/drill/desk/local_stack.hpp"

namespace gameday::testing {

inline UniqueFd listen_on(const std::filesystem::path& path) {
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
  std::string out, err;
  int status = -1;

  Caller(const std::string& path, Call call) : socket(connect_to(path)) {
    offer(FrameKind::kCall, encode_call(call));
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
  // The desk may have hung up before this: what it said first is still to be read.
  void offer(FrameKind kind, const std::string& payload) {
    try {
      send_frame(socket.get(), kind, payload);
    } catch (const Error&) {
    }
  }
  void answer(const std::string& line) { offer(FrameKind::kLine, line); }
  void type(const std::string& bytes) { offer(FrameKind::kInput, bytes); }
  // Answers questions in order and reads to the end.
  void finish(const std::vector<std::string>& answers = {}) {
    size_t asked = 0;
    while (status < 0) {
      const auto frame = next();
      if (!frame) return;
      if (frame->kind == FrameKind::kStream) type("");
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

  // By default two requests for a hint are at the same moment only when they overlap.
  explicit Drill(double same_moment_seconds = 0) {
    desk = std::make_unique<Desk>(DeskSetup{
        .journal = journal, .sandbox = stack, .taxonomy = taxonomy, .recorder = recorder,
        .notices = notices, .hints = hints, .objective_ms = 500, .by = "trainee",
        .normal = [] { return json::object{{"seconds", 5}, {"offered", 1000}}; },
        .brief = [] { return std::string("You are on call.\n"); },
        .dashboards = [] {
          return std::vector<Dashboard>{{"prometheus", "http://127.0.0.1:4711"}};
        },
        .failed = {}, .same_moment_seconds = same_moment_seconds});
    journal.on_event([this](const Event& event) { desk->take(event); });
    desk->serve(listen_on(socket), Door::kInside);
  }
  void page() {
    journal.append(events::kPage, {{"id", "p1"}, {"source", "alert"}, {"severity", "page"},
                                   {"alert", "Slow"}, {"summary", "Slow: p99 above 500 ms"}});
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

}  // namespace gameday::testing
