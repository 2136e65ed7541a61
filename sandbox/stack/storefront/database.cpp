#include "sandbox/stack/storefront/database.hpp"

#include <poll.h>

#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>
#include <pqxx/version>

#include "sandbox/stack/storefront/metrics.hpp"

namespace gameday::storefront {
namespace {

// The pooler is local and answers at once; what is behind it may not, and that is its own to limit.
constexpr const char* kSessionSettings =
    " connect_timeout=2 keepalives_idle=10 keepalives_interval=2 keepalives_count=3"
    " tcp_user_timeout=5000 sslmode=disable gssencmode=disable application_name=storefront";

Rows copy(const pqxx::result& result) {
  Rows rows;
  rows.reserve(result.size());
  for (const auto& line : result) {
    Row row;
    row.reserve(line.size());
    for (const auto& field : line) row.emplace_back(field.c_str(), field.size());
    rows.push_back(std::move(row));
  }
  return rows;
}

// libpqxx 6 leaves the code out of one kind of refusal, the one it has a class of its own for.
std::string sqlstate_of(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  return dynamic_cast<const pqxx::insufficient_privilege*>(&error) ? "42501" : "";
}

class OpenTransaction final : public Transaction {
 public:
  explicit OpenTransaction(pqxx::transaction_base& work) : work_(work) {}
  Rows run(const std::string& sql, const Params& params) override {
    try {
      if (params.empty()) return copy(work_.exec(sql));
      return copy(work_.exec_params(sql, pqxx::prepare::make_dynamic_params(params)));
    } catch (const pqxx::broken_connection&) {
      throw;
    } catch (const pqxx::sql_error& error) {
      throw DbError(DbFailure::kRefused, sqlstate_of(error), error.what());
    }
  }

 private:
  pqxx::transaction_base& work_;
};

}  // namespace

struct Database::Session {
  explicit Session(const std::string& conninfo) : connection(conninfo) {
#if PQXX_VERSION_MAJOR < 7
    // This libpqxx would reconnect on its own at a later use and hide the loss.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  }
  // The other side has closed, or said something nobody asked for (a shutdown notice).
  bool stale() const {
    pollfd socket{connection.sock(), POLLIN, 0};
    return !connection.is_open() || ::poll(&socket, 1, 0) != 0;
  }
  pqxx::connection connection;
};

Database::Database(std::string conninfo) : conninfo_(std::move(conninfo) + kSessionSettings) {}
Database::~Database() = default;

Database::Session& Database::session() {
  if (session_ && session_->stale()) session_.reset();
  if (!session_) session_ = std::make_unique<Session>(conninfo_);
  return *session_;
}

// Runs `work` and turns libpqxx's exceptions into DbError; the session is gone after a loss.
template <class Work>
auto Database::guarded(Work work) {
  const auto lost = [this](DbFailure kind, const std::string& message) {
    session_.reset();
    return DbError(kind, "", message);
  };
  try {
    return work();
  } catch (const DbError&) {
    if (session_ && !session_->connection.is_open()) session_.reset();
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    throw lost(DbFailure::kInDoubt, error.what());
  } catch (const pqxx::broken_connection& error) {
    throw lost(DbFailure::kLost, error.what());
  } catch (const pqxx::sql_error& error) {
    if (session_ && !session_->connection.is_open()) session_.reset();
    throw DbError(DbFailure::kRefused, sqlstate_of(error), error.what());
  }
}

Rows Database::query(const std::string& sql, const Params& params) {
  return guarded([&] {
    pqxx::nontransaction work(session().connection);
    const PoolWaitTimer timer;
    return copy(work.exec_params(sql, pqxx::prepare::make_dynamic_params(params)));
  });
}

void Database::transaction(const std::function<void(Transaction&)>& body) {
  guarded([&] {
    pqxx::work work(session().connection);
    {
      // The first statement brings BEGIN with it: from here on the pooler's connection is ours.
      const PoolWaitTimer timer;
      work.exec("SAVEPOINT attempt");
    }
    OpenTransaction open(work);
    body(open);
    work.commit();
  });
}

}  // namespace gameday::storefront
