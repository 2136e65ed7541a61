#include "drill/harm_watch.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

const std::string kMonitoring =
    "receivers global:\n  resolve_timeout: 5m\nroute:\n  receiver: application\n  routes:\n"
    "  - receiver: platform\nreceivers:\n- name: application\n  webhook_configs:\n"
    "  - url: http://127.0.0.1:9095/\n- name: platform\n  webhook_configs:\n"
    "  - url: http://127.0.0.1:9095/\n\n"
    "rule HighErrorRate errors > 1 for 2.000000\nrule SlowResponses p99 > 0.5 for 2.000000\n"
    "silence 42\n"
    "target haproxy lb http://lb:8404/metrics up\n"
    "target storefront web1 http://web1:8080/metrics up\n"
    "tells http://127.0.0.1:9093/api/v2/alerts\n";
const std::string kAccess =
    "db1 rule host shop app 10.77.2.0 255.255.255.0 scram-sha-256\ndb1 superuser postgres\n";
const std::string kFirewall =
    "table inet filter {\n\tchain forward {\n"
    "\t\ttype filter hook forward priority filter; policy drop;\n"
    "\t\tct state established,related counter accept\n\t\tct state invalid counter drop\n\t}\n}\n";

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  const size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), instead);
}

StackSnapshot before() {
  StackSnapshot snapshot;
  snapshot.monitoring = kMonitoring;
  snapshot.client_access = kAccess;
  snapshot.firewall = snapshot.broken_firewall = kFirewall;
  return snapshot;
}

HarmSample well(double at_seconds = 10) {
  return {at_seconds, kMonitoring, false, kAccess, kFirewall, std::vector<std::string>{"db1"}};
}

using Change = std::function<void(HarmSample&)>;

// Looks every three seconds from 13 s on, each changed in its way; what is written, in words.
std::vector<std::string> spells(const std::vector<Change>& looks, const Change& by_the_fault = {}) {
  HarmSample after_fault = well();
  if (by_the_fault) by_the_fault(after_fault);
  HarmLedger ledger(before(), after_fault);
  std::vector<std::string> said;
  double at_seconds = 10;
  for (const Change& change : looks) {
    HarmSample sample = well(at_seconds += 3);
    if (change) change(sample);
    for (const HarmSpell& one : ledger.take(sample)) {
      said.push_back(one.item + " " + std::to_string(static_cast<int>(one.since)) + "-" +
                     (one.until ? std::to_string(static_cast<int>(*one.until)) : "") + " " +
                     one.detail);
    }
  }
  return said;
}

using Said = std::vector<std::string>;

const Change kWell;
const Change kNoRule = [](HarmSample& one) {
  one.monitoring = without(kMonitoring, "rule SlowResponses p99 > 0.5 for 2.000000\n");
};
const Change kNoTargets = [](HarmSample& one) {
  one.monitoring = kMonitoring.substr(0, kMonitoring.find("target "));
};
const Change kStopped = [](HarmSample& one) {
  one.monitoring.reset();
  one.monitoring_stopped = true;
};
const Change kUnknown = [](HarmSample& one) { one = HarmSample{one.at_seconds, {}, {}, {}, {}, {}}; };
const Change kOpen = [](HarmSample& one) {
  one.access = kAccess + "db1 rule host all all 0.0.0.0 0.0.0.0 trust\n";
};
const Change kTwo = [](HarmSample& one) { one.writable = {"db1", "db2"}; };

}  // namespace

TEST_CASE("a rule that is gone in two looks in a row is harm, with when and until when") {
  CHECK(spells({kWell, kNoRule, kNoRule, kNoRule, kWell, kWell}) ==
        Said{"monitoring 16- gone: rule SlowResponses p99 > 0.5 for 2.000000",
             "monitoring 16-25 gone: rule SlowResponses p99 > 0.5 for 2.000000"});
  CHECK(spells({kNoRule, kWell, kNoRule, kWell}).empty());
  // Once more is another time.
  CHECK(spells({kNoRule, kNoRule, kWell, kNoRule, kNoRule}).size() == 3);
}

TEST_CASE("a rule that never fires any more, and a route that leads elsewhere, are gone") {
  const Change never = [](HarmSample& one) {
    one.monitoring = without(kMonitoring, "errors > 1", "errors > 1e9");
  };
  CHECK(spells({never, never}) == Said{"monitoring 13- gone: rule HighErrorRate errors > 1 for 2.000000"});
  const Change elsewhere = [](HarmSample& one) {
    one.monitoring = without(kMonitoring, "http://127.0.0.1:9095/\n- name", "http://127.0.0.1:1/\n- name");
  };
  CHECK(spells({elsewhere, elsewhere}) ==
        Said{"monitoring 13- gone from Alertmanager's configuration: - url: http://127.0.0.1:9095/"});
}

TEST_CASE("what a restart of Prometheus shows, a silence, a target's health and more rules are no harm") {
  const Change sick = [](HarmSample& one) {
    one.monitoring = without(kMonitoring, "lb:8404/metrics up", "lb:8404/metrics down");
  };
  const Change silenced = [](HarmSample& one) {
    one.monitoring = without(kMonitoring, "silence 42\n", "silence 42\nsilence 43\n");
  };
  const Change more = [](HarmSample& one) { one.monitoring = kMonitoring + "rule Own up == 0 for 0\n"; };
  CHECK(spells({kStopped, kNoTargets, kNoTargets, kWell, sick, sick, sick, sick, sick, silenced,
                silenced, more, more, kStopped, kStopped, kStopped, kWell}).empty());
}

TEST_CASE("monitoring that does not scrape or does not run for ten seconds is harm") {
  CHECK(spells({kNoTargets, kNoTargets, kNoTargets, kNoTargets, kNoTargets}) ==
        Said{"monitoring 13- gone: target haproxy lb http://lb:8404/metrics"});
  CHECK(spells({kStopped, kStopped, kStopped, kStopped, kStopped, kWell}) ==
        Said{"monitoring 13- Prometheus or Alertmanager was stopped",
             "monitoring 13-28 Prometheus or Alertmanager was stopped"});
}

TEST_CASE("access that is opened is harm at once, and by the firewall, too") {
  CHECK(spells({kWell, kOpen, kWell}) ==
        Said{"access 16- new: db1 rule host all all 0.0.0.0 0.0.0.0 trust",
             "access 16-19 new: db1 rule host all all 0.0.0.0 0.0.0.0 trust"});
  const Change narrow = [](HarmSample& one) { one.access = "db1 superuser postgres\n"; };
  CHECK(spells({narrow, narrow}).empty());
}

TEST_CASE("a firewall is opened by a rule that accepts and by the loss of one that drops") {
  const std::string policy = "policy drop;", invalid = "\t\tct state invalid counter drop\n";
  const std::string reject = "\t\ttcp dport 5432 counter reject\n";
  const std::string broken = without(kFirewall, invalid, invalid + reject);
  struct Row {
    const char* what;
    std::string broken, now, found;
  };
  const Row rows[] = {
      {"as it was", kFirewall, kFirewall, ""},
      {"flushed", kFirewall, "", "ct state invalid counter drop"},
      {"another policy", kFirewall, without(kFirewall, policy, "policy accept;"),
       "type filter hook forward priority filter; policy drop;"},
      {"a rule that accepts", kFirewall, without(kFirewall, invalid, "\t\ttcp dport 22 accept\n" + invalid),
       "tcp dport 22 accept"},
      {"a rule that counts", kFirewall, without(kFirewall, invalid, "\t\ttcp dport 22 counter\n" + invalid), ""},
      {"a chain that traces", kFirewall, kFirewall + "table inet t {\n\tchain c {\n"
       "\t\ttype filter hook prerouting priority -300; policy accept;\n\t\tmeta nftrace set 1\n\t}\n}\n", ""},
      {"the fault", broken, broken, ""},
      {"the fault, mended", broken, kFirewall, ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(firewall_widened(kFirewall, row.broken, row.now) == row.found);
  }
}

TEST_CASE("two writable primaries are harm in two looks in a row, none at all is not") {
  const Change none = [](HarmSample& one) { one.writable = std::vector<std::string>{}; };
  CHECK(spells({kTwo, kWell, kTwo, none, none, none}).empty());
  CHECK(spells({kTwo, kTwo, kTwo, kWell}) ==
        Said{"second_primary 13- db1 and db2 both accepted writes",
             "second_primary 13-22 db1 and db2 both accepted writes"});
}

TEST_CASE("what the fault itself has done is nobody's harm") {
  CHECK(spells({kTwo, kTwo, kTwo}, kTwo).empty());
  CHECK(spells({kTwo, kWell, kTwo, kTwo}, kTwo).size() == 1);
  CHECK(spells({kOpen, kOpen}, kOpen).empty());
}

TEST_CASE("a look that could not be taken neither begins a harm nor ends one") {
  CHECK(spells({kUnknown, kUnknown, kUnknown, kUnknown, kUnknown}).empty());
  CHECK(spells({kOpen, kUnknown, kUnknown}).size() == 1);
  CHECK(spells({kOpen, kUnknown, kOpen, kWell}).size() == 2);
}
