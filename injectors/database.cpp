#include "injectors/database.hpp"

#include "core/error.hpp"
#include "injectors/database_session.hpp"

namespace gameday {

namespace {

constexpr std::chrono::seconds kAskLimit{5};
constexpr std::chrono::seconds kScriptLimit{20};

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::optional<std::string> ask_database(Host& host, std::initializer_list<std::string_view> sql,
                                        std::string_view database) {
  const Deadline deadline = deadline_in(kAskLimit);
  DatabaseSession session(host.dial_unix(kDatabaseSocket),
                          {"postgres", std::string(database), SessionSettings::kPinned},
                          deadline);
  std::string text;
  for (const std::string_view statement : sql) {
    const SqlResult result = session.run(statement, deadline);
    if (!result.ok) return std::nullopt;
    text += result.text;
  }
  return trimmed(text);
}

std::optional<bool> in_recovery(Host& host) {
  const auto answer = ask_database(host, {"SELECT pg_is_in_recovery()"});
  if (answer == "t") return true;
  if (answer == "f") return false;
  return std::nullopt;
}

bool another_primary(Sandbox& sandbox, std::string_view host) {
  const HostSpec* self = sandbox.topology().find(host);
  if (!self) return false;
  for (const HostSpec& other : sandbox.topology().hosts) {
    if (other.name == self->name || other.role != self->role) continue;
    if (in_recovery(sandbox.host(other.name)) == false) return true;
  }
  return false;
}

bool path_exists(Host& host, const std::string& path) {
  return host.exec({"test", "-e", path}).ok();
}

bool file_exists(Host& host, const std::string& path) {
  return static_cast<bool>(host.open_file(path));
}

void run_script(Host& host, const std::string& script, std::string_view what) {
  Command command;
  command.argv = {"/bin/sh", "-euc", script};
  const ExecResult result = host.exec(command, kScriptLimit);
  if (result.ok()) return;
  const std::string said = trimmed(result.err.empty() ? result.out : result.err);
  throw Error(std::string(what) + ": " +
              (result.timed_out ? "it did not end in time" : said.substr(0, said.find('\n'))));
}

}  // namespace gameday
