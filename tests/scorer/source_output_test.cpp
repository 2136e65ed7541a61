// What of an observation's output was seen on the system, and how the rest is told.
#include "report/report.hpp"
#include "tests/scorer/watched.hpp"

using namespace gameday;

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
        tool("/usr/bin/sv", {"sv", "status", "haproxy"}),
        tool("/usr/bin/nc.openbsd", {"nc", "-zv", "db1", "5432"}),
        tool("/usr/bin/promtool", {"promtool", "query", "instant", "http://mon:9090", "up"}),
        tool("/usr/local/bin/deploy", {"deploy", "list"}), tool("/usr/bin/ps", {"ps", "aux"}),
        tool(kPsql, {"psql", "-h", "127.0.0.1", "-p", "6432", "pgbouncer", "-c", "show pools"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "\\d orders"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "select count(*) from orders"}),
        tool(kPsql, {"psql", "-h", "db1", "shop", "-c", "show default_transaction_read_only"})}) {
    kept(one);
  }
  kept({"curl -s http://lb/api/products | jq .",
        {ran("/usr/bin/curl", {"curl", "-s", "http://lb/api/products"}),
         ran("/usr/bin/jq", {"jq", "."})},
        "{\"id\": 1}\n"});
  kept({"psql",
        {psql("SELECT pid, state FROM pg_stat_activity WHERE state = 'active'")},
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
  for (const std::string& sql : {"select count(*) as \"" + denied + "\" from orders",
                                 "select '" + denied + "' || relname from pg_class",
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
                  "cat: " + denied + ": No such file or directory\nLOG: ready\n") ==
        "\nLOG: ready\n");
  CHECK(output_of({ran("/usr/bin/ip", {"ip", "route", "get", "unreachable"})},
                  "Error: inet prefix is expected rather than \"unreachable\".\n") == "\n");
  const std::string refused = "RTNETLINK answers: Network is unreachable\n";
  CHECK(output_of({ran("/usr/bin/ip", {"ip", "route", "get", "10.77.2.11"})}, refused) == refused);
  const std::string busy = "77|active|SELECT p.description\n";
  CHECK(
      output_of(
          {psql("SELECT pid, state, left(query, 60) FROM pg_stat_activity WHERE state = 'active'")},
          busy + "78|active|SELECT pid, state, left(query, 60) FROM pg_stat_activity\n") ==
      busy + "\n");
}

TEST_CASE("what a program or a document says of such outages is not seen on the system") {
  const auto counts = [](const json::object& program, const std::string& within = "") {
    return source_of(event_of({kAsk, {program}, "t\n", within}), PlayersOwn()).counts;
  };
  CHECK_FALSE(counts(ran("/usr/bin/strings", {"strings", "postgres"},
                         file("/usr/lib/postgresql/15/bin/postgres"))));
  CHECK_FALSE(counts(ran("/usr/bin/grep", {"grep", "-r", "x"}, file("/srv/runbooks"))));
  CHECK(counts(ran("/usr/bin/cat", {"cat", "x"}, file("/usr/local/bin/stock-sync"))));
  // A prompt that was printed while another psql ran.
  CHECK_FALSE(counts(psql("select version()"), "psql -h db1"));
  CHECK(counts(ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop"}), "psql -h db1"));
}

TEST_CASE("a setting that the player made is no news, and an unseen change of it is") {
  const auto counts = [](const std::vector<std::string>& sql) {
    return source_of(event_of({"psql",
                               {ran(kPsql,
                                    [&] {
                                      std::vector<std::string> argv = {"psql", "-h", "db1", "-At"};
                                      for (const std::string& one : sql)
                                        argv.insert(argv.end(), {"-c", one});
                                      return argv;
                                    }())},
                               "on\n"}),
                     PlayersOwn())
        .counts;
  };
  CHECK(counts({"show default_transaction_read_only"}));
  CHECK_FALSE(
      counts({"set default_transaction_read_only = on", "show default_transaction_read_only"}));
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
    card.feedback =
        feedback_of(catalogue.scenario().variants.at(0), catalogue.taxonomy, drill.journal, card);
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
