// Faults of the network between web servers and databases: what a routes file says, and each fault
// on the real stack, seen where users stand.
#include <catch2/catch.hpp>

#include <regex>

#include "core/error.hpp"
#include "injectors/network.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

struct Row {
  const char* fault;
  const char* host;
  std::map<std::string, std::string> parameters;
  const char* web1_meets;  // when it connects to db1, a pattern
};

constexpr const char* kOut = "timed out";
const Row kRows[] = {
    {"wrong_route", "db1", {{"kind", "unreachable"}, {"toward", "app"}}, kOut},
    {"wrong_route", "db1", {{"kind", "blackhole"}, {"toward", "app"}}, kOut},
    {"wrong_route", "db1", {{"kind", "wrong_next_hop"}, {"toward", "app"}}, kOut},
    {"wrong_route", "db1", {{"kind", "missing"}, {"toward", "app"}}, kOut},
    {"wrong_route", "router", {{"kind", "unreachable"}, {"toward", "db1"}}, "No route|timed out"},
    {"wrong_route", "router", {{"kind", "blackhole"}, {"toward", "db1"}}, kOut},
    {"firewall_drop", "router", {}, kOut},
    {"firewall_drop", "router", {{"direction", "back"}}, kOut},
    {"firewall_drop", "db1", {{"direction", "both"}}, kOut},
    {"firewall_reject", "router", {}, "refused"},
    {"firewall_reject", "router", {{"direction", "both"}}, "refused"},
    {"firewall_reject", "db1", {}, "refused"},
};

// What web1 is told when it connects to db1.
std::string web1_meets(RealStack& stack) {
  return stack.output("web1", "timeout 1 bash -c '</dev/tcp/db1/5432' && echo connected; "
                              "[ $? != 124 ] || echo timed out");
}

// All that says where a host's packets go.
std::string network_of(RealStack& stack, const char* host) {
  return stack.output(host, "cat /etc/network/routes /etc/nftables.conf; ip route; "
                            "nft -s list ruleset");
}

// What a machine does with its network when it starts, in a network that is as it is.
bool start_network(RealStack& stack, const char* host) {
  return stack.run(host, "! [ -s /etc/network/routes ] || ip -batch /etc/network/routes") &&
         stack.run(host, "! [ -s /etc/nftables.conf ] || nft -f /etc/nftables.conf");
}

}  // namespace

TEST_CASE("every kind of network fault stops the web servers, spares ops, and heals tracelessly") {
  REQUIRE_A_STACK();
  RealStack stack;
  REQUIRE(eventually(20s, [&] { return stack.writes(); }));
  for (const Row& row : kRows) {
    std::string given;
    for (const auto& [key, value] : row.parameters) given += " " + key + "=" + value;
    INFO(row.fault << " on " << row.host << given);
    const auto fault = make_fault(row.fault, {row.host, row.parameters});
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    CHECK(web1_meets(stack) == "connected\n");
    const std::string before = network_of(stack, row.host);

    fault->inject(*stack.sandbox);
    CHECK(start_network(stack, row.host));
    CHECK(fault->present(*stack.sandbox) == Presence::kYes);
    CHECK(std::regex_search(web1_meets(stack), std::regex(row.web1_meets)));
    // ops stands in the databases' own network.
    CHECK(stack.run("ops", "psql -h db1 -U postgres -d shop -Atc 'SELECT 1'"));

    fault->heal(*stack.sandbox);
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    CHECK(web1_meets(stack) == "connected\n");
    fault->heal(*stack.sandbox);
    CHECK(fault->present(*stack.sandbox) == Presence::kNo);
    CHECK(network_of(stack, row.host) == before);
  }
  CHECK(eventually(20s, [&] { return stack.writes(); }));
}

TEST_CASE("a rejecting firewall in front of a wrong way back fails fast, each part by itself") {
  REQUIRE_A_STACK();
  RealStack stack;
  REQUIRE(eventually(20s, [&] { return stack.writes(); }));
  const auto rule = make_fault("firewall_reject", {"router", {}});
  const auto route =
      make_fault("wrong_route", {"db1", {{"kind", "wrong_next_hop"}, {"toward", "app"}}});
  rule->inject(*stack.sandbox);
  route->inject(*stack.sandbox);
  // The first ones find a connection that breaks, or wait for one that is being made.
  CHECK(eventually(15s, [&] {
    const auto start = std::chrono::steady_clock::now();
    const bool failed = stack.read() == 503 && stack.order() == 503;
    return failed && std::chrono::steady_clock::now() - start < 40ms;
  }));
  REQUIRE(stack.run("router", "cp /var/backups/nftables.conf /etc/ && nft -f /etc/nftables.conf"));
  CHECK(rule->present(*stack.sandbox) == Presence::kNo);
  CHECK(route->present(*stack.sandbox) == Presence::kYes);
  CHECK_FALSE(eventually(3s, [&] { return stack.read() == 200; }));
  REQUIRE(stack.run("db1", "ip route replace 10.77.2.0/24 via 10.77.3.2"));
  CHECK(eventually(10s, [&] { return stack.writes(); }));
  // Users are served, and the next start would break it again.
  CHECK(route->present(*stack.sandbox) == Presence::kYes);
  REQUIRE(stack.run("db1", "cp /var/backups/routes /etc/network/routes"));
  CHECK(route->present(*stack.sandbox) == Presence::kNo);
}

TEST_CASE("healing takes only its own lines out of files that others have edited") {
  REQUIRE_A_STACK();
  RealStack stack;
  const auto rule = make_fault("firewall_drop", {"router", {}});
  const auto route =
      make_fault("wrong_route", {"db1", {{"kind", "blackhole"}, {"toward", "app"}}});
  rule->inject(*stack.sandbox);
  route->inject(*stack.sandbox);
  CHECK_THROWS_AS(make_fault("firewall_drop", {"router", {}})->inject(*stack.sandbox), Error);
  CHECK_THROWS_AS(make_fault("wrong_route", {"db1", {{"kind", "missing"}, {"toward", "app"}}})
                      ->inject(*stack.sandbox), Error);
  REQUIRE(stack.run("router", "echo '# looked at by hand' >>/etc/nftables.conf; "
                              "nft add rule inet filter input tcp dport 23 drop"));
  REQUIRE(stack.run("db1", "echo route replace 192.0.2.0/24 via 10.77.3.2 "
                           ">>/etc/network/routes"));
  rule->heal(*stack.sandbox);
  route->heal(*stack.sandbox);
  CHECK(rule->present(*stack.sandbox) == Presence::kNo);
  CHECK(route->present(*stack.sandbox) == Presence::kNo);
  CHECK(stack.run("router", "grep -q 'by hand' /etc/nftables.conf"));
  CHECK(stack.run("router", "nft list chain inet filter input | grep -q 'dport 23 drop'"));
  CHECK(stack.run("db1", "grep -q 192.0.2.0 /etc/network/routes"));
  CHECK(eventually(20s, [&] { return stack.writes(); }));
}

TEST_CASE("a routes file is read as ip reads it, a later route in place of an earlier one") {
  const std::vector<Route> routes = routes_of_file(
      "# the way to the web servers\n"
      "route replace 10.77.2.0/24 via 10.77.3.9   # old\n"
      "  route  replace 10.77.2.0/24 dev eth0 via 10.77.3.2\n"
      "route add unreachable 10.77.2.11\n"
      "route replace default via 10.77.3.2\n"
      "#route replace blackhole 10.77.4.0/24\n"
      "route del 10.77.5.0/24\n"
      "link set eth0 up\n");
  REQUIRE(routes.size() == 3);
  CHECK(route_for(routes, "10.77.2.12") == Route{"unicast", "10.77.2.0/24", "10.77.3.2"});
  CHECK(route_for(routes, "10.77.2.11") == Route{"unreachable", "10.77.2.11", ""});
  CHECK(route_for(routes, "192.0.2.1") == Route{"unicast", "default", "10.77.3.2"});
  CHECK_FALSE(route_for({routes[1]}, "10.77.2.12").has_value());
}

TEST_CASE("words of a routes file may be as short as ip allows") {
  const Route nowhere{"unreachable", "10.77.2.0/24", ""};
  for (const char* line : {"route repl unreachable 10.77.2.0/24", "rou rep unreach 10.77.2.0/24",
                           "r r unrea 10.77.2.0/24", "route a unreachable to 10.77.2.0/24",
                           "ro chg unreachable 10.77.2.0/24", "route prep unreachable 10.77.2.0/24",
                           "route app unreachable 10.77.2.0/24"}) {
    CAPTURE(line);
    CHECK(routes_of_file(line) == std::vector<Route>{nowhere});
  }
  CHECK(routes_of_file("route del 10.77.2.0/24\nrule add unreachable\nroutes add 10.0.0.0/8\n")
            .empty());
}

TEST_CASE("a prefix covers the addresses inside it and no others") {
  struct Case {
    const char* prefix;
    const char* address;
    bool covered;
  };
  const Case cases[] = {
      {"10.77.2.0/24", "10.77.2.255", true}, {"10.77.2.0/24", "10.77.3.0", false},
      {"10.77.2.11", "10.77.2.11", true},    {"10.77.2.11", "10.77.2.12", false},
      {"default", "1.2.3.4", true},          {"0.0.0.0/0", "1.2.3.4", true},
      {"10.0.0.0/33", "10.0.0.1", false},    {"nonsense", "10.0.0.1", false},
      {"10.0.0.0/8", "nonsense", false},
  };
  for (const Case& one : cases) {
    INFO(one.prefix << " " << one.address);
    CHECK(covers(one.prefix, one.address) == one.covered);
  }
}

TEST_CASE("parameters of network faults are refused when they name nothing that could be broken") {
  struct Wrong {
    const char* fault;
    std::map<std::string, std::string> parameters;
  };
  const Wrong rows[] = {
      {"wrong_route", {}},
      {"wrong_route", {{"kind", "crooked"}, {"toward", "app"}}},
      {"wrong_route", {{"kind", "blackhole"}}},
      {"wrong_route", {{"kind", "blackhole"}, {"toward", "app"}, {"via", "10.77.3.9"}}},
      {"wrong_route", {{"kind", "wrong_next_hop"}, {"toward", "app"}, {"via", "router"}}},
      {"firewall_drop", {{"direction", "sideways"}}},
      {"firewall_reject", {{"toward", "app"}}},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.fault);
    CHECK_THROWS_AS(make_fault(row.fault, {"db1", row.parameters}), Error);
  }
}

TEST_CASE("network faults refuse hosts and ways that are not between web servers and databases") {
  REQUIRE_A_STACK();
  RealStack stack;
  struct Wrong {
    const char* fault;
    const char* host;
    std::map<std::string, std::string> parameters;
  };
  const Wrong rows[] = {
      {"wrong_route", "db1", {{"kind", "blackhole"}, {"toward", "data"}}},  // its own network
      {"wrong_route", "db1", {{"kind", "blackhole"}, {"toward", "moon"}}},
      {"wrong_route", "db1", {{"kind", "blackhole"}, {"toward", "ops"}}},  // in two networks
      {"wrong_route", "router", {{"kind", "missing"}, {"toward", "db1"}}},  // it needs none
      {"wrong_route", "router", {{"kind", "blackhole"}, {"toward", "edge"}}},
      {"firewall_drop", "web1", {}},
  };
  for (const Wrong& row : rows) {
    INFO(row.fault << " on " << row.host);
    const auto fault = make_fault(row.fault, {row.host, row.parameters});
    CHECK_THROWS_AS(fault->inject(*stack.sandbox), Error);
  }
  CHECK(stack.writes());
}
