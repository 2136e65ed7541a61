// What root of a host and superuser of its database could do to get a good answer out of a probe while
// the truth is bad. Every row breaks something and hides it; without what hides it the probe says no.
// docs/what-decides-a-probe.md explains why each of them fails.
#include "drill/probes/monitoring.hpp"
#include "drill/probes/stack_state.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

struct Cheat {
  const char* what;
  const char* probe;
  const char* host;
  const char* act;
  const char* undo;
  bool lasting = false;  // the server's catalogue never is what it was again
};

// Superuser's statements, on the host itself.
#define SQL(statements) "psql -qXU postgres -d postgres <<'END'\n" statements "\nEND\n"
#define SHOP(statements) "psql -qXU postgres -d shop <<'END'\n" statements "\nEND\n"

#define SHADOW                                                                                  \
  "CREATE TABLE public.pg_hba_file_rules AS SELECT * FROM pg_catalog.pg_hba_file_rules;\n"     \
  "CREATE TABLE public.pg_roles AS SELECT * FROM pg_catalog.pg_roles;\n"                       \
  "CREATE TABLE public.pg_authid AS SELECT * FROM pg_catalog.pg_authid;\n"                     \
  "CREATE TABLE public.pg_auth_members AS SELECT * FROM pg_catalog.pg_auth_members;\n"         \
  "CREATE TABLE public.pg_stat_replication AS SELECT * FROM pg_catalog.pg_stat_replication;\n" \
  "CREATE TABLE public.pg_file_settings AS SELECT * FROM pg_catalog.pg_file_settings;\n"       \
  "CREATE TABLE public.pg_db_role_setting AS SELECT * FROM pg_catalog.pg_db_role_setting;\n"   \
  "ALTER DATABASE postgres SET search_path = public, pg_catalog;\n"                            \
  "ALTER ROLE postgres SET search_path = public, pg_catalog;\n"
#define UNSHADOW                                                                               \
  "ALTER DATABASE postgres RESET ALL;\nALTER ROLE postgres RESET ALL;\n"                       \
  "DROP TABLE IF EXISTS public.pg_hba_file_rules, public.pg_roles, public.pg_authid, "         \
  "public.pg_auth_members, public.pg_stat_replication, public.pg_file_settings, "              \
  "public.pg_db_role_setting;\n"
#define READ_ONLY "ALTER SYSTEM SET default_transaction_read_only = on;\nSELECT pg_reload_conf();\n"
#define WRITABLE                                                                               \
  "SET default_transaction_read_only = off;\nSET transaction_read_only = off;\n"               \
  "ALTER SYSTEM RESET default_transaction_read_only;\nSELECT pg_reload_conf();\n"
#define HBA "/etc/postgresql/15/main/pg_hba.conf"
#define WIDEN_HBA "echo 'host all all 0.0.0.0/0 trust' >>" HBA "\nsv hup postgresql\n"
#define NARROW_HBA "sed -i '/^host all all/d' " HBA "\nsv hup postgresql\n"
#define MODS "SET allow_system_table_mods = on;\n"

// Another server on Prometheus' port, that says what Prometheus last said.
constexpr const char* kStoredPages = R"sh(cd /root
port=9090
for page in targets?state=active rules alertmanagers status/config; do
  curl -s "http://127.0.0.1:$port/api/v1/$page" >"$(echo "$page" | tr -d '/?=')"
done
sv -w 10 down prometheus
cat >serve <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalPort => 9090, Listen => 9, ReuseAddr => 1) or die;
while (my $c = $s->accept) {
  my $page = "";
  while (<$c>) { $page = $1 if m{^GET /api/v1/(\S+)}; last if /^
?$/; }
  $page =~ tr{/?=}{}d;
  open my $f, "<", "/root/$page"; local $/; my $body = $f ? <$f> : "{}";
  print $c "HTTP/1.0 200 OK
Content-Type: application/json
Content-Length: "
    . length($body) . "

$body";
  close $c;
}
END
setsid perl serve >/dev/null 2>&1 </dev/null &
echo $! >pid
until curl -s "http://127.0.0.1:$port/api/v1/rules" >/dev/null; do :; done
)sh";

const Cheat kCheats[] = {
    {"the database of the questions is writable by setting, the server is not",
     "one_writable_primary", "db1",
     SQL("ALTER DATABASE postgres SET default_transaction_read_only = off;\n" READ_ONLY),
     SQL(WRITABLE "ALTER DATABASE postgres RESET ALL;")},
    {"the role of the questions is writable by setting, the server is not", "one_writable_primary",
     "db1", SQL("ALTER ROLE postgres SET default_transaction_read_only = off;\n" READ_ONLY),
     SQL(WRITABLE "ALTER ROLE postgres RESET ALL;")},
    {"tables of the player's own stand in front of the catalogue", "one_writable_primary", "db1",
     SQL(SHADOW "ALTER DATABASE postgres SET default_transaction_read_only = off;\n" READ_ONLY),
     SQL(WRITABLE UNSHADOW)},
    {"a function of the server is replaced, and the setting, too", "one_writable_primary", "db1",
     SQL(MODS "CREATE OR REPLACE FUNCTION pg_catalog.pg_is_in_recovery() RETURNS bool LANGUAGE sql "
              "AS 'SELECT false';"),
     SQL(MODS "CREATE OR REPLACE FUNCTION pg_catalog.pg_is_in_recovery() RETURNS bool LANGUAGE "
              "internal STRICT VOLATILE PARALLEL SAFE AS 'pg_is_in_recovery';"), true},
    {"orders are swallowed by a rule", "one_writable_primary", "db1",
     SHOP("CREATE RULE swallow AS ON INSERT TO orders DO INSTEAD NOTHING;"),
     SHOP("DROP RULE swallow ON orders;")},
    {"orders are swallowed by a trigger", "one_writable_primary", "db1",
     SHOP("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';\n"
          "CREATE TRIGGER swallow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION swallow();"),
     SHOP("DROP FUNCTION swallow() CASCADE;")},
    {"the rules are wide, and a table of the player's own lists the old ones", "access_not_widened",
     "db1", SQL(SHADOW) WIDEN_HBA, NARROW_HBA SQL(UNSHADOW)},
    {"the rules are wide, and the file is put back without a reload", "access_not_widened", "db1",
     "cp -p " HBA " /root/before\n" WIDEN_HBA
     "until psql -XU postgres -h 127.0.0.1 -d shop -Atc 'SELECT 1' -o /dev/null && "
     "psql -XU app -h 127.0.0.1 -d shop -Atc 'SELECT 1' -o /dev/null; do :; done 2>/dev/null\n"
     "cp -p /root/before " HBA,
     "sv hup postgresql"},
    {"the server reads another rule file", "access_not_widened", "db1",
     "cp -p " HBA " /etc/postgresql/15/main/other.conf\n"
     "echo 'host all all 0.0.0.0/0 trust' >>/etc/postgresql/15/main/other.conf\n"
     SQL("ALTER SYSTEM SET hba_file = '/etc/postgresql/15/main/other.conf';")
     "sv -w 15 restart postgresql",
     SQL("ALTER SYSTEM RESET hba_file;") "sv -w 15 restart postgresql"},
    {"the view of the rules is replaced", "access_not_widened", "db1",
     SQL("CREATE TABLE public.kept AS SELECT * FROM pg_catalog.pg_hba_file_rules;\n"
         MODS "ALTER VIEW pg_catalog.pg_hba_file_rules RENAME TO hidden;\n"
         "CREATE VIEW pg_catalog.pg_hba_file_rules AS SELECT * FROM public.kept;") WIDEN_HBA,
     NARROW_HBA SQL(MODS "DROP VIEW pg_catalog.pg_hba_file_rules;\n"
                         "ALTER VIEW pg_catalog.hidden RENAME TO pg_hba_file_rules;\n"
                         "DROP TABLE public.kept;"), true},
    {"the shop's role is superuser, and a table of the player's own denies it",
     "access_not_widened", "db1", SQL(SHADOW "ALTER ROLE app SUPERUSER;"),
     SQL("ALTER ROLE app NOSUPERUSER;\n" UNSHADOW)},
    {"anybody may be postgres by a user name map", "access_not_widened", "db1",
     "echo 'admins /^.*$ postgres' >>/etc/postgresql/15/main/pg_ident.conf\nsv hup postgresql",
     "sed -i '$d' /etc/postgresql/15/main/pg_ident.conf\nsv hup postgresql"},
    {"the firewall is open, and a program of the player's own prints the old rules",
     "access_not_widened", "router",
     "nft -s list ruleset >/root/old\nfor d in /usr/local/sbin /usr/local/bin; do\n"
     "printf '#!/bin/sh\\ncat /root/old\\n' >$d/nft; chmod 755 $d/nft; done\n"
     "/usr/sbin/nft flush ruleset",
     "rm /usr/local/sbin/nft /usr/local/bin/nft\nnft -f /etc/nftables.conf"},
    {"a library is loaded into every program", "access_not_widened", "router",
     "echo /root/other.so >/etc/ld.so.preload", "rm /etc/ld.so.preload"},
    {"the page of an alert is turned into a ticket", "monitoring_intact", "mon",
     "cp -rp /etc/prometheus /root/kept\n"
     "sed -i 's/severity: page/severity: ticket/' /etc/prometheus/rules/*.yml\n"
     "sv hup prometheus",
     "cp -rp /root/kept/. /etc/prometheus/\nsv hup prometheus"},
    {"metrics are dropped after they were scraped", "monitoring_intact", "mon",
     "sed -i '0,/- job_name/s//- metric_relabel_configs: [{action: drop, source_labels: "
     "[__name__], regex: \"haproxy.*\"}]\\n    job_name/' /etc/prometheus/prometheus.yml\n"
     "promtool check config /etc/prometheus/prometheus.yml\nsv hup prometheus",
     "cp -rp /root/kept/. /etc/prometheus/\nsv hup prometheus"},
    {"alerts go to nobody", "monitoring_intact", "mon",
     "cp -p /etc/prometheus/alertmanager.yml /root/am\n"
     "sed -i 's/9095/9096/' /etc/prometheus/alertmanager.yml\nsv hup alertmanager",
     "cp -p /root/am /etc/prometheus/alertmanager.yml\nsv hup alertmanager"},
    {"a stored page answers for Prometheus", "monitoring_intact", "mon", kStoredPages,
     "kill $(cat /root/pid)\nsv up prometheus"},
    {"pages are dropped on their way", "monitoring_intact", "mon",
     "nft add table inet z\nnft 'add chain inet z out {type filter hook output priority 0;}'\n"
     "nft add rule inet z out tcp dport 9095 drop",
     "nft delete table inet z"},
    {"a web server's name leads to another", "monitoring_intact", "mon",
     "cp -p /etc/hosts /root/hosts\nsed '/web1/s/^[0-9.]*/10.77.2.12/' /root/hosts >/etc/hosts",
     "cat /root/hosts >/etc/hosts"},
    {"anybody may do anything with the shop's tables", "access_not_widened", "db1",
     SHOP("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;"),
     SHOP("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;")},
    {"a function lends its maker's rights to the shop", "access_not_widened", "db1",
     SHOP("CREATE FUNCTION public.lend(t text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS "
          "'BEGIN EXECUTE t; END';"),
     SHOP("DROP FUNCTION public.lend(text);")},
    {"the shop's role may make roles", "access_not_widened", "db1",
     SQL("ALTER ROLE app CREATEROLE;"), SQL("ALTER ROLE app NOCREATEROLE;")},
    {"the firewall sleeps", "access_not_widened", "router",
     "nft add table inet filter '{ flags dormant; }'", "nft -f /etc/nftables.conf"},
    {"the replica follows nobody, and tables of the player's own say that it does", "redundancy",
     "db2", SQL("ALTER SYSTEM SET primary_conninfo = '';\nSELECT pg_reload_conf();"),
     SQL("ALTER SYSTEM RESET primary_conninfo;\nSELECT pg_reload_conf();")},
    {"the balancer lists one web server twice", "redundancy", "lb",
     "cp -p /etc/haproxy/haproxy.cfg /root/cfg\n"
     "sed -i 's/server web2 web2:8080/server web2 web1:8080/' /etc/haproxy/haproxy.cfg\n"
     "sv -w 15 restart haproxy",
     "cp -p /root/cfg /etc/haproxy/haproxy.cfg\nsv -w 15 restart haproxy"},
    {"a service is down, and a program of the player's own says that it runs", "services_same",
     "web1",
     "sv status /etc/service/* >/root/old\nfor d in /usr/local/sbin /usr/local/bin; do\n"
     "printf '#!/bin/sh\\ncat /root/old\\n' >$d/sv; chmod 755 $d/sv; done\n"
     "/usr/bin/sv down pgbouncer_exporter",
     "rm /usr/local/sbin/sv /usr/local/bin/sv\nsv up pgbouncer_exporter"},
};

const ProbeResult& result_of(const std::vector<ProbeResult>& results, const std::string& probe) {
  for (const ProbeResult& one : results) {
    if (one.name == probe) return one;
  }
  throw Error("tests: no probe is called " + probe);
}

std::string bad_ones(const std::vector<ProbeResult>& results) {
  std::string all;
  for (const ProbeResult& one : results) {
    if (one.result != Presence::kYes) all += one.name + ": " + one.detail + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("no probe is talked into a good answer by who is root in a host") {
  REQUIRE_A_STACK();
  RealStack stack;
  REQUIRE(eventually(20s, [&] { return stack.writes() && monitoring_ready(*stack.sandbox); }));
  StackSnapshot before = take_snapshot(*stack.sandbox);
  const auto look = [&] { return check_invariants(*stack.sandbox, before, LogIns::kTry); };
  CHECK(eventually(20s, [&] { return bad_ones(look()).empty(); }));
  CHECK(bad_ones(look()) == "");
  // Honest: an administrator's own sessions are made writable, the rule for the shop is narrower.
  stack.output("db1", SQL("ALTER ROLE postgres SET default_transaction_read_only = off;"));
  stack.output("db1", "cp -p " HBA " /root/honest\n"
                      "sed -i 's/^host.*shop.*app .*/host shop app 10.77.2.0\\/24 trust/' " HBA
                      "\nsv hup postgresql");
  CHECK(bad_ones(look()) == "");
  stack.output("db1", "cp -p /root/honest " HBA "\nsv hup postgresql\n"
                      SQL("ALTER ROLE postgres RESET ALL;"));
  for (const Cheat& cheat : kCheats) {
    CAPTURE(cheat.what);
    const std::string acted = stack.output(cheat.host, std::string(cheat.act) + "\n true");
    CAPTURE(acted);
    const ProbeResult result = result_of(look(), cheat.probe);
    CAPTURE(result.detail);
    // A reload may take a moment on a busy machine.
    CHECK((result.result != Presence::kYes ||
           eventually(20s, [&] { return result_of(look(), cheat.probe).result != Presence::kYes; })));
    UNSCOPED_INFO(stack.output(cheat.host, cheat.undo));
    if (cheat.lasting) before = take_snapshot(*stack.sandbox);
    REQUIRE(eventually(20s, [&] { return stack.writes() && bad_ones(look()).empty(); }));
  }
}
