// One worker's session with the pooler. libpqxx stays inside database.cpp.
//
// The pooler works per transaction: nothing may be kept on the connection from one transaction to
// the next. A connection that broke is dropped at once and never opened again behind the caller's
// back; the next use opens a new one.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gameday::storefront {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;
using Params = std::vector<std::string>;

enum class DbFailure {
  kRefused,  // the database said no; sqlstate says why
  kLost,     // no connection, or it broke: the statement had no lasting effect
  kInDoubt,  // it broke during COMMIT: nobody knows
};

struct DbError : std::runtime_error {
  DbError(DbFailure failure_kind, std::string state, const std::string& message)
      : std::runtime_error(message), kind(failure_kind), sqlstate(std::move(state)) {}
  DbFailure kind;
  std::string sqlstate;  // five characters; empty unless the server sent one
};

// An open transaction: the pooler's server connection is held from its first statement to its end.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Rows run(const std::string& sql, const Params& params = {}) = 0;
};

class Database {
 public:
  explicit Database(std::string conninfo);
  ~Database();

  // One statement as its own transaction. Throws DbError.
  Rows query(const std::string& sql, const Params& params);
  // BEGIN, `body`, COMMIT; ROLLBACK when body throws. Throws DbError, and what body throws.
  void transaction(const std::function<void(Transaction&)>& body);

 private:
  struct Session;
  Session& session();
  template <class Work>
  auto guarded(Work work);

  std::string conninfo_;
  std::unique_ptr<Session> session_;
};

}  // namespace gameday::storefront
