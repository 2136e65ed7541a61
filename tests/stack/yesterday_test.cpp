// The stack's past as a trainee meets it: metrics of a day, logs of the days before, older changes.
#include <ctime>
#include <set>

#include "core/json.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

constexpr double kDay = 86400;

struct Point {
  double at, value;
};

// Prometheus's HTTP API, asked from the on-call person's machine.
struct Prometheus {
  RealStack& stack;

  json::value ask(const std::string& what) {
    const std::string text = stack.output("ops", "curl -sG http://mon:9090/api/v1/" + what);
    const json::value document = parse_json(text, "Prometheus");
    const json::value* result = find_path(document, {"data", "result"});
    INFO(what << ": " << text.substr(0, 300));
    REQUIRE(result != nullptr);
    return *result;
  }
  // Name and labels of every series that the query gives.
  std::set<std::string> series(const std::string& query) {
    std::set<std::string> names;
    const json::value result = ask("query --data-urlencode 'query=" + query + "'");
    for (const json::value& each : result.as_array()) {
      names.insert(json::serialize(each.at("metric")));
    }
    return names;
  }
  // The one series of a query from so many seconds ago until now.
  std::vector<Point> range(const std::string& query, double seconds, int step) {
    const double now = static_cast<double>(std::time(nullptr));
    const json::value result =
        ask("query_range -d start=" + std::to_string(now - seconds) + " -d end=" +
            std::to_string(now) + " -d step=" + std::to_string(step) +
            " --data-urlencode 'query=" + query + "'");
    REQUIRE(result.as_array().size() == 1);
    std::vector<Point> points;
    for (const json::value& each : result.at(0).at("values").as_array()) {
      points.push_back({each.at(0).to_number<double>(), std::stod(each.at(1).as_string().c_str())});
    }
    return points;
  }
};

// What graphs and alert rules are made of.
constexpr const char* kMainSeries =
    "up|storefront_http_request_duration_seconds_.*|storefront_pool_wait_seconds_.*|"
    "storefront_release|storefront_queue_length|haproxy_frontend_http_.*|"
    "haproxy_backend_http_responses_total|pgbouncer_.*|pg_up|pg_stat_database_xact_.*|"
    "pg_stat_database_numbackends|pg_settings_(transaction_read_only|max_connections)";

}  // namespace

TEST_CASE("graphs show a day of every main series without a hole, and rates do not jump at its end") {
  REQUIRE_A_STACK();
  RealStack stack;
  Prometheus prometheus{stack};
  // The machines must have been scraped twice since they started.
  const auto live = [&prometheus] {
    return prometheus.series(std::string("{__name__=~\"") + kMainSeries + "\"}");
  };
  REQUIRE(eventually(20s, [&] {
    return !prometheus.series("count(count_over_time(up[5s]) > 2) == 7").empty() &&
           live().size() > 150;
  }));
  const auto before = prometheus.series(std::string("last_over_time({__name__=~\"") + kMainSeries +
                                        "\"}[5m] offset 10m)");
  for (const std::string& name : live()) {
    INFO(name);
    CHECK(before.count(name) == 1);
  }

  struct Graph {
    const char* query;
    double least, most;  // over the day, of its own mean
  };
  const Graph graphs[] = {
      {"sum(rate(haproxy_frontend_http_requests_total{proxy=\"shop\"}[5m]))", 0.3, 1.8},
      {"sum(rate(storefront_http_request_duration_seconds_count[5m]))", 0.3, 1.8},
      {"sum(rate(pg_stat_database_xact_commit{datname=\"shop\",instance=\"db1\"}[5m]))", 0.3, 1.8},
      {"sum(pgbouncer_pools_client_active_connections)", 0, 5},
      {"histogram_quantile(0.5, sum by (le) "
       "(rate(storefront_http_request_duration_seconds_bucket[5m])))", 0.3, 3},
  };
  for (const Graph& graph : graphs) {
    INFO(graph.query);
    const std::vector<Point> day = prometheus.range(graph.query, kDay - 600, 60);
    CHECK(day.size() >= (kDay - 600) / 60);  // a point each minute
    double mean = 0;
    for (const Point& point : day) mean += point.value / static_cast<double>(day.size());
    CHECK(mean > 0);
    for (size_t i = 0; i + 1 < day.size(); ++i) {
      INFO("at " << day[i].at << " of " << day.back().at << ", mean " << mean);
      CHECK(day[i].value >= graph.least * mean);
      CHECK(day[i].value <= graph.most * mean);
    }
    // Nobody has come since the start: what is left of the window's rate goes down, not below zero.
    const std::vector<Point> end = prometheus.range(graph.query, 120, 1);
    for (const Point& point : end) {
      INFO("at " << point.at << " of " << end.back().at << ", mean " << mean);
      CHECK(point.value >= 0);
      CHECK(point.value <= graph.most * mean);
    }
  }
  CHECK(prometheus.range("min(up)", kDay - 600, 60).size() >= (kDay - 600) / 60);
}

TEST_CASE("a small shop remembers small days: fewer requests, met by smaller pools") {
  REQUIRE_A_STACK();
  const char* requests = "sum(rate(haproxy_frontend_http_requests_total{proxy=\"shop\"}[10m]))";
  const char* pool = "max(pgbouncer_databases_pool_size{database=\"shop\"})";
  const char* servers = "max(pgbouncer_databases_current_connections{database=\"shop\"})";
  struct Day {
    const char* name;
    double rate, pool_size;  // at its end
  };
  for (const Day& day : {Day{"usual", 338, 18}, Day{"calm", 152, 18}, Day{"small", 132, 3}}) {
    INFO(day.name);
    RealStack stack({{"mon", "/var/lib/snapshot/day", day.name, 0600}});
    Prometheus prometheus{stack};
    const auto at_end = [&prometheus](const std::string& query) {
      return prometheus.range(query, 60, 60).front().value;
    };
    REQUIRE(eventually(20s, [&] { return !prometheus.series("up").empty(); }));
    CHECK(at_end(requests) == Approx(day.rate).epsilon(0.15));
    CHECK(at_end(pool) == day.pool_size);
    CHECK(at_end(servers) <= day.pool_size);
    CHECK(stack.run("mon", "test ! -e /var/lib/prometheus/usual -a ! -e /var/lib/snapshot"));
  }
}

TEST_CASE("logs of the days before lie rotated, in order, and go on in those of today") {
  REQUIRE_A_STACK();
  RealStack stack;
  const std::pair<const char*, const char*> logs[] = {
      {"lb", "haproxy"},  {"web1", "storefront"}, {"web2", "pgbouncer"},
      {"db1", "postgresql"}, {"db2", "postgresql"}};
  for (const auto& [host, service] : logs) {
    INFO(host << " " << service);
    const std::string folder = std::string("cd /var/log/") + service + " && ";
    // Name, time of its last line, first and last line, of every rotated log.
    const std::string told = stack.output(
        host, folder + "for f in @*; do echo $f $(stat -c %Y $f) $(head -n 1 $f | cut -c 1-19 | "
                       "tr _ ' ' | date -u -f - +%s) $(tail -n 1 $f | cut -c 1-19 | tr _ ' ' | "
                       "date -u -f - +%s); done");
    std::istringstream lines(told);
    int64_t previous = 0;
    int files = 0;
    for (std::string name; lines >> name; ++files) {
      INFO(told);
      int64_t changed = 0, first = 0, last = 0;
      REQUIRE((lines >> changed >> first >> last));
      CHECK(name.ends_with(".s"));  // rotated whole; .u is what a crash leaves
      const int64_t rotated =
          static_cast<int64_t>(std::stoull(name.substr(1, 16), nullptr, 16) - (1ULL << 62) - 10);
      CHECK(first >= previous);
      CHECK(last >= first);
      CHECK(rotated > last);
      CHECK(rotated < std::time(nullptr));
      CHECK(std::abs(changed - last) <= 1);
      previous = rotated;
    }
    CHECK(files >= 2);
    CHECK(files <= 4);
    CHECK(stack.output(host, folder + "cat @*.s current | grep '^[0-9]' | cut -c 1-19 | sort -c") == "");
  }
  // What happened since the start follows what was said earlier today, in one file.
  CHECK(stack.output("db1", "grep -c 'ready to accept' /var/log/postgresql/current") == "1\n");
  CHECK(stack.output("web1", "tail -n 2 /var/log/storefront/current | grep -c release=r41") ==
        "1\n");
}

TEST_CASE("older changes and releases are as old as the change log says") {
  REQUIRE_A_STACK();
  RealStack stack;
  const std::string log = stack.output("ops", "cat /var/log/changes/changelog");
  INFO(log);
  CHECK(std::count(log.begin(), log.end(), '\n') >= 10);
  CHECK(stack.run("ops", "sort -c /var/log/changes/changelog"));
  // The last entry lies in the past, the first some weeks.
  CHECK(stack.run("ops", "[ $(date +%s) -gt $(tail -n 1 /var/log/changes/changelog | cut -c 1-16 | "
                         "date -u -f - +%s) ]"));
  CHECK(stack.run("ops", "[ $(date -d '-20 days' +%s) -gt $(head -n 1 /var/log/changes/changelog | "
                         "cut -c 1-16 | date -u -f - +%s) ]"));
  for (const char* release : {"r40", "r41"}) {
    const std::string day = stack.output(
        "web1", std::string("stat -c %y /srv/storefront/releases/") + release +
                    "/sql/*.sql | cut -c 1-10 | sort -u");
    INFO(release << ": " << day);
    CHECK(day.size() == 11);
    CHECK(log.find(day.substr(0, 10) + " 10:") != std::string::npos);
  }
  // Configurations are older than anything that a change of today touches.
  CHECK(stack.output("db1", "find /etc /srv /var/backups -type f -mtime -20 ! -path /etc/hosts "
                            "! -path /etc/hostname ! -path /etc/resolv.conf "
                            "! -path '/etc/*/supervise/*'") == "");
}
