// Which observations are evidence: what a program that can know it printed.
#include "scorer/source.hpp"

#include "tests/scorer/watched.hpp"

using namespace gameday;

namespace {

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
      {{"LD_PRELOAD=/tmp/x.so " + kLine,
        {psql(kAsk, {{"env", json::array{"LD_PRELOAD=/tmp/x.so"}}})}}},
      {{kLine, {psql(kAsk, file("/root/.psqlrc"))}}},
      {{"psql -c \"select 't'\" # pg_is_in_recovery", {psql("select 't'")}}},
      {{"psql", {psql("select 't' as pg_is_in_recovery")}}},
      {{"psql", {psql("select 't' -- pg_is_in_recovery()")}}},
      {{"psql", {psql("select chr(116) \"pg_is_in_recovery\"")}}},
      {{"psql", {psql("select true, 'pg_is_in_recovery'")}}},
      {{"psql",
        {psql("select 't', 'pg_is_in_recovery()' from pg_class")},
        "t|pg_is_in_recovery()\n"}},
      {{"psql", {psql("select x from (values ('t')) v(x) -- pg_is_in_recovery()")}}},
      {{"psql", {psql("\\echo t -- pg_is_in_recovery")}}},
      {{"SELECT 't' AS pg_is_in_recovery;", {kOpen}, " t\n", "psql -h db1"}},
      {{"\\echo t pg_is_in_recovery", {kOpen}, "t\n", "psql -h db1"}},
      {{"\\! echo t", {kOpen}, "t\n", "psql -h db1: pg_is_in_recovery"}},
      {{kAsk + ";", {bash}, " t\n", "psql -h db1"}},  // marks that no psql wrote
      {{"CREATE TABLE pg_x AS SELECT 't' AS pg_is_in_recovery;",
        {kOpen},
        "SELECT 1\n",
        "psql -h db1"},
       {"SELECT pg_is_in_recovery FROM pg_x;", {kOpen}, " t\n", "psql -h db1"}},
      {{"psql -p 7777 -c '" + kAsk + "'", {ran(kPsql, {"psql", "-p", "7777", "-Atc", kAsk})}}},
      {{kLine + " >/dev/null; printf t", {psql(kAsk, {{"unseen", true}})}}},
      {{"psql -f /tmp/q # pg_is_in_recovery",
        {ran(kPsql, {"psql", "-f", "/tmp/q"}, file("/tmp/q"))}}},
      {{"./ask pg_is_in_recovery", {ran("/root/ask", {"./ask"}, {{"changed", true}}), psql(kAsk)}}},
      {{"sh /root/ask",
        {ran("/usr/bin/dash", {"sh", "/root/ask"}, file("/root/ask")), psql(kAsk)}}},
      {{"cat <<E\n pg_is_in_recovery | t\nE",
        {ran("/usr/bin/cat", {"cat"})},
        " pg_is_in_recovery | t\n"}},
      {{"curl file:///tmp/pg_is_in_recovery",
        {ran("/usr/bin/curl", {"curl", "file:///tmp/pg_is_in_recovery"})}}},
      {{"curl http://db1:7777/pg_is_in_recovery",
        {ran("/usr/bin/curl", {"curl", "http://db1:7777/pg_is_in_recovery"})}}},
      {{"nc 127.0.0.1 7777 # pg_is_in_recovery",
        {ran("/usr/bin/nc.openbsd", {"nc", "127.0.0.1", "7777"})}}},
      {{"curl -x localhost:7777 http://mon:9090/pg_is_in_recovery",
        {ran("/usr/bin/curl",
             {"curl", "-x", "localhost:7777", "http://mon:9090/pg_is_in_recovery"})}}},
      {{"python3 -c 'print(\"t\")' # pg_is_in_recovery",
        {ran("/usr/bin/python3.11", {"python3", "-c", "print(\"t\")"})}}},
      {{"cat /tmp/postgresql",
        {ran("/usr/bin/cat", {"cat", "/tmp/postgresql"}, file("/tmp/postgresql"))},
        entering,
        "",
        "db1"}},
      {{"echo 'LOG: entering standby mode' >>" + log, {}, "", "", "db1"},
       {"cat " + log, {ran("/usr/bin/cat", {"cat", log}, file(log))}, entering, "", "db1"}},
      {{"cat /etc/postgresql/x",
        {ran("/usr/bin/cat", {"cat", "/etc/postgresql/x"},
             changed_file("/etc/postgresql/x", kVerified + 5))},
        entering,
        "",
        "db1"}},
      {{"sed 's/.*/entering standby mode/' " + log,
        {ran("/usr/bin/sed", {"sed", "s/.*/entering standby mode/", log}, file(log))},
        "entering standby mode\n",
        "",
        "db1"}},
      {{"awk '{print \"entering standby mode\"}' " + log,
        {ran("/usr/bin/mawk", {"awk", "{print \"entering standby mode\"}", log}, file(log))},
        "entering standby mode\n",
        "",
        "db1"}},
      {{"head -1 " + log + "; echo -n entering; echo ' standby mode'",
        {ran("/usr/bin/head", {"head", "-1", log}, file(log))},
        "LOG: ready\nentering standby mode\n",
        "",
        "db1"}},
      {{"touch /tmp/standby.signal; find / -name standby.signal",
        {ran("/usr/bin/touch", {"touch", "/tmp/standby.signal"}),
         ran("/usr/bin/find", {"find", "/", "-name", "standby.signal"}, file("/"))},
        "/tmp/standby.signal\n",
        "",
        "db1"}},
      {{"find / -maxdepth 0 -printf 'standby.signal\\n'",
        {ran("/usr/bin/find", {"find", "/", "-maxdepth", "0", "-printf", "standby.signal\\n"},
             file("/"))},
        "standby.signal\n",
        "",
        "db1"}},
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
  const json::object tool =
      ran("/usr/lib/postgresql/15/bin/pg_controldata",
          {"pg_controldata", "/var/lib/postgresql/15/main"}, file("/var/lib/postgresql/15/main"));
  const std::string fed = "echo '" + kAsk + "' | psql -h db1 -At";
  const json::object plain = ran(kPsql, {"psql", "-h", "db1", "-At"});
  const std::vector<Case> honest = {
      {kLine, {wrapper, psql(kAsk)}},
      {"psql -h db1 -c \"" + kAsk + "\"",
       {psql(kAsk)},
       " pg_is_in_recovery \n-----\n t\n(1 row)\n"},
      {kAsk + ";", {kOpen}, " t\n", "psql -h db1"},
      {"select now(), -- when\n pg_is_in_recovery();", {kOpen}, " now | t\n", "psql -h db1"},
      {"sh -c \"" + kLine + "\"", {sh, psql(kAsk)}},
      {"watch -n1 " + kLine, {ran("/usr/bin/watch", {"watch"}), sh, psql(kAsk)}},
      {"for i in 1 2 3; do " + kLine + "; done", {psql(kAsk)}},
      {"for h in db1 db2; do echo $h; psql -h $h -Atc '" + kAsk + "'; done",
       {psql(kAsk)},
       "db1\nt\ndb2\nt\n"},
      {"echo db1: $(" + kLine + ")", {psql(kAsk)}, "db1: | t\n"},
      {kLine + " | grep -w t", {psql(kAsk), ran("/usr/bin/grep", {"grep", "-w", "t"})}},
      {kLine + " | less", {psql(kAsk), ran("/usr/bin/less", {"less"})}},
      {kLine + " | tee /tmp/seen",
       {psql(kAsk), ran("/usr/bin/tee", {"tee", "/tmp/seen"}, file("/tmp/seen"))}},
      {fed, {plain}},
      {"psql -h db1 -At <<< \"" + kAsk + "\"", {plain}},
      {"psql -h db1 -At <<E\n" + kAsk + ";\nE", {plain}},
      {"su postgres -c \"psql -Atc '" + kAsk + "'\"",
       {ran("/usr/bin/su", {"su", "postgres", "-c", "psql"}),
        ran("/usr/bin/bash", {"bash", "-c", "psql"}), ran(kPsql, {"psql", "-Atc", kAsk})},
       "t\n",
       "",
       "db1"},
      {"PGHOST=db1 psql -Atc '" + kAsk + "'",
       {ran(kPsql, {"psql", "-Atc", kAsk}, {{"env", json::array{"PGHOST=db1"}}})}},
      {"timeout 5 psql -h db1 -At -c 'select 1' -c '" + kAsk + "'",
       {ran("/usr/bin/timeout", {"timeout", "5"}),
        ran(kPsql, {"psql", "-h", "db1", "-At", "-c", "select 1", "-c", kAsk})},
       "1\nt\n"},
      {"psql -h db1 -At --command='" + kAsk + "'",
       {ran(kPsql, {"psql", "-h", "db1", "--command=" + kAsk})}},
      {"psql -h db1 -xc \"SELECT inet_server_addr(), pg_is_in_recovery()\"",
       {psql("SELECT inet_server_addr(), pg_is_in_recovery()")},
       "inet_server_addr  | 10.77.3.11\npg_is_in_recovery | t\n"},
      {"ls /var/lib/postgresql/15/main",
       {ran("/usr/bin/ls", {"ls", "--color=auto", "/var/lib/postgresql/15/main"},
            file("/var/lib/postgresql/15/main"))},
       "PG_VERSION\nstandby.signal\n",
       "",
       "db1"},
      {"ls -l",
       {ran("/usr/bin/ls", {"ls", "-l"}, {{"cwd", "/var/lib/postgresql/15/main"}})},
       "-rw------- 1 postgres postgres 0 Nov 30 12:00 standby.signal\n",
       "",
       "db1"},
      {"find / -name standby.signal 2>/dev/null",
       {ran("/usr/bin/find", {"find", "/", "-name", "standby.signal"}, file("/"))},
       "/var/lib/postgresql/15/main/standby.signal\n",
       "",
       "db1"},
      {"stat -c %n /var/lib/postgresql/15/main/standby.signal",
       {ran("/usr/bin/stat", {"stat", "-c", "%n", "/var/lib/postgresql/15/main/standby.signal"},
            file("/var/lib/postgresql/15/main/standby.signal"))},
       "/var/lib/postgresql/15/main/standby.signal\n",
       "",
       "db1"},
      {"pg_controldata /var/lib/postgresql/15/main | grep state",
       {tool, ran("/usr/bin/grep", {"grep", "state"})},
       control,
       "",
       "db1"},
      {"tail -n 100 " + log,
       {ran("/usr/bin/tail", {"tail", "-n", "100", log}, file(log))},
       entering,
       "",
       "db1"},
      {"cd /var/log/postgresql; grep -i standby current",
       {ran("/usr/bin/grep", {"grep", "-i", "standby", "current"}, file(log))},
       entering,
       "",
       "db1"},
      {"cat " + log + " | grep 'entering standby mode'",
       {ran("/usr/bin/cat", {"cat", log}, file(log)),
        ran("/usr/bin/grep", {"grep", "entering standby mode"})},
       entering,
       "",
       "db1"},
      {"awk '/entering/' " + log,
       {ran("/usr/bin/mawk", {"awk", "/entering/", log}, file(log))},
       entering,
       "",
       "db1"},
      {"sed -n '/entering standby mode/p' " + log,
       {ran("/usr/bin/sed", {"sed", "-n", "/entering standby mode/p", log}, file(log))},
       entering,
       "",
       "db1"},
      {"less " + log, {ran("/usr/bin/less", {"less", log}, file(log))}, entering, "", "db1"},
      {"grep standby < " + log,
       {ran("/usr/bin/grep", {"grep", "standby"}, file(log))},
       entering,
       "",
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
