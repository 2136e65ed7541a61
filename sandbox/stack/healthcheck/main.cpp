// healthcheck [--wait SECONDS] (http URL | sql CONNINFO QUERY | tcp ADDRESS:PORT)...
//
// Exits 0 when every check passes: a 2xx answer, a first column that is true, an open port. With
// --wait it asks again every few milliseconds until all have passed or the time is over. Prints why
// on failure and exits 1; wrong usage exits 2.
#include <libpq-fe.h>
#include <poll.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/tcp.hpp"

namespace gameday {
namespace {

constexpr std::chrono::milliseconds kOneCheck(2000);
constexpr timespec kPause{0, 4'000'000};

// Empty when the check passed, else why not.
using Check = std::function<std::string()>;

struct Endpoint {
  std::string host;
  int port;
};

Endpoint parse_endpoint(const std::string& text, int default_port) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, default_port};
  return {text.substr(0, colon), std::atoi(text.c_str() + colon + 1)};
}

std::string check_http(const std::string& url) {
  const std::string rest = url.starts_with("http://") ? url.substr(7) : url;
  const size_t slash = std::min(rest.find('/'), rest.size());
  const Endpoint endpoint = parse_endpoint(rest.substr(0, slash), 80);
  const Deadline deadline = deadline_in(kOneCheck);
  std::string why;
  UniqueFd fd = tcp_connect(endpoint.host, endpoint.port, deadline, &why);
  if (!fd) return url + ": " + why;
  HttpRequest request;
  request.target = slash < rest.size() ? rest.substr(slash) : "/";
  const HttpResponse response =
      http_request(std::move(fd), request, deadline, endpoint.host);
  if (response.ok()) return {};
  return url + ": " + (response.status ? std::to_string(response.status) : response.reason);
}

std::string check_tcp(const std::string& address) {
  const Endpoint endpoint = parse_endpoint(address, 0);
  std::string why;
  if (tcp_connect(endpoint.host, endpoint.port, deadline_in(kOneCheck), &why)) return {};
  return why;
}

// Keeps its connection from one attempt to the next: a standby that is not streaming yet is asked
// again without another login.
class SqlCheck {
 public:
  SqlCheck(std::string conninfo, std::string query)
      : conninfo_(std::move(conninfo)), query_(std::move(query)) {}

  std::string operator()() {
    if (!connection_) {
      connection_.reset(
          PQconnectdb((conninfo_ + " connect_timeout=2 sslmode=disable gssencmode=disable "
                                   "application_name=health").c_str()), PQfinish);
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK) return fail();
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection_.get(), query_.c_str()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return fail();
    const bool yes = PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0 &&
                     std::strcmp(PQgetvalue(result.get(), 0, 0), "t") == 0;
    return yes ? "" : query_ + ": not true";
  }

 private:
  std::string fail() {
    std::string why = PQerrorMessage(connection_.get());
    connection_.reset();
    for (char& c : why) c = c == '\n' ? ' ' : c;
    return why;
  }
  std::string conninfo_, query_;
  std::shared_ptr<PGconn> connection_;
};

int usage() {
  std::fprintf(stderr,
               "usage: healthcheck [--wait SECONDS] "
               "(http URL | sql CONNINFO QUERY | tcp ADDRESS:PORT)...\n");
  return 2;
}

int run(const std::vector<std::string>& words) {
  std::vector<Check> checks;
  double wait_seconds = 0;
  size_t i = 0;
  const auto has = [&](size_t count) { return i + count < words.size(); };
  while (i < words.size()) {
    if (words[i] == "--wait" && has(1)) {
      wait_seconds = std::atof(words[i + 1].c_str());
      i += 2;
    } else if (words[i] == "http" && has(1)) {
      checks.emplace_back([url = words[i + 1]] { return check_http(url); });
      i += 2;
    } else if (words[i] == "tcp" && has(1)) {
      checks.emplace_back([address = words[i + 1]] { return check_tcp(address); });
      i += 2;
    } else if (words[i] == "sql" && has(2)) {
      checks.emplace_back(SqlCheck(words[i + 1], words[i + 2]));
      i += 3;
    } else {
      return usage();
    }
  }
  if (checks.empty()) return usage();
  const Deadline deadline = deadline_in(
      std::chrono::milliseconds(static_cast<long long>(wait_seconds * 1000)));
  for (Check& check : checks) {
    for (;;) {
      const std::string why = check();
      if (why.empty()) break;
      if (std::chrono::steady_clock::now() >= deadline) {
        std::fprintf(stderr, "%s\n", why.c_str());
        return 1;
      }
      ::nanosleep(&kPause, nullptr);
    }
  }
  return 0;
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  try {
    return gameday::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
