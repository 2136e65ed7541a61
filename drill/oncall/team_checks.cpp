#include "drill/oncall/team_checks.hpp"

namespace gameday {

namespace {

// Every host.
constexpr std::string_view kServices = R"sh(now=$(date +%s)
  sv status /etc/service/* 2>/dev/null |
  sed -nE 's#^([a-z]+): /etc/service/([^:]*):( \(pid [0-9]+\) ([0-9]+)s)?.*#\1 \2 \4#p' |
  while read -r state name up; do
    echo "service $name: $state"
    [ "$state" != run ] || echo "started $name: $((now - up))"
  done)sh";
constexpr std::string_view kRoutes = "ip route show | sed 's/^/route /; s/ *$//'";
constexpr std::string_view kFirewall =
    R"sh(nft -s list ruleset | sed -nE 's/^[[:space:]]+(.*(accept|drop|reject|dnat|redirect).*)/rule \1/p')sh";

// The balancer. Two samples, two seconds apart.
constexpr std::string_view kServers = R"sh(page=$(curl -sf -m 2 http://127.0.0.1:8404/metrics) || exit 1
  echo "$page" | sed -nE 's/^haproxy_server_status\{.*server="([^"]*)",state="([A-Z]*)"\} 1$/server \1: \2/p')sh";
constexpr std::string_view kAnswers = R"sh(
  count() { curl -s -m 2 http://127.0.0.1:8404/metrics | awk -v of="$1" '$0 ~ of {n += $2} END {print n + 0}'; }
  curl -sf -m 2 -o /dev/null http://127.0.0.1:8404/metrics || exit 1
  all='^haproxy_frontend_http_requests_total.*shop'
  bad='^haproxy_server_http_responses_total.*5xx'
  a=$(count "$all") b=$(count "$bad"); sleep 2
  echo "requests in two seconds: $(($(count "$all") - a))"
  echo "answers 5xx of the web servers in two seconds: $(($(count "$bad") - b))")sh";
constexpr std::string_view kBalancerFile =
    R"sh(f=/etc/haproxy/haproxy.cfg
  printf 'file %s: #%s\t(written at %s)\n' $f "$(md5sum <$f)" "$(date -u -r $f +%H:%M:%S)")sh";

// The router.
constexpr std::string_view kForwarding =
    "echo \"forwarding: $(cat /proc/sys/net/ipv4/ip_forward)\"; "
    "ip -br link show | awk '{print \"link \" $1 \": \" $2}' | sed 's/@[^:]*//'";
constexpr std::string_view kDropped = R"sh(
  count() { nft list ruleset | grep -v accept | sed -nE 's/.*counter packets ([0-9]+) .*/\1/p' |
            awk '{n += $1} END {print n + 0}'; }
  a=$(count); sleep 2
  echo "packets that rules refused in two seconds: $(($(count) - a))")sh";
constexpr std::string_view kThrough = R"sh(for host in db1 db2; do
  timeout 2 bash -c "</dev/tcp/$host/5432" 2>/dev/null && echo "port 5432 of $host: opens" ||
    echo "port 5432 of $host: does not open"; done)sh";

// The databases, on their local sockets.
constexpr std::string_view kDatabase = R"sh(export PGCONNECT_TIMEOUT=3 PGOPTIONS='-c statement_timeout=3000'
  psql -XAtq -d shop -c 'SELECT 1' >/dev/null 2>&1 || { echo 'own socket: gives no answer'; exit 1; }
  echo 'own socket: answers'
  psql -XAtq -v ON_ERROR_STOP=1 -d shop 2>/dev/null <<'END'
SELECT 'in recovery: ' || CASE WHEN pg_is_in_recovery() THEN 'yes' ELSE 'no' END;
SELECT 'streams to: ' || CASE count(*) WHEN 0 THEN 'no standby' WHEN 1 THEN 'one standby'
       ELSE count(*) || ' standbys' END FROM pg_stat_replication;
SELECT 'receives changes: ' || status FROM pg_stat_wal_receiver;
SELECT 'settings in force: #' || md5(string_agg(name || setting, ',' ORDER BY name))
       FROM pg_settings WHERE source NOT IN ('default', 'override', 'client', 'session', 'environment variable');
SELECT 'settings of roles and databases: #' || md5(coalesce(string_agg(setrole || ' ' || setdatabase || ' ' || setconfig::text, ',' ORDER BY setrole, setdatabase), '')) FROM pg_db_role_setting;
SELECT 'rules of client access: #' || md5(string_agg(r::text, ',' ORDER BY line_number)) FROM pg_hba_file_rules r;
SELECT 'privileges on the shop''s tables: #' || md5(string_agg(oid || coalesce(relacl::text, ''), ',' ORDER BY oid))
       FROM pg_class WHERE relkind IN ('r', 'v', 'S') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace);
SELECT 'indexes: ' || count(*) FROM pg_index WHERE indisvalid AND indrelid >= 16384;
SELECT 'sessions active: ' || count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active';
SELECT 'sessions idle in transaction: ' || count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%';
SELECT 'sessions waiting for a lock: ' || count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0;
END)sh";
constexpr std::string_view kListening = R"sh(
  ss -ltnH 'sport = :5432' | awk '$4 !~ /^\[/ {print $4}' | sort -u | paste -sd ' ' |
  sed -nE 's/ /, /g; /./s/^/listens on: /p')sh";
constexpr std::string_view kDatabaseLog = R"sh(tail -n 200 /var/log/postgresql/current |
  grep -oE '(ERROR|FATAL):.*' | grep -vE 'starting up|shutting down|administrator command' | sort | uniq -c | sort -rn |
  sed -nE '1s/^ *([0-9]+) [A-Z]+: +(.*)/most frequent error: \2\t(\1 of its last 200 lines)/p')sh";

// The web servers.
constexpr std::string_view kRelease = "echo \"live release: $(deploy current)\"";
constexpr std::string_view kShopLog = R"sh(tail -n 200 /var/log/storefront/current |
  grep -oE 'level=(error|warn).*' | sed -E 's/ (client_ref|attempts|order|request|id)=[^ ]*//g' |
  sort | uniq -c | sort -rn |
  sed -nE '1s/^ *([0-9]+) (.*)/most frequent error: \2\t(\1 of its last 200 lines)/p')sh";
constexpr std::string_view kPooler = R"sh(
  sv status pgbouncer | grep -q '^run' || [ ! -e /etc/service/pgbouncer/down ] || exit 0  # a spare
  pools=$(psql -h 127.0.0.1 -p 6432 -U postgres -d pgbouncer -XAt -F ' ' -c 'SHOW POOLS' 2>/dev/null) || exit 1
  echo "$pools" | awk '$1 != "pgbouncer" {waiting += $4} END {print "waiting clients: " waiting + 0}'
  f=/etc/pgbouncer/pgbouncer.ini
  printf 'file %s: #%s\t(written at %s)\n' $f "$(md5sum <$f)" "$(date -u -r $f +%H:%M:%S)")sh";
constexpr std::string_view kPage = R"sh(
  answer=$(curl -s -m 3 -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/api/products/7)
  [ "$answer" = 000 ] && echo "a product page: gets no answer within 3 s" ||
    echo "a product page: is answered by $answer"
  timeout 2 bash -c '</dev/tcp/db1/5432' 2>/dev/null && echo "port 5432 of db1: opens" ||
    echo "port 5432 of db1: does not open")sh";
constexpr std::string_view kPayment = R"sh(
  answer=$(curl -s -m 2 -o /dev/null -w '%{http_code}' http://127.0.0.1:8090/health)
  [ "$answer" = 000 ] && echo "health page: gives no answer within 2 s" ||
    echo "health page: answers $answer")sh";

// The monitoring.
constexpr std::string_view kTargets = R"sh(
  silent=$(curl -sf -m 2 -G http://127.0.0.1:9090/api/v1/query --data-urlencode 'query=up == 0') || exit 1
  echo "$silent" | grep -oE '"instance":"[^"]*"' |
  sed -E 's/"instance":"([^"]*)"/no metrics from \1/' | sort -u)sh";

}  // namespace

const std::vector<TeamLook>& team_looks() {
  static const std::vector<TeamLook> looks = {
      {"", "services", "service restart running runs",
       "root", kServices},
      {"", "routes", "rout path way network reach",
       "root", kRoutes},
      {"", "firewall", "firewall filter rule drop reject nft refus block",
       "root", kFirewall},
      {"lb", "servers behind the balancer", "balanc backend server",
       "root", kServers},
      {"lb", "requests and errors", "request traffic error load 5xx visitor user",
       "root", kAnswers},
      {"lb", "its configuration", "config haproxy",
       "root", kBalancerFile},
      {"router", "links and forwarding", "link forward interface network",
       "root", kForwarding},
      {"router", "refused packets", "packet drop reject refus block",
       "root", kDropped},
      {"router", "the way to the databases", "way path reach database port connect",
       "root", kThrough},
      {"db", "roles, replication, settings, access and sessions", "role primary replica replicat standby write order "
       "setting config access login privilege session lock quer statement mainten recover",
       "postgres", kDatabase},
      {"db", "listening addresses", "listen port address connect reach",
       "root", kListening},
      {"db", "logs", "log error fail",
       "root", kDatabaseLog},
      {"web", "live release", "release deploy roll code",
       "root", kRelease},
      {"web", "logs", "log error fail",
       "root", kShopLog},
      {"web", "connection pool", "pool connection bouncer wait",
       "root", kPooler},
      {"web", "a page and the way to the database", "page database reach way connect",
       "root", kPage},
      {"pay", "its health", "pay health order",
       "root", kPayment},
      {"mon", "scrape targets", "metric target scrape monitor",
       "root", kTargets},
  };
  return looks;
}

std::vector<std::string> owned_teams(std::string_view team) {
  if (team == "devops") return {"platform", "network"};
  return {std::string(team)};
}

const std::vector<std::string_view>& team_questions(std::string_view team) {
  static const std::vector<std::string_view> senior = {
      "Which request fails and which still works? What does the failing one touch that the other "
      "does not?",
      "Where exactly does the first error arise: at the balancer, on a web server, on the way, or "
      "on a database? What does the log say there?",
      "What changed in the last hours, and which of those changes have you proved innocent, and "
      "how?",
      "What have you ruled out so far, and by which observation?",
      "Did arrivals rise, or did each request become slower? Compare both with normal.",
      "If your theory were true, what else would we have to see? Do we see it?",
      "What would you lose by putting the last change back, and what would that prove?"};
  static const std::vector<std::string_view> management = {
      "How many customers are affected, and since when?",
      "What can customers still do, and what not?",
      "When do we hear from you next?",
      "Is any order or any data lost?",
      "Which team do you still need, and has it been called?",
      "What do we tell customers in one sentence?",
      "How sure are you of the cause, and what would make you sure?"};
  static const std::vector<std::string_view> none;
  return team == "senior" ? senior : team == "management" ? management : none;
}

}  // namespace gameday
