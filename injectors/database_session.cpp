#include "injectors/database_session.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/error.hpp"
#include "core/relay.hpp"

namespace gameday {

namespace {

namespace fs = std::filesystem;

// Names and values mean what they mean to the server itself, whatever `ALTER ROLE … SET`, `ALTER
// DATABASE … SET` or postgresql.conf say; libpq's options win over all of them. Nothing that a probe
// asks for the value of may stand here.
constexpr const char* kPinned =
    "-c search_path=pg_catalog -c role=none -c statement_timeout=4000 -c lock_timeout=1000 "
    "-c session_preload_libraries= -c local_preload_libraries= -c row_security=off "
    "-c session_replication_role=origin -c client_min_messages=error";
constexpr const char* kTimeouts = "-c statement_timeout=4000 -c lock_timeout=1000";

const char* options_of(SessionSettings settings) {
  switch (settings) {
    case SessionSettings::kPinned: return kPinned;
    case SessionSettings::kOfRole: return kTimeouts;
    case SessionSettings::kConsole: break;
  }
  return "";
}

std::string first_line(const char* text) {
  const std::string all = text ? text : "";
  return all.substr(0, all.find('\n'));
}

// libpq only takes the path of a socket: one in a folder of its own, gone once libpq has connected.
class Doorway {
 public:
  Doorway() {
    std::string name = (fs::temp_directory_path() / "sql-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw_errno("database: make a folder for a socket");
    folder_ = name;
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder_ / ".s.PGSQL.5432").string();
    if (path.size() >= sizeof address.sun_path) throw Error("database: " + path + ": too long");
    path.copy(address.sun_path, path.size());
    if (!listener_ ||
        ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 1) != 0) {
      throw_errno("database: listen on " + path);
    }
  }
  ~Doorway() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Doorway(const Doorway&) = delete;
  Doorway& operator=(const Doorway&) = delete;

  std::string folder() const { return folder_.string(); }
  UniqueFd accept() const {
    return UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  fs::path folder_;
  UniqueFd listener_;
};

std::string columns_of(const PGresult* result) {
  std::string names;
  for (int column = 0; column < PQnfields(result); ++column) {
    names += (column > 0 ? "|" : "") + std::string(PQfname(result, column));
  }
  return names;
}

void append_rows(const PGresult* result, std::string& text) {
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      if (column > 0) text += '|';
      text += PQgetvalue(result, row, column);
    }
    text += '\n';
  }
}

}  // namespace

struct DatabaseSession::Impl {
  PGconn* connection = nullptr;
  UniqueFd ours, inside;
  Pipe stop = make_pipe();
  std::thread relaying;
  std::string refusal;

  void log_in(UniqueFd dialled, const Login& login, Deadline deadline);
  void close();
};

void DatabaseSession::Impl::log_in(UniqueFd dialled, const Login& login, Deadline deadline) {
  const Doorway doorway;
  const std::string folder = doorway.folder();
  const char* const keys[] = {"host", "port", "user", "dbname", "options", "application_name",
                              "sslmode", "gssencmode", "target_session_attrs",
                              "client_encoding", nullptr};
  const char* const values[] = {folder.c_str(), "5432", login.role.c_str(),
                                login.database.c_str(), options_of(login.settings), "psql",
                                "disable", "disable", "any", "UTF8", nullptr};
  connection = PQconnectStartParams(keys, values, 0);
  if (!connection || PQstatus(connection) == CONNECTION_BAD) {
    refusal = first_line(connection ? PQerrorMessage(connection) : "out of memory");
    return;
  }
  ours = doorway.accept();
  if (!ours) throw_errno("database: accept");
  inside = std::move(dialled);
  relaying = std::thread([this] { relay(ours.get(), inside.get(), stop.reader.get()); });
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_WRITING || state == PGRES_POLLING_READING) {
    const short events = state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    if (!wait_for(PQsocket(connection), events, deadline)) {
      refusal = "no answer in time";
      return;
    }
    state = PQconnectPoll(connection);
  }
  if (state != PGRES_POLLING_OK) refusal = first_line(PQerrorMessage(connection));
}

void DatabaseSession::Impl::close() {
  if (connection) PQfinish(connection);
  connection = nullptr;
  stop.writer.reset();
  if (relaying.joinable()) relaying.join();
}

DatabaseSession::DatabaseSession(UniqueFd connection, const Login& login, Deadline deadline)
    : impl_(std::make_unique<Impl>()) {
  if (!connection) {
    impl_->refusal = "nothing listens there";
    return;
  }
  try {
    impl_->log_in(std::move(connection), login, deadline);
  } catch (const std::exception& error) {
    impl_->refusal = error.what();
  }
  if (!impl_->refusal.empty()) impl_->close();
}

DatabaseSession::~DatabaseSession() { impl_->close(); }

bool DatabaseSession::ready() const { return impl_->connection != nullptr; }

const std::string& DatabaseSession::refusal() const { return impl_->refusal; }

bool DatabaseSession::is_superuser() const {
  const char* value = ready() ? PQparameterStatus(impl_->connection, "is_superuser") : nullptr;
  return value && std::string_view(value) == "on";
}

SqlResult DatabaseSession::run(std::string_view sql, Deadline deadline) {
  SqlResult result;
  const auto give_up = [&](const std::string& why) {
    result = SqlResult{};
    result.error = why;
    impl_->refusal = why;
    impl_->close();
    return result;
  };
  if (!ready()) return give_up(impl_->refusal);
  PGconn* connection = impl_->connection;
  if (PQsendQuery(connection, std::string(sql).c_str()) != 1) {
    return give_up(first_line(PQerrorMessage(connection)));
  }
  result.ok = true;
  for (;;) {
    while (PQisBusy(connection) == 1) {
      if (!wait_readable(PQsocket(connection), deadline)) return give_up("no answer in time");
      if (PQconsumeInput(connection) != 1) return give_up(first_line(PQerrorMessage(connection)));
    }
    const std::unique_ptr<PGresult, void (*)(PGresult*)> part(PQgetResult(connection), &PQclear);
    if (!part) return result;
    const ExecStatusType status = PQresultStatus(part.get());
    if (status == PGRES_TUPLES_OK) {
      result.columns = columns_of(part.get());
      append_rows(part.get(), result.text);
    } else if (status != PGRES_COMMAND_OK && result.ok) {
      const char* sqlstate = PQresultErrorField(part.get(), PG_DIAG_SQLSTATE);
      result = SqlResult{};
      result.sqlstate = sqlstate ? sqlstate : "";
      result.error = first_line(PQresultErrorMessage(part.get()));
      if (PQstatus(connection) == CONNECTION_BAD) return give_up(result.error);
    }
  }
}

}  // namespace gameday
