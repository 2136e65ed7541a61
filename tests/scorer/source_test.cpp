// Which observations are evidence: what a program that can know it printed. By recorded events: the
// fields of each as the engines write them.
#include "scorer/source.hpp"

#include "scorer/report.hpp"
#include "tests/scorer/drill_on_paper.hpp"

using namespace gameday;

namespace {

// A program in the short form "PATH WORD…", with members of its event after it.
json::object ran(const std::string& path, std::vector<std::string> argv, json::object more = {}) {
  more["path"] = path;
  more["argv"] = json::array(argv.begin(), argv.end());
  if (!more.contains("cwd")) more["cwd"] = "/root";
  return more;
}
json::object file(const std::string& path) { return {{"files", json::array{{{"path", path}}}}}; }
json::object changed_file(const std::string& path, double at) {
  return {{"files", json::array{{{"path", path}, {"changed", at}}}}};
}

const std::string kPsql = "/usr/lib/postgresql/15/bin/psql";
const std::string kAsk = "SELECT pg_is_in_recovery()";

json::object psql(const std::string& sql, json::object more = {}) {
  return ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop", "-Atc", sql}, std::move(more));
}

const json::object kOpen = ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop"});

struct Case {
  std::string command;
  std::vector<json::object> programs;
  std::string output = "t\n";
  std::string within = {};
  std::string host = "ops";
};

json::object event_of(const Case& one, const std::string& id = "o1") {
  json::array programs(one.programs.begin(), one.programs.end());
  json::object event{{"id", id},           {"host", one.host},     {"command", one.command},
                     {"output", one.output}, {"programs", programs}};
  if (!one.within.empty()) event["within"] = one.within;
  return event;
}

// What the citation earns where the primary has become a standby.
EvidenceGrade grade_of(const std::vector<Case>& cases) {
  static const Catalogue catalogue;
  DrillOnPaper drill;
  for (size_t i = 0; i < cases.size(); ++i) {
    drill.at(60).add(events::kObservation, event_of(cases[i], "o" + std::to_string(i + 1)));
  }
  return grade_evidence({"o" + std::to_string(cases.size())},
                        catalogue.scenario().variants.at(0).evidence, drill.journal,
                        drill.journal.events.size());
}

const std::string kLine = "psql -h db1 -U postgres shop -Atc '" + kAsk + "'";
const double kVerified = 1767225600;  // of DrillOnPaper, in wall-clock seconds

}  // namespace

TEST_CASE("what a player makes up is no evidence") {
  const json::object bash = ran("/usr/bin/bash", {"bash", "-c", "..."});
  const std::string log = "/var/log/postgresql/current";
  const std::string entering = "LOG:  entering standby mode\n";
  const std::vector<std::vector<Case>> fabricated = {
      {{"echo t # psql -h db1: pg_is_in_recovery", {bash}}},
      {{"printf '\\164\\n' # pg_is_in_recovery", {}}},
      {{"/usr/bin/echo t pg_is_in_recovery", {ran("/usr/bin/echo", {"echo", "t"})}}},
      {{"psql() { echo t; }; " + kLine, {}}},
      {{"alias psql='echo t;:'", {}}, {kLine, {}}},
      {{"x=t; echo $x # pg_is_in_recovery", {}}},
      {{"x=t", {}}, {kLine + " | wc -l; echo $x", {psql("select version() -- pg_is_in_recovery")}}},
      {{"f() { echo t; }", {}}, {"f; psql", {psql("select version() as pg_is_in_recovery")}}},
      {{kLine, {ran("/tmp/psql", {"psql", "-h", "db1", "-Atc", kAsk}, {{"changed", true}})}}},
      {{kLine, {ran("/usr/local/bin/psql", {"psql", "-c", kAsk}, {{"changed", true}})}}},
      {{kLine, {ran("/usr/bin/psql", {"psql", "-c", kAsk}, {{"changed", true}})}}},
      {{kLine, {psql(kAsk, {{"preload", true}})}}},
      {{"LD_PRELOAD=/tmp/x.so " + kLine, {psql(kAsk, {{"env", json::array{"LD_PRELOAD=/tmp/x.so"}}})}}},
      {{kLine, {psql(kAsk, file("/root/.psqlrc"))}}},
      {{"psql -c \"select 't'\" # pg_is_in_recovery", {psql("select 't'")}}},
      {{"psql", {psql("select 't' as pg_is_in_recovery")}}},
      {{"psql", {psql("select 't' -- pg_is_in_recovery()")}}},
      {{"psql", {psql("select chr(116) \"pg_is_in_recovery\"")}}},
      {{"psql", {psql("select true, 'pg_is_in_recovery'")}}},
      {{"psql", {psql("select 't', 'pg_is_in_recovery()' from pg_class")}, "t|pg_is_in_recovery()\n"}},
      {{"psql", {psql("select x from (values ('t')) v(x) -- pg_is_in_recovery()")}}},
      {{"psql", {psql("\\echo t -- pg_is_in_recovery")}}},
      {{"SELECT 't' AS pg_is_in_recovery;", {kOpen}, " t\n", "psql -h db1"}},
      {{"\\echo t pg_is_in_recovery", {kOpen}, "t\n", "psql -h db1"}},
      {{"\\! echo t", {kOpen}, "t\n", "psql -h db1: pg_is_in_recovery"}},
      {{kAsk + ";", {bash}, " t\n", "psql -h db1"}},  // marks that no psql wrote
      {{"CREATE TABLE pg_x AS SELECT 't' AS pg_is_in_recovery;", {kOpen}, "SELECT 1\n",
        "psql -h db1"},
       {"SELECT pg_is_in_recovery FROM pg_x;", {kOpen}, " t\n", "psql -h db1"}},
      {{"psql -p 7777 -c '" + kAsk + "'", {ran(kPsql, {"psql", "-p", "7777", "-Atc", kAsk})}}},
      {{kLine + " >/dev/null; printf t", {psql(kAsk, {{"unseen", true}})}}},
      {{"psql -f /tmp/q # pg_is_in_recovery", {ran(kPsql, {"psql", "-f", "/tmp/q"}, file("/tmp/q"))}}},
      {{"./ask pg_is_in_recovery", {ran("/root/ask", {"./ask"}, {{"changed", true}}), psql(kAsk)}}},
      {{"sh /root/ask", {ran("/usr/bin/dash", {"sh", "/root/ask"}, file("/root/ask")), psql(kAsk)}}},
      {{"cat <<E\n pg_is_in_recovery | t\nE", {ran("/usr/bin/cat", {"cat"})},
        " pg_is_in_recovery | t\n"}},
      {{"curl file:///tmp/pg_is_in_recovery",
        {ran("/usr/bin/curl", {"curl", "file:///tmp/pg_is_in_recovery"})}}},
      {{"curl http://db1:7777/pg_is_in_recovery",
        {ran("/usr/bin/curl", {"curl", "http://db1:7777/pg_is_in_recovery"})}}},
      {{"nc 127.0.0.1 7777 # pg_is_in_recovery", {ran("/usr/bin/nc.openbsd", {"nc", "127.0.0.1", "7777"})}}},
      {{"curl -x localhost:7777 http://mon:9090/pg_is_in_recovery",
        {ran("/usr/bin/curl", {"curl", "-x", "localhost:7777", "http://mon:9090/pg_is_in_recovery"})}}},
      {{"python3 -c 'print(\"t\")' # pg_is_in_recovery",
        {ran("/usr/bin/python3.11", {"python3", "-c", "print(\"t\")"})}}},
      {{"cat /tmp/postgresql", {ran("/usr/bin/cat", {"cat", "/tmp/postgresql"}, file("/tmp/postgresql"))},
        entering, "", "db1"}},
      {{"echo 'LOG: entering standby mode' >>" + log, {}, "", "", "db1"},
       {"cat " + log, {ran("/usr/bin/cat", {"cat", log}, file(log))}, entering, "", "db1"}},
      {{"cat /etc/postgresql/x", {ran("/usr/bin/cat", {"cat", "/etc/postgresql/x"},
                                      changed_file("/etc/postgresql/x", kVerified + 5))},
        entering, "", "db1"}},
      {{"sed 's/.*/entering standby mode/' " + log,
        {ran("/usr/bin/sed", {"sed", "s/.*/entering standby mode/", log}, file(log))},
        "entering standby mode\n", "", "db1"}},
      {{"awk '{print \"entering standby mode\"}' " + log,
        {ran("/usr/bin/mawk", {"awk", "{print \"entering standby mode\"}", log}, file(log))},
        "entering standby mode\n", "", "db1"}},
      {{"head -1 " + log + "; echo -n entering; echo ' standby mode'",
        {ran("/usr/bin/head", {"head", "-1", log}, file(log))},
        "LOG: ready\nentering standby mode\n", "", "db1"}},
      {{"touch /tmp/standby.signal; find / -name standby.signal",
        {ran("/usr/bin/touch", {"touch", "/tmp/standby.signal"}),
         ran("/usr/bin/find", {"find", "/", "-name", "standby.signal"}, file("/"))},
        "/tmp/standby.signal\n", "", "db1"}},
      {{"find / -maxdepth 0 -printf 'standby.signal\\n'",
        {ran("/usr/bin/find", {"find", "/", "-maxdepth", "0", "-printf", "standby.signal\\n"}, file("/"))},
        "standby.signal\n", "", "db1"}},
  };
  CHECK(fabricated.size() >= 40);
  for (const auto& cases : fabricated) {
    INFO(cases.back().command << " | " << cases.back().output);
    const EvidenceGrade grade = grade_of(cases);
    CHECK(grade.value == 0);
    CHECK(grade.matched.empty());
    CHECK(grade.outside.size() == 1);
  }
}

TEST_CASE("whoever asks the system has evidence, however it was asked") {
  const std::string log = "/var/log/postgresql/current";
  const std::string entering = "LOG:  entering standby mode\n";
  const json::object sh = ran("/usr/bin/dash", {"sh", "-c", kLine});
  const json::object wrapper = ran("/usr/share/postgresql-common/pg_wrapper", {"psql", "-c", kAsk});
  const std::string control = "Database cluster state:               in archive recovery\n";
  const json::object tool = ran("/usr/lib/postgresql/15/bin/pg_controldata",
                                {"pg_controldata", "/var/lib/postgresql/15/main"},
                                file("/var/lib/postgresql/15/main"));
  const std::string fed = "echo '" + kAsk + "' | psql -h db1 -At";
  const json::object plain = ran(kPsql, {"psql", "-h", "db1", "-At"});
  const std::vector<Case> honest = {
      {kLine, {wrapper, psql(kAsk)}},
      {"psql -h db1 -c \"" + kAsk + "\"", {psql(kAsk)}, " pg_is_in_recovery \n-----\n t\n(1 row)\n"},
      {kAsk + ";", {kOpen}, " t\n", "psql -h db1"},
      {"select now(), -- when\n pg_is_in_recovery();", {kOpen}, " now | t\n", "psql -h db1"},
      {"sh -c \"" + kLine + "\"", {sh, psql(kAsk)}},
      {"watch -n1 " + kLine, {ran("/usr/bin/watch", {"watch"}), sh, psql(kAsk)}},
      {"for i in 1 2 3; do " + kLine + "; done", {psql(kAsk)}},
      {"for h in db1 db2; do echo $h; psql -h $h -Atc '" + kAsk + "'; done", {psql(kAsk)},
       "db1\nt\ndb2\nt\n"},
      {"echo db1: $(" + kLine + ")", {psql(kAsk)}, "db1: | t\n"},
      {kLine + " | grep -w t", {psql(kAsk), ran("/usr/bin/grep", {"grep", "-w", "t"})}},
      {kLine + " | less", {psql(kAsk), ran("/usr/bin/less", {"less"})}},
      {kLine + " | tee /tmp/seen", {psql(kAsk), ran("/usr/bin/tee", {"tee", "/tmp/seen"}, file("/tmp/seen"))}},
      {fed, {plain}},
      {"psql -h db1 -At <<< \"" + kAsk + "\"", {plain}},
      {"psql -h db1 -At <<E\n" + kAsk + ";\nE", {plain}},
      {"su postgres -c \"psql -Atc '" + kAsk + "'\"",
       {ran("/usr/bin/su", {"su", "postgres", "-c", "psql"}), ran("/usr/bin/bash", {"bash", "-c", "psql"}),
        ran(kPsql, {"psql", "-Atc", kAsk})},
       "t\n", "", "db1"},
      {"PGHOST=db1 psql -Atc '" + kAsk + "'",
       {ran(kPsql, {"psql", "-Atc", kAsk}, {{"env", json::array{"PGHOST=db1"}}})}},
      {"timeout 5 psql -h db1 -At -c 'select 1' -c '" + kAsk + "'",
       {ran("/usr/bin/timeout", {"timeout", "5"}),
        ran(kPsql, {"psql", "-h", "db1", "-At", "-c", "select 1", "-c", kAsk})},
       "1\nt\n"},
      {"psql -h db1 -At --command='" + kAsk + "'", {ran(kPsql, {"psql", "-h", "db1", "--command=" + kAsk})}},
      {"psql -h db1 -xc \"SELECT inet_server_addr(), pg_is_in_recovery()\"",
       {psql("SELECT inet_server_addr(), pg_is_in_recovery()")},
       "inet_server_addr  | 10.77.3.11\npg_is_in_recovery | t\n"},
      {"ls /var/lib/postgresql/15/main",
       {ran("/usr/bin/ls", {"ls", "--color=auto", "/var/lib/postgresql/15/main"},
            file("/var/lib/postgresql/15/main"))},
       "PG_VERSION\nstandby.signal\n", "", "db1"},
      {"ls -l", {ran("/usr/bin/ls", {"ls", "-l"}, {{"cwd", "/var/lib/postgresql/15/main"}})},
       "-rw------- 1 postgres postgres 0 Nov 30 12:00 standby.signal\n", "", "db1"},
      {"find / -name standby.signal 2>/dev/null",
       {ran("/usr/bin/find", {"find", "/", "-name", "standby.signal"}, file("/"))},
       "/var/lib/postgresql/15/main/standby.signal\n", "", "db1"},
      {"stat -c %n /var/lib/postgresql/15/main/standby.signal",
       {ran("/usr/bin/stat", {"stat", "-c", "%n", "/var/lib/postgresql/15/main/standby.signal"},
            file("/var/lib/postgresql/15/main/standby.signal"))},
       "/var/lib/postgresql/15/main/standby.signal\n", "", "db1"},
      {"pg_controldata /var/lib/postgresql/15/main | grep state",
       {tool, ran("/usr/bin/grep", {"grep", "state"})}, control, "", "db1"},
      {"tail -n 100 " + log, {ran("/usr/bin/tail", {"tail", "-n", "100", log}, file(log))}, entering, "",
       "db1"},
      {"cd /var/log/postgresql; grep -i standby current",
       {ran("/usr/bin/grep", {"grep", "-i", "standby", "current"}, file(log))}, entering, "", "db1"},
      {"cat " + log + " | grep 'entering standby mode'",
       {ran("/usr/bin/cat", {"cat", log}, file(log)),
        ran("/usr/bin/grep", {"grep", "entering standby mode"})}, entering, "", "db1"},
      {"awk '/entering/' " + log, {ran("/usr/bin/mawk", {"awk", "/entering/", log}, file(log))},
       entering, "", "db1"},
      {"sed -n '/entering standby mode/p' " + log,
       {ran("/usr/bin/sed", {"sed", "-n", "/entering standby mode/p", log}, file(log))}, entering, "",
       "db1"},
      {"less " + log, {ran("/usr/bin/less", {"less", log}, file(log))}, entering, "", "db1"},
      {"grep standby < " + log, {ran("/usr/bin/grep", {"grep", "standby"}, file(log))}, entering, "",
       "db1"},
  };
  CHECK(honest.size() >= 30);
  for (const Case& one : honest) {
    INFO(one.command);
    const EvidenceGrade grade = grade_of({one});
    for (const NotSeen& not_seen : grade.not_seen) UNSCOPED_INFO(not_seen.why);
    CHECK(grade.value == 1);
    CHECK(grade.not_seen.empty());
  }
}

TEST_CASE("other honest questions are sources, and their output is kept") {
  const auto kept = [](const Case& one) {
    const Source source = source_of(event_of(one), PlayersOwn(kVerified));
    INFO(one.command << ": " << source.why);
    CHECK(source.counts);
    CHECK(source.output == one.output);
  };
  const auto tool = [](const std::string& path, std::vector<std::string> argv) {
    Case one{path, {ran(path, argv)}, "some output\n"};
    return one;
  };
  for (const Case& one :
       {tool("/usr/bin/curl", {"curl", "-s", "http://127.0.0.1:8404/metrics"}),
        tool("/usr/bin/curl", {"curl", "-sG", "http://mon:9090/api/v1/query", "-d", "query=up"}),
        tool("/usr/bin/curl", {"curl", "-s", "http://lb/api/products"}),
        tool("/usr/bin/curl", {"curl", "-s", "localhost:9187/metrics"}),
        tool("/usr/sbin/nft", {"nft", "list", "ruleset"}), tool("/usr/bin/ip", {"ip", "route"}),
        tool("/usr/bin/ss", {"ss", "-ltn"}), tool("/usr/bin/ping", {"ping", "-c1", "db1"}),
        tool("/usr/bin/sv", {"sv", "status", "haproxy"}), tool("/usr/bin/nc.openbsd", {"nc", "-zv", "db1", "5432"}),
        tool("/usr/bin/promtool", {"promtool", "query", "instant", "http://mon:9090", "up"}),
        tool("/usr/local/bin/deploy", {"deploy", "list"}), tool("/usr/bin/ps", {"ps", "aux"}),
        tool(kPsql, {"psql", "-h", "127.0.0.1", "-p", "6432", "pgbouncer", "-c", "show pools"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "\\d orders"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "select count(*) from orders"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "show default_transaction_read_only"})}) {
    kept(one);
  }
  kept({"curl -s http://lb/api/products | jq .",
        {ran("/usr/bin/curl", {"curl", "-s", "http://lb/api/products"}), ran("/usr/bin/jq", {"jq", "."})},
        "{\"id\": 1}\n"});
  kept({"psql", {psql("SELECT pid, state FROM pg_stat_activity WHERE state = 'active'")},
        "77|active\n"});
  kept({"cat /etc/pgbouncer/pgbouncer.ini",
        {ran("/usr/bin/cat", {"cat", "/etc/pgbouncer/pgbouncer.ini"},
             changed_file("/etc/pgbouncer/pgbouncer.ini", kVerified - 5))},
        "default_pool_size = 1\n"});
}

TEST_CASE("what a program was told to say is taken out of what it printed") {
  const auto output_of = [](const std::vector<json::object>& programs, const std::string& output) {
    return source_of(event_of({"typed", programs, output, "", "db1"}), PlayersOwn()).output;
  };
  const std::string denied = "permission denied for table orders";
  for (const std::string& sql :
       {"select count(*) as \"" + denied + "\" from orders", "select '" + denied + "' || relname from pg_class",
        "select version(); do $$ begin raise '" + denied + "'; end $$",
        "select 1 from \"" + denied + "\""}) {
    INFO(sql);
    CHECK(output_of({psql(sql)}, "ERROR:  " + denied + "\n").find("denied for table") ==
          std::string::npos);
  }
  CHECK(output_of({psql("select 'primary', pg_is_in_recovery()")}, "primary|t\n") == "|t\n");
  const std::string real = "ERROR:  " + denied + "\n";
  CHECK(output_of({psql("insert into orders values ('check')")}, real) == real);
  CHECK(output_of({psql("select count(*) from orders")}, real) == real);
  const std::string log = "/var/log/postgresql/current";
  CHECK(output_of({ran("/usr/bin/cat", {"cat", log, denied}, file(log))},
                  "cat: " + denied + ": No such file or directory\nLOG: ready\n") == "\nLOG: ready\n");
  CHECK(output_of({ran("/usr/bin/ip", {"ip", "route", "get", "unreachable"})},
                  "Error: inet prefix is expected rather than \"unreachable\".\n") == "\n");
  const std::string refused = "RTNETLINK answers: Network is unreachable\n";
  CHECK(output_of({ran("/usr/bin/ip", {"ip", "route", "get", "10.77.2.11"})}, refused) == refused);
  const std::string busy = "77|active|SELECT p.description\n";
  CHECK(output_of({psql("SELECT pid, state, left(query, 60) FROM pg_stat_activity WHERE state = 'active'")},
                  busy + "78|active|SELECT pid, state, left(query, 60) FROM pg_stat_activity\n") == busy + "\n");
}

TEST_CASE("what a program or a document says of such outages is not seen on the system") {
  const auto counts = [](const json::object& program, const std::string& within = "") {
    return source_of(event_of({kAsk, {program}, "t\n", within}), PlayersOwn()).counts;
  };
  CHECK_FALSE(counts(ran("/usr/bin/strings", {"strings", "postgres"}, file("/usr/lib/postgresql/15/bin/postgres"))));
  CHECK_FALSE(counts(ran("/usr/bin/grep", {"grep", "-r", "x"}, file("/srv/runbooks"))));
  CHECK(counts(ran("/usr/bin/cat", {"cat", "x"}, file("/usr/local/bin/stock-sync"))));
  // A prompt that was printed while another psql ran.
  CHECK_FALSE(counts(psql("select version()"), "psql -h db1"));
  CHECK(counts(ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop"}), "psql -h db1"));
}

TEST_CASE("a setting that the player made is no news, and an unseen change of it is") {
  const auto counts = [](const std::vector<std::string>& sql) {
    return source_of(event_of({"psql", {ran(kPsql, [&] {
             std::vector<std::string> argv = {"psql", "-h", "db1", "-At"};
             for (const std::string& one : sql) argv.insert(argv.end(), {"-c", one});
             return argv;
           }())}, "on\n"}), PlayersOwn()).counts;
  };
  CHECK(counts({"show default_transaction_read_only"}));
  CHECK_FALSE(counts({"set default_transaction_read_only = on", "show default_transaction_read_only"}));
  CHECK_FALSE(counts({"set default_transaction_read_only to on; show transaction_read_only"}));
  CHECK_FALSE(counts({"begin read only; insert into orders values (1)"}));
  CHECK(counts({"insert into orders values (1)"}));
}

TEST_CASE("a fabricated look is marked, earns nothing and is not taught") {
  const Catalogue catalogue;
  const auto play = [&](const json::object& observation) {
    DrillOnPaper drill;
    drill.at(60).add(events::kObservation, observation);
    drill.at(70).diagnose(right_answer()).end(100, true);
    Scorecard card = catalogue.score(drill.journal);
    card.feedback = feedback_of(catalogue.scenario().variants.at(0), catalogue.taxonomy,
                                drill.journal, card);
    return std::pair{card, report_markdown(catalogue.scenario(), drill.journal, card)};
  };
  const auto [seen, seen_report] = play(event_of({kLine, {psql(kAsk)}}));
  CHECK(seen.diagnosis.points == Approx(50));
  CHECK(json::serialize(to_json(seen)).find(R"("not_seen_on_the_system":[])") != std::string::npos);
  const auto [made, report] = play(event_of({"echo t # psql -h db1 pg_is_in_recovery", {}}));
  CHECK(made.diagnosis.points == Approx(25));
  CHECK(made.diagnosis.evidence.value == 0);
  for (const Proof& proof : made.feedback.proofs) CHECK(proof.sights.empty());
  CHECK(report.find("cited, but not seen on the system: o1: the shell printed it") !=
        std::string::npos);
  CHECK(scorecard_text(catalogue.scenario(), made, false).find("o1: not seen on the system") !=
        std::string::npos);
  CHECK(json::serialize(to_json(made)).find(R"({"observation":"o1","why":"the shell printed it)") !=
        std::string::npos);
  // A journal from before programs were known is judged as it was.
  json::object older = event_of({"echo t # psql -h db1 pg_is_in_recovery", {}});
  older.erase("programs");
  CHECK(play(older).first.diagnosis.points == Approx(50));
}
