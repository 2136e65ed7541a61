// An honest look, and something else in the same command: what that printed was not seen on the
// system. Every row counted when only the whole command was judged.
#include "scorer/evidence.hpp"
#include "tests/scorer/watched.hpp"

using namespace gameday;

namespace {

EvidenceGrade grade_of(const Case& one) {
  static const Catalogue catalogue;
  DrillOnPaper drill;
  drill.at(60).add(events::kObservation, event_of(one));
  return grade_evidence({"o1"}, catalogue.scenario().variants.at(0).evidence, drill.journal,
                        drill.journal.events.size());
}

// The primary says "f", and the rest of the line makes up what a standby would say.
Case lent(const std::string& more, std::vector<json::object> programs,
          const std::string& printed = "x|t\n") {
  programs.insert(programs.begin(), psql(kAsk));
  return {kLine + more, programs, "f\n" + printed};
}

json::object client(std::vector<std::string> more) {
  std::vector<std::string> argv = {"psql", "-h", "db1", "-U", "postgres", "shop", "-At"};
  argv.insert(argv.end(), more.begin(), more.end());
  return ran(kPsql, argv);
}

}  // namespace

TEST_CASE("an honest look lends nothing to what else its command printed") {
  const auto program = [](const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), name);
    return ran("/usr/bin/" + name, words);
  };
  const json::object date = program("date", {"+%Y"});
  const std::vector<Case> rows = {
      lent("; date '+x|t'", {program("date", {"+x|t"})}),
      lent("; date '+%Y|t'", {program("date", {"+%Y|t"})}, "2026|t\n"),
      lent("; echo \"$(date +%Y)|t\"", {date}, "2026|t\n"),
      lent("; for i in 'x|t'; do echo $i; done", {}),
      lent("; echo ${x:-x|t}", {}),
      lent("; echo \"$(date +%Y)${x:-|t}\"", {date}, "2026|t\n"),
      lent("; x='q|t'; echo ${x/q/x}", {}),
      lent("; printf '\\u0078|\\u0074\\n'", {}),
      lent("; printf '%x|t\\n' 15", {}, "f|t\n"),
      lent("; echo -n 'x|'; echo t", {}),
      lent("; source /dev/stdin <<< 'echo x|t'", {}),
      lent("; shopt", {}),
      lent("; rev <<< 't|x'", {program("rev", {})}),
      lent("; base64 -d <<< eHx0Cg==", {program("base64", {"-d"})}),
      lent("; tr a-z n-za-m <<< 'k|g'", {program("tr", {"a-z", "n-za-m"})}),
      lent("; tr -d q <<< 'xq|tq'", {program("tr", {"-d", "q"})}),
      lent("; xxd -r -p <<< 787c740a", {program("xxd", {"-r", "-p"})}),
      lent("; openssl base64 -d <<< eHx0Cg==", {program("openssl", {"base64", "-d"})}),
      lent("; sed s/q//g <<< 'xq|tq'", {program("sed", {"s/q//g"})}),
      lent("; echo 'xq|tq' | sed s/q//g", {program("sed", {"s/q//g"})}),
      lent("; { echo 'xq|tq'; " + kLine + "; } | sed s/q//g", {program("sed", {"s/q//g"})}),
      lent("; cut -c2- <<< 'qx|t'", {program("cut", {"-c2-"})}),
      lent("; cut -c2- <(echo 'qx|t')", {program("cut", {"-c2-", "/dev/fd/63"})}),
      lent("; grep -o 'x.*' <<< 'qx|t'", {program("grep", {"-o", "x.*"})}),
      lent("; awk 'BEGIN { printf \"x|%c\\n\", 116 }'",
           {ran("/usr/bin/mawk", {"awk", "BEGIN { printf \"x|%c\\n\", 116 }"})}),
      lent(" | awk '{ printf \"%c\\n\", 116 }'",
           {ran("/usr/bin/mawk", {"awk", "{ printf \"%c\\n\", 116 }"})}, "t\n"),
      lent(" | sed 's/f/\\x74/'", {program("sed", {"s/f/\\x74/"})}, "t\n"),
      lent(" | sed y/f/t/", {program("sed", {"y/f/t/"})}, "t\n"),
      lent(" | tr f t", {program("tr", {"f", "t"})}, "t\n"),
      lent(" | sed s/f/qtq/ | cut -c2", {program("sed", {"s/f/qtq/"}), program("cut", {"-c2"})},
           "t\n"),
      lent("; jq -rn '\"x|\\u0074\"'", {program("jq", {"-rn", "\"x|\\u0074\""})}),
      lent("; perl -e 'print \"x|\", chr 116'", {program("perl", {"-e", "print \"x|\", chr 116"})}),
      lent("; python3 -c 'print(\"x|\" + chr(116))'",
           {ran("/usr/bin/python3.11", {"python3", "-c", "print(\"x|\" + chr(116))"})}),
      lent("; bash <<< 'echo x\\|t'", {program("bash", {})}),
      lent("; figlet t", {program("figlet", {"t"})}),
      lent("; env", {program("env", {})}),
      {"psql -c '" + kAsk + "' -c '\\echo x|t'",
       {client({"-c", kAsk, "-c", "\\echo x|t"})},
       "f\nx|t\n"},
      {"psql -v x='x|t' -c '" + kAsk + "' -c '\\echo :x'",
       {client({"-v", "x=x|t", "-c", kAsk, "-c", "\\echo :x"})},
       "f\nx|t\n"},
      {"psql -P null='x|t' -c '" + kAsk + "' -c 'select datacl from pg_database'",
       {client({"-P", "null=x|t", "-c", kAsk, "-c", "select datacl from pg_database"})},
       "f\nx|t\n"},
      {"psql -c '\\pset null x|t' -c '" + kAsk + "'",
       {client({"-c", "\\pset null 'x|t'", "-c", kAsk})},
       "f\nx|t\n"},
      {"psql -c 'select pg_reload_conf() -- pg_is_in_recovery'",
       {client({"-c", "select pg_reload_conf() -- pg_is_in_recovery"})}},
      {"psql -c \"select pg_reload_conf(), 'pg_is_in_recovery'\"",
       {client({"-c", "select pg_reload_conf(), 'pg_is_in_recovery'"})},
       "t|pg_is_in_recovery\n"},
      {"psql -c 'select pg_is_in_recovery from (values (...)) v cross join pg_class'",
       {client({"-c",
                "select x.pg_is_in_recovery from (values ('t')) x(pg_is_in_recovery) cross join "
                "pg_class"})}},
  };
  CHECK(rows.size() >= 40);
  for (const Case& one : rows) {
    INFO(one.command << " | " << one.output);
    CHECK(grade_of(one).value == 0);
  }
}

TEST_CASE("filters behind an honest look pass it on") {
  const auto t = [](const std::string& more, std::vector<json::object> programs,
                    const std::string& output = "t\n") {
    programs.insert(programs.begin(), psql(kAsk));
    return Case{kLine + more, programs, output};
  };
  for (const Case& one :
       {t(" | awk '{print $1}'", {ran("/usr/bin/mawk", {"awk", "{print $1}"})}),
        t(" | awk '{gsub(/ /, \"\"); print}'",
          {ran("/usr/bin/mawk", {"awk", "{gsub(/ /, \"\"); print}"})}),
        t(" | sed 's/^ *//'", {ran("/usr/bin/sed", {"sed", "s/^ *//"})}),
        t(" | tr -d ' \\n'", {ran("/usr/bin/tr", {"tr", "-d", " \\n"})}, "t"),
        t(" | tr '|' ' '", {ran("/usr/bin/tr", {"tr", "|", " "})}),
        t(" | column -t", {ran("/usr/bin/column", {"column", "-t"})}),
        t(" | sort | uniq -c | cut -c9-",
          {ran("/usr/bin/sort", {"sort"}), ran("/usr/bin/uniq", {"uniq", "-c"}),
           ran("/usr/bin/cut", {"cut", "-c9-"})}),
        t("; date", {ran("/usr/bin/date", {"date"})}, "t\nMon Nov 30 16:00:00 UTC 2026\n"),
        t("; echo \"is it on or true?\"", {}, "t\nis it on or true?\n"),
        t("; for i in 1 2; do sleep $i; done", {ran("/usr/bin/sleep", {"sleep", "1"})})}) {
    INFO(one.command);
    const EvidenceGrade grade = grade_of(one);
    for (const NotSeen& not_seen : grade.not_seen) UNSCOPED_INFO(not_seen.why);
    CHECK(grade.value == 1);
  }
}
