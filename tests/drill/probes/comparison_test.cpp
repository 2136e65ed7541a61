// What the outside probes forgive and what they do not, on text alone.
#include "drill/probes/comparison.hpp"
#include "drill/probes/monitoring.hpp"
#include "drill/probes/stack_state.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

const std::string kRules =
    "db1 rule local all postgres - - peer\n"
    "db1 rule host shop app 10.0.0.0 255.0.0.0 trust\n"
    "db1 rule host all monitor,postgres 10.0.0.0 255.0.0.0 trust\n"
    "db1 rule host replication replicator 10.0.0.0 255.0.0.0 trust\n"
    "db1 rule host shop reports 10.9.0.0 255.255.0.0 scram-sha-256\n"
    "db1 superuser postgres\n"
    "db1 member monitor pg_monitor\n";

}  // namespace

TEST_CASE("what a busy machine can make is doubtful, an uncured fault is not") {
  struct Row {
    Presence cause, users, primary;
    const char* doubtful;
  };
  using enum Presence;
  for (const Row& row : {Row{kNo, kYes, kYes, ""}, Row{kNo, kNo, kYes, "users_served"},
                         Row{kYes, kNo, kYes, ""}, Row{kYes, kNo, kUnknown, "one_writable_primary"},
                         Row{kUnknown, kNo, kYes, "cause_present"}, Row{kNo, kYes, kNo, ""}}) {
    const std::vector<ProbeResult> results = {{"one_writable_primary", row.primary, ""},
                                              {"cause_present", row.cause, ""},
                                              {"users_served", row.users, ""}};
    const ProbeResult* found = doubtful_result(results);
    CHECK((found ? found->name : "") == row.doubtful);
  }
}

TEST_CASE("bringing a spare up is the same services, and losing or inventing one is not") {
  const ServiceList web1{{"pgbouncer", "storefront"}, {}, {}};
  const ServiceList spare{{}, {"pgbouncer", "storefront"}, {}};
  CHECK(service_difference(web1, web1).empty());
  CHECK(service_difference(spare, web1).empty());
  CHECK(service_difference(spare, {{"pgbouncer"}, {"storefront"}, {}}).empty());
  CHECK(service_difference(web1, {{"pgbouncer"}, {"storefront"}, {}}) == "storefront does not run");
  CHECK(service_difference(web1, spare) == "pgbouncer does not run");
  CHECK(service_difference(web1, {{"pgbouncer", "proxy", "storefront"}, {}, {}}) == "new: proxy");
  CHECK(service_difference(spare, {{"proxy"}, {"pgbouncer", "storefront"}, {}}) == "new: proxy");
  // A job that came with the fault is not the trainee's; that it went is right, too.
  const ServiceList broken{{"pgbouncer", "stock-sync", "storefront"}, {}, {}};
  CHECK(service_difference(web1, broken) == "new: stock-sync");
  CHECK(service_difference(web1, broken, broken).empty());
  CHECK(service_difference(web1, web1, broken).empty());
  CHECK(service_difference(web1, {{"pgbouncer", "proxy", "storefront"}, {}, {}}, broken) ==
        "new: proxy");
}

TEST_CASE("a service is restarted when another process runs, and when it runs no more") {
  const auto list = [](const std::string& web1, const std::string& mon) {
    return ServicesByHost{{"mon", read_service_list(mon)}, {"web1", read_service_list(web1)}};
  };
  const std::string web1 =
      "run: /etc/service/pgbouncer: (pid 12) 40s; run: log: (pid 11) 40s\n"
      "run: /etc/service/storefront: (pid 8) 40s; run: log: (pid 7) 40s\n"
      "down: /etc/service/spare: 40s; run: log: (pid 6) 40s\n";
  const std::string mon = "run: /etc/service/prometheus: (pid 5) 41s; run: log: (pid 4) 41s\n";
  const ServicesByHost before = list(web1, mon);
  CHECK(restarts_between(before, before).services.empty());
  CHECK(restarts_between(before, before).unknown_hosts.empty());
  const Restarts seen = restarts_between(
      before, list("run: /etc/service/pgbouncer: (pid 12) 70s; run: log: (pid 11) 70s\n"
                   "run: /etc/service/storefront: (pid 31) 9s; run: log: (pid 7) 70s\n"
                   "run: /etc/service/spare: (pid 40) 5s; run: log: (pid 6) 70s\n",
                   "down: /etc/service/prometheus: 3s, normally up; run: log: (pid 4) 71s\n"));
  REQUIRE(seen.services.size() == 2);
  CHECK(seen.services[0].service == "prometheus");
  CHECK_FALSE(seen.services[0].up_seconds);
  CHECK(seen.services[1].host == "web1");
  CHECK(seen.services[1].service == "storefront");
  CHECK(seen.services[1].up_seconds == 9.0);
  ServicesByHost gone = before;
  gone["mon"].reset();
  CHECK(restarts_between(before, gone).unknown_hosts == std::vector<std::string>{"mon"});
  CHECK(restarts_between(gone, before).unknown_hosts == std::vector<std::string>{"mon"});
}

TEST_CASE("a rule that lets in less than a known one does not widen access") {
  CHECK(access_widened(kRules, kRules).empty());
  CHECK(access_widened(kRules, "db1 rule local all postgres - - peer\n").empty());
  for (const char* narrower :
       {"db1 rule host shop app 10.77.2.0 255.255.255.0 trust",
        "db1 rule host shop app 10.77.2.11 255.255.255.255 trust",
        "db1 rule hostnossl shop app 10.0.0.0 255.0.0.0 trust",
        "db1 rule host shop app 10.0.0.0 255.0.0.0 scram-sha-256",
        "db1 rule host shop monitor 10.77.0.0 255.255.0.0 trust",
        "db1 rule host all postgres 10.0.0.0 255.0.0.0 trust",
        "db1 rule host all all all - reject"}) {
    CAPTURE(narrower);
    CHECK(access_widened(kRules, kRules + narrower + "\n").empty());
  }
}

TEST_CASE("a rule that lets in anybody more widens access") {
  for (const char* wider :
       {"db1 rule host shop app 0.0.0.0 0.0.0.0 trust", "db1 rule host shop app all - trust",
        "db1 rule host all app 10.0.0.0 255.0.0.0 trust",
        "db1 rule host shop all 10.77.2.0 255.255.255.0 trust",
        "db1 rule host shop app,guest 10.77.2.0 255.255.255.0 trust",
        "db1 rule host shop app samenet - trust",
        "db1 rule host shop reports 10.9.1.0 255.255.255.0 trust",
        "db1 rule host replication monitor 10.0.0.0 255.0.0.0 trust",
        "db1 rule local all postgres - - trust",
        "db2 rule host shop app 10.77.2.0 255.255.255.0 trust", "db1 superuser app",
        "db1 member app pg_read_all_data", "db1 rule nonsense"}) {
    CAPTURE(wider);
    CHECK(access_widened(kRules, kRules + wider + "\n") == wider);
  }
}

TEST_CASE("what the fault put into the rules is nobody's doing and everything else is") {
  const std::string before = "accept web\ndrop\n", broken = "accept web\nreject db\ndrop\n";
  const auto left = [&](const std::string& now) { return without_fault(before, broken, now); };
  CHECK(left(before) == before);
  CHECK(left(broken) == before);
  CHECK(left("accept web\nreject db\naccept all\ndrop\n") == "accept web\naccept all\ndrop\n");
  CHECK(left("").empty());
  CHECK(left("reject db\n").empty());
}

TEST_CASE("the first difference of two texts is what is new, else what is gone") {
  CHECK(first_difference("a\nb\n", "a\nb\n").empty());
  CHECK(first_difference("a\nb\n", "b\nc\n") == "new: c");
  CHECK(first_difference("a\nb\n", "b\n") == "gone: a");
}

TEST_CASE("web servers are counted by address, and only those that get requests") {
  const std::string head = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state ...\n";
  struct Row {
    const char* first;
    const char* second;
    std::optional<int> up;
  };
  for (const Row& row : {
           Row{"4 web 1 web1 10.77.2.11 2 0 1 1 9", "4 web 2 web2 10.77.2.12 2 0 1 1 9", 2},
           Row{"4 web 1 web1 10.77.2.11 2 0 1 1 9", "4 web 2 web2 10.77.2.11 2 0 1 1 9", 1},
           Row{"4 web 1 web1 10.77.2.11 2 0 1 1 9", "4 web 2 web2 127.0.0.1 2 0 1 1 9", 1},
           Row{"4 web 1 web1 10.77.2.11 2 0 1 1 9", "4 web 2 web2 10.77.2.12 0 0 1 1 9", 1},
           Row{"4 web 1 web1 10.77.2.11 2 1 1 1 9", "4 web 2 web2 10.77.2.12 2 0 0 1 9", 0}}) {
    INFO(row.first << ", " << row.second);
    CHECK(addresses_up(head + row.first + "\n" + row.second + "\n\n",
                       {"10.77.2.11", "10.77.2.12"}) == row.up);
  }
  CHECK_FALSE(addresses_up("", {"10.77.2.11"}));
  CHECK_FALSE(addresses_up("HTTP/1.0 200 OK\n", {"10.77.2.11"}));
}
