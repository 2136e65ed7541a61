// A session of a PostgreSQL server (or of PgBouncer's console) in the stack, held by this process. The connection begins inside
// a host (Host::dial, Host::dial_unix), but no program, library or file of that host takes part: who
// is root there cannot put words into its mouth. What the server itself was told by its superuser
// still counts, so a session pins the settings that could change what a name or a value means.
//
// Not thread-safe; one session belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/fd.hpp"

namespace gameday {

// What one statement gave.
struct SqlResult {
  bool ok = false;
  std::string text;      // rows as lines, values divided by "|", null as nothing, as psql -At prints
  std::string columns;   // their names, divided in the same way
  std::string sqlstate;  // of a refused statement; empty when the server did not answer
  std::string error;     // one line; empty when ok
};

enum class SessionSettings {
  kPinned,   // names and values mean what they mean to the server itself; statements end after 4 s
  kOfRole,   // what the server gives to this role and database; statements end after 4 s
  kConsole,  // PgBouncer's console, which takes no settings
};

class DatabaseSession {
 public:
  struct Login {
    std::string role, database;
    SessionSettings settings = SessionSettings::kPinned;
  };
  // Logs in over an open connection, which is closed with the session. Never throws: look at ready().
  DatabaseSession(UniqueFd connection, const Login& login, Deadline deadline);
  ~DatabaseSession();
  DatabaseSession(const DatabaseSession&) = delete;
  DatabaseSession& operator=(const DatabaseSession&) = delete;

  bool ready() const;
  // Why it is not ready: the server's own words, on one line.
  const std::string& refusal() const;
  // Whether the server takes this role for a superuser, as it reports at log-in.
  bool is_superuser() const;

  // Runs one statement. Without an answer by the deadline the session is over.
  SqlResult run(std::string_view sql, Deadline deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gameday
