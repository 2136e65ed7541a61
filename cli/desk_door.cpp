#include "cli/desk_door.hpp"

#include <cstdlib>

#include "cli/desk_client.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "drill/desk/guided_diagnosis.hpp"
#include "drill/desk/usage.hpp"
#include "journal/events.hpp"
#include "journal/folder.hpp"
#include "journal/journal.hpp"
#include "journal/session.hpp"

namespace gameday {

namespace {

// That the drill of a name, or with "" the newest one, ended, how, and what can be done with its
// record. Empty where there is none. Reads the whole record: only for who finds no drill.
std::string ended_drill(const std::string& name) {
  try {
    const auto folder = name.empty() ? newest_drill_folder() : find_drill_folder(name);
    if (folder.empty()) return "";
    const Journal journal = read_journal(folder / "journal.jsonl");
    const Event* end = journal.last(events::kEnd);
    const std::string id = folder.filename().string();
    if (!end) return "";
    const std::string how = string_or(end->data, "reason", "");
    const std::string what = string_or(end->data, "detail", "");
    return id + " ended at " + journal.events.back().wall.substr(11, 8) + " UTC (" + how +
           (what.empty() ? "" : ": " + what) + "): gameday score " + id;
  } catch (const Error&) {
    return "";
  }
}

Session the_session() {
  const std::vector<Session> sessions = list_sessions();
  const char* wanted = std::getenv("GAMEDAY_SESSION");
  std::string known;
  for (const Session& session : sessions) {
    if (wanted && *wanted && session.id == wanted) return session;
    known += (known.empty() ? "" : ", ") + session.id;
  }
  if (wanted && *wanted) {
    const std::string ended = ended_drill(wanted);
    if (!ended.empty()) throw usage_error("desk: " + ended);
    throw usage_error(std::string("desk: no drill or stack named ") + wanted + " runs" +
                      (known.empty() ? "" : ": running: " + known));
  }
  if (sessions.empty()) {
    const std::string ended = ended_drill("");
    throw usage_error("desk: no drill runs on this machine: start one with gameday run" +
                      (ended.empty() ? "" : "; " + ended));
  }
  if (sessions.size() > 1) {
    throw usage_error("desk: several run: " + known + ": set GAMEDAY_SESSION to the one you mean");
  }
  return sessions.front();
}

// As the desk itself explains a verb.
std::string help_of(const Verb& verb, const std::filesystem::path& root) {
  constexpr size_t kColumns = 80;
  return verb_help_with_lists(verb, load_taxonomy(root / "scenarios" / "taxonomy.yaml"), kColumns);
}

// What the verb `wait` waits for outside: the desk is gone before there is a grade.
int wait_until_graded(const WaitCall& wait, bool as_json) {
  const std::filesystem::path folder = running_or_last_drill_folder();
  const std::string id = folder.filename().string();
  const auto limit = std::chrono::milliseconds(static_cast<int64_t>(wait.seconds * 1000));
  const bool ended = wait_until_free(folder, deadline_in(limit));
  const bool graded = ended && std::filesystem::exists(folder / "scorecard.json");
  const std::string text = graded  ? "graded: " + id
                           : ended ? "wait: " + id + " ended without a grade"
                                   : "wait: no grade of " + id + " within " + wait.limit;
  if (as_json) {
    const json::object document{
        {"for", wait.name}, {"came", graded}, {"text", text}, {"drill", id}};
    std::fputs(pretty(document).c_str(), stdout);
  } else {
    std::fputs((text + "\n").c_str(), graded ? stdout : stderr);
  }
  return graded ? 0 : 1;
}

}  // namespace

bool is_desk_verb(const std::string& word) { return find_verb(word) != nullptr; }

int call_desk_of_session(const std::vector<std::string>& words,
                         const std::filesystem::path& root) {
  // Help needs no drill.
  const VerbCall call = parse_verb(words);
  if (call.help) {
    std::fputs(help_of(*call.verb, root).c_str(), stdout);
    return 0;
  }
  if (call.verb->name == "wait") {
    const WaitCall wait = parse_wait(call);
    if (wait.what == WaitFor::kGraded) return wait_until_graded(wait, call.json);
  }
  const Session session = the_session();
  UniqueFd connection = dial_session(session);
  if (!connection) throw Error("desk: " + session.id + " ended just now");
  return call_desk(std::move(connection), words);
}

}  // namespace gameday
