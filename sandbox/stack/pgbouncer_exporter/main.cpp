// pgbouncer_exporter --listen ADDRESS:PORT --connect CONNINFO
//
// PgBouncer's SHOW POOLS, DATABASES and STATS_TOTALS for Prometheus, under the names of
// prometheus-community's exporter. Every scrape asks on a connection that is kept open.
#include <libpq-fe.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/tcp.hpp"

namespace gameday {
namespace {

struct Column {
  const char* column;
  const char* metric;
  const char* type;
  double scale;
};

// SHOW's columns and what they are called in Prometheus. Microseconds become seconds.
const std::vector<Column> kPools = {
    {"cl_active", "pgbouncer_pools_client_active_connections", "gauge", 1},
    {"cl_waiting", "pgbouncer_pools_client_waiting_connections", "gauge", 1},
    {"sv_active", "pgbouncer_pools_server_active_connections", "gauge", 1},
    {"sv_idle", "pgbouncer_pools_server_idle_connections", "gauge", 1},
    {"sv_used", "pgbouncer_pools_server_used_connections", "gauge", 1},
    {"sv_tested", "pgbouncer_pools_server_testing_connections", "gauge", 1},
    {"sv_login", "pgbouncer_pools_server_login_connections", "gauge", 1},
};
const std::vector<Column> kDatabases = {
    {"pool_size", "pgbouncer_databases_pool_size", "gauge", 1},
    {"reserve_pool", "pgbouncer_databases_reserve_pool_size", "gauge", 1},
    {"max_connections", "pgbouncer_databases_max_connections", "gauge", 1},
    {"current_connections", "pgbouncer_databases_current_connections", "gauge", 1},
    {"paused", "pgbouncer_databases_paused", "gauge", 1},
    {"disabled", "pgbouncer_databases_disabled", "gauge", 1},
};
const std::vector<Column> kStats = {
    {"xact_count", "pgbouncer_stats_sql_transactions_pooled_total", "counter", 1},
    {"query_count", "pgbouncer_stats_queries_pooled_total", "counter", 1},
    {"bytes_received", "pgbouncer_stats_received_bytes_total", "counter", 1},
    {"bytes_sent", "pgbouncer_stats_sent_bytes_total", "counter", 1},
    {"xact_time", "pgbouncer_stats_server_in_transaction_seconds_total", "counter", 1e-6},
    {"query_time", "pgbouncer_stats_queries_duration_seconds_total", "counter", 1e-6},
    {"wait_time", "pgbouncer_stats_client_wait_seconds_total", "counter", 1e-6},
};

class Exporter {
 public:
  explicit Exporter(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  std::string text() {
    std::string page;
    const bool up = show("SHOW POOLS", page, [&](const PGresult* rows) {
      table(rows, kPools, {"database", "user"}, page);
      maxwait(rows, page);
    }) && show("SHOW DATABASES", page, [&](const PGresult* rows) {
      table(rows, kDatabases, {"name", "database", "host", "port", "pool_mode"}, page);
    }) && show("SHOW STATS_TOTALS", page, [&](const PGresult* rows) {
      table(rows, kStats, {"database"}, page);
    });
    return page + "# TYPE pgbouncer_up gauge\npgbouncer_up " + (up ? "1" : "0") + "\n";
  }

 private:
  template <class Use>
  bool show(const char* command, std::string& page, Use use) {
    if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK) {
      connection_.reset(PQconnectdb(conninfo_.c_str()), PQfinish);
    }
    const std::shared_ptr<PGresult> rows(PQexec(connection_.get(), command), PQclear);
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) {
      std::fprintf(stderr, "level=error msg=\"%s\" error=\"%s\"\n", command,
                   PQerrorMessage(connection_.get()));
      connection_.reset();
      page.clear();
      return false;
    }
    use(rows.get());
    return true;
  }

  static std::string value(const PGresult* rows, int row, const char* column) {
    const int number = PQfnumber(rows, column);
    return number < 0 ? "" : PQgetvalue(rows, row, number);
  }

  static std::string labels(const PGresult* rows, int row, const std::vector<const char*>& names) {
    std::string text;
    for (const char* name : names) {
      text += text.empty() ? "{" : ",";
      text += std::string(name) + "=\"" + value(rows, row, name) + "\"";
    }
    return text + "}";
  }

  static void table(const PGresult* rows, const std::vector<Column>& columns,
                    const std::vector<const char*>& label_names, std::string& page) {
    for (const Column& column : columns) {
      if (PQfnumber(rows, column.column) < 0 && !total_name(rows, column)) continue;
      page += std::string("# TYPE ") + column.metric + " " + column.type + "\n";
      for (int row = 0; row < PQntuples(rows); ++row) {
        std::string text = value(rows, row, column.column);
        if (text.empty()) text = value(rows, row, ("total_" + std::string(column.column)).c_str());
        const double number = std::atof(text.c_str()) * column.scale;
        char line[64];
        std::snprintf(line, sizeof line, " %.9g\n", number);
        page += column.metric + labels(rows, row, label_names) + line;
      }
    }
  }

  // STATS_TOTALS of older versions puts total_ before its columns.
  static bool total_name(const PGresult* rows, const Column& column) {
    return PQfnumber(rows, ("total_" + std::string(column.column)).c_str()) >= 0;
  }

  // The longest wait comes in two columns: seconds and microseconds.
  static void maxwait(const PGresult* rows, std::string& page) {
    page += "# TYPE pgbouncer_pools_client_maxwait_seconds gauge\n";
    for (int row = 0; row < PQntuples(rows); ++row) {
      const double seconds = std::atof(value(rows, row, "maxwait").c_str()) +
                             std::atof(value(rows, row, "maxwait_us").c_str()) * 1e-6;
      char line[64];
      std::snprintf(line, sizeof line, " %.6f\n", seconds);
      page += "pgbouncer_pools_client_maxwait_seconds" + labels(rows, row, {"database", "user"}) +
              line;
    }
  }

  std::string conninfo_;
  std::shared_ptr<PGconn> connection_;
};

int run(int argc, char** argv) {
  std::string listen = "0.0.0.0:9127";
  std::string conninfo = "host=127.0.0.1 port=6432 user=monitor dbname=pgbouncer connect_timeout=2";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--listen" && i + 1 < argc) listen = argv[++i];
    else if (word == "--connect" && i + 1 < argc) conninfo = argv[++i];
    else throw usage_error("pgbouncer_exporter: unknown argument " + word);
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  // The pooler is local and answers within a millisecond: asking on the server's own thread is fine.
  Exporter exporter(conninfo + " sslmode=disable gssencmode=disable application_name=exporter");
  const size_t colon = listen.find(':');
  HttpServer server(tcp_listen(listen.substr(0, colon), std::atoi(listen.c_str() + colon + 1)),
                    [&](HttpRequest request, HttpServer::Respond respond) {
                      if (request.path() != "/metrics") {
                        return respond(make_response(404, "text/plain", "see /metrics\n"));
                      }
                      respond(make_response(200, "text/plain; version=0.0.4", exporter.text()));
                    });
  int signal = 0;
  ::sigwait(&ending, &signal);
  server.stop(std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  try {
    return gameday::run(argc, argv);
  } catch (const gameday::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
