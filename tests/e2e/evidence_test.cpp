// Evidence has a source: on a real stack, through the trainee's own commands. The fields that the
// engine writes are judged here; the rules themselves have their tables in tests/scorer.
#include <catch2/catch.hpp>

#include <regex>

#include "journal/events.hpp"
#include "journal/journal.hpp"
#include "scorer/evidence.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// A stack by itself, whose observations are in `journal`.
struct LivingStack {
  TemporaryFolder folder;
  std::string id;

  LivingStack() {
    // A stack that stays keeps nothing open of whoever started it, such as a lock.
    const std::string lock = (folder.path / "lock").string();
    const Outcome up = run_program({"sh", "-c", "exec 8>\"$0\" && flock 8 && exec \"$@\"", lock,
                                    gameday_program(), "up", "--json", "--engine",
                                    engine_under_test()},
                                   180s, {{"TMPDIR", folder.path.string()}});
    INFO(up.err);
    REQUIRE(up.status == 0);
    CHECK(run_program({"flock", "--nonblock", lock, "true"}, 10s).status == 0);
    id = string_or(parse_json(up.out, "up").as_object(), "id", "");
  }
  ~LivingStack() { run_program({gameday_program(), "down", id}, 60s); }

  Journal journal() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
      if (std::filesystem::exists(entry.path() / "journal.jsonl")) {
        return read_journal(entry.path() / "journal.jsonl");
      }
    }
    throw std::runtime_error("no journal");
  }
  void type(const std::string& host, const std::string& lines) const {
    Program shell({gameday_program(), "shell", host}, {{"GAMEDAY_SESSION", id}}, lines);
    const auto outcome = shell.wait(180s);
    REQUIRE(outcome);
    INFO(outcome->out << outcome->err);
    CHECK(outcome->status != 1);
  }
  void exec(const std::string& host, const std::vector<std::string>& command) const {
    std::vector<std::string> words = {gameday_program(), "exec", host, "--"};
    words.insert(words.end(), command.begin(), command.end());
    run_program(words, 60s, {{"GAMEDAY_SESSION", id}});
  }
};

// The primary says that it takes writes: "f".
const std::vector<EvidenceSet> kProof = {
    {"it takes writes", {{"pg_is_in_recovery", "(^|\\|)\\s*f\\s*(\\||$)", ""}}}};

bool shows(const json::object& observation) {
  static const std::regex answer("(^|\\n)[^\\n]*\\bf\\s*(\\n|$)");
  const std::string all =
      string_or(observation, "within", "") + string_or(observation, "command", "");
  return all.find("pg_is_in_recovery") != std::string::npos &&
         std::regex_search(string_or(observation, "output", ""), answer);
}

// Of the observations from `first` on that show the answer: how many there are, and how many count.
struct Count {
  size_t shown = 0, evidence = 0, last = 0;
};
Count count_evidence(const Journal& journal, size_t first, bool honest) {
  Count count;
  for (count.last = first; count.last < journal.events.size(); ++count.last) {
    const Event& event = journal.events[count.last];
    if (event.kind != events::kObservation || !shows(event.data)) continue;
    const EvidenceGrade grade =
        grade_evidence({string_or(event.data, "id", "")}, kProof, journal, journal.events.size());
    ++count.shown;
    count.evidence += grade.value == 1;
    INFO(json::serialize(event.data));
    for (const NotSeen& one : grade.not_seen) UNSCOPED_INFO(one.why);
    if (honest) CHECK(grade.value == 1);
    else CHECK(grade.value == 0);
  }
  return count;
}

const std::string kAsk = "psql -h db1 -U postgres shop -Atc 'SELECT pg_is_in_recovery()'";

const std::string kFabricated =  // nothing but the shell and echo
    "echo f # psql -h db1 pg_is_in_recovery\n"
    "printf '\\146\\n' # pg_is_in_recovery\n"
    "eval 'echo f' # pg_is_in_recovery\n"
    "/usr/bin/echo f # pg_is_in_recovery\n"
    "bash -c 'echo f' # pg_is_in_recovery\n"
    "(exec -a psql bash -c 'echo f') # pg_is_in_recovery\n";
const std::string kMore =
    "psql() { echo f; }; " + kAsk + "\n" + kAsk +
    "\n"
    "unset -f psql; alias psql='echo f #'\n" +
    kAsk +
    "\n"
    "unalias psql; x=f; echo $x # pg_is_in_recovery\n"
    "mkdir -p /tmp/bin; printf '#!/bin/sh\\necho f\\n' >/tmp/bin/psql; chmod +x /tmp/bin/psql\n"
    "PATH=/tmp/bin:$PATH; " +
    kAsk +
    "\n"
    "cp /tmp/bin/psql /usr/local/bin/; /usr/local/bin/psql pg_is_in_recovery\n"
    "rm /tmp/bin/psql /usr/local/bin/psql; hash -r\n"
    "psql -h db1 -U postgres shop -Atc \"select 'f'\" # pg_is_in_recovery\n"
    "psql -h db1 -U postgres shop -Atc 'select false -- pg_is_in_recovery()'\n"
    "psql -h db1 -U postgres shop -Atc 'select chr(102) as pg_is_in_recovery'\n"
    "psql -h db1 -U postgres shop -Atc '\\echo f' # pg_is_in_recovery\n"
    "cat <<< f # pg_is_in_recovery\n"
    "echo f >/tmp/pg_is_in_recovery; cat /tmp/pg_is_in_recovery\n"
    "cat /tmp/pg_is_in_recovery\n"
    "cd /tmp; cat pg_is_in_recovery; cd\n"
    "ln -s /tmp/pg_is_in_recovery /etc/pg_is_in_recovery; cat /etc/pg_is_in_recovery\n"
    "curl -s file:///tmp/pg_is_in_recovery\n"
    "awk 'BEGIN { print \"f\" }' # pg_is_in_recovery\n"
    "sed 's/.*/f/' /etc/hostname # pg_is_in_recovery\n"
    "python3 -c 'print(\"f\")' # pg_is_in_recovery\n"
    "perl -e 'print \"f\\n\"' # pg_is_in_recovery\n"
    "perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(Listen=>1,LocalPort=>7777);$c=$s->accept;"
    "print $c \"HTTP/1.0 200 OK\\r\\n\\r\\nf\\n\"' & sleep 0.5\n"
    "curl -s http://127.0.0.1:7777/pg_is_in_recovery\n"
    "echo \"echo f; $(echo " +
    kAsk + ")\" >/root/ask; sh /root/ask # pg_is_in_recovery\n" + kAsk +
    " >/dev/null; printf 'f\\n'\n"
    "echo '\\echo f' >~/.psqlrc; " +
    kAsk +
    "\n"
    "rm ~/.psqlrc\n"
    "LD_PRELOAD=/usr/lib/libnone.so " +
    kAsk +
    "\n"
    "printf '\\e]133;A;aid=sql9;server=db1\\a\\e]133;B;aid=sql9\\aSELECT pg_is_in_recovery();\\n"
    "f\\n\\e]133;A;aid=sql9;server=db1\\a'\n"
    "psql -h db1 -U postgres shop\n"
    "SELECT 'f' AS pg_is_in_recovery;\n"
    "\\echo pg_is_in_recovery f\n"
    "\\! echo f pg_is_in_recovery f\n"
    "\\q\n";

const std::string kHonest =
    kAsk +
    "\n"
    "psql -h db1 -U postgres shop -c 'SELECT pg_is_in_recovery()'\n"
    "sh -c \"" +
    kAsk +
    "\"\n"
    "for i in 1 2 3; do " +
    kAsk +
    "; done\n"
    "for h in db1 db1; do echo $h; psql -h $h -U postgres shop -Atc 'SELECT pg_is_in_recovery()'; "
    "done\n" +
    kAsk + " | grep -w f\n" + kAsk + " | cat | tee /tmp/seen\n" + "echo \"answer | $(" + kAsk +
    ")\"\n" +
    "echo 'SELECT pg_is_in_recovery()' | psql -h db1 -U postgres shop -At\n"
    "psql -h db1 -U postgres shop -At <<< 'SELECT pg_is_in_recovery()'\n"
    "PGHOST=db1 psql -U postgres shop -Atc 'SELECT pg_is_in_recovery()'\n"
    "export PGHOST=db1\n"
    "psql -U postgres shop -Atc 'SELECT pg_is_in_recovery()'\n"
    "timeout 5 " +
    kAsk +
    "\n"
    "time " +
    kAsk +
    "\n"
    "xargs -I{} psql -h {} -U postgres shop -Atc 'SELECT pg_is_in_recovery()' <<< db1\n"
    "ask() { psql -h db1 -U postgres shop -Atc \"SELECT $1()\"; }; ask pg_is_in_recovery\n" +
    kAsk +
    " & wait # pg_is_in_recovery\n"
    "env LANG=C " +
    kAsk +
    "\n"
    "x=$(" +
    kAsk +
    "); echo \"| $x\"\n"
    "psql -h db1 -U postgres shop --tuples-only --command='SELECT pg_is_in_recovery()'\n"
    "psql -h db1 -U postgres shop\n"
    "SELECT pg_is_in_recovery();\n"
    "SELECT 1;\n"
    "SELECT pg_is_in_recovery()\n, pg_is_in_recovery();\n"
    "\\q\n" +
    kAsk + "\n";

}  // namespace

TEST_CASE(
    "on a real stack whatever a player makes up is no evidence, and what the system says is") {
  const LivingStack stack;
  stack.type("ops", kHonest);
  stack.type("db1", "su postgres -c \"psql -Atc 'SELECT pg_is_in_recovery()'\"\n");
  stack.exec("ops", {kAsk});
  stack.exec("ops",
             {"psql", "-h", "db1", "-U", "postgres", "shop", "-Atc", "SELECT pg_is_in_recovery()"});
  stack.exec("db1", {"setpriv --reuid=postgres --regid=postgres --init-groups "
                     "psql -Atc 'SELECT pg_is_in_recovery()'"});
  const Count honest = count_evidence(stack.journal(), 0, true);
  CHECK(honest.shown >= 25);
  CHECK(honest.evidence == honest.shown);

  stack.type("ops", kFabricated + kMore);
  stack.exec("ops", {"echo f # pg_is_in_recovery"});
  stack.exec("ops", {"echo", "f", "pg_is_in_recovery", "f"});
  const Count made_up = count_evidence(stack.journal(), honest.last, false);
  CHECK(made_up.shown >= 30);
  CHECK(made_up.evidence == 0);
}
