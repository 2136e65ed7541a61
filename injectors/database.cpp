#include "injectors/database.hpp"

#include "core/error.hpp"

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
  Command command;
  command.argv = {"/usr/lib/postgresql/15/bin/psql", "-XAtq", "-v", "ON_ERROR_STOP=1",
                  "-h", "/run/postgresql", "-U", "postgres", "-d",
                  std::string(database)};
  for (const std::string_view statement : sql) {
    command.argv.insert(command.argv.end(), {"-c", std::string(statement)});
  }
  command.env = {{"PGCONNECT_TIMEOUT", "2"}, {"PGOPTIONS", "-c statement_timeout=4000"}};
  const ExecResult result = host.exec(command, kAskLimit);
  if (!result.ok()) return std::nullopt;
  return trimmed(result.out);
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

bool file_exists(Host& host, const std::string& path) {
  return host.exec({"test", "-e", path}).ok();
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
