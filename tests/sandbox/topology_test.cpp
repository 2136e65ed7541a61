#include "sandbox/topology.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;

Topology read(const std::string& text, const std::map<std::string, std::string>& environment = {}) {
  const gameday::testing::TemporaryFolder folder;
  const fs::path file = folder.path / "topology.yml";
  std::ofstream(file) << text;
  return read_topology(file, environment);
}

const std::string kNetworks = R"(
networks:
  one: {driver: bridge, ipam: {config: [{subnet: "${NET:-10.9}.1.0/24"}]}}
)";

TEST_CASE("the project's own topology is read whole") {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root);
  const Topology topology = read_topology(fs::path(root) / "docker-compose.yml", {});
  REQUIRE(topology.find("db1"));
  const HostSpec& db1 = *topology.find("db1");
  CHECK(db1.role == "db");
  CHECK(db1.team == "database");
  CHECK(db1.address_on("data") == "10.77.3.11");
  CHECK(db1.address_on("edge") == "");
  CHECK(db1.health.test.at(0) == "healthcheck");
  CHECK(db1.names.at("web1") == "10.77.2.11");
  CHECK(topology.find("web3")->health.test.empty());
  CHECK(topology.find("clients")->team.empty());
  CHECK(topology.find("router")->sysctls.at("net.ipv4.ip_forward") == "1");
  CHECK(topology.find("lb")->attachments.at(0).network == "edge");
  CHECK(topology.find("lb")->health.after == std::vector<std::string>{"db1"});
  CHECK(topology.find("nobody") == nullptr);
  CHECK(topology.networks.size() == 3);
  const Topology moved = read_topology(fs::path(root) / "docker-compose.yml", {{"NET", "10.80"}});
  CHECK(moved.find("db1")->address_on("data") == "10.80.3.11");
  CHECK(moved.networks.at(0).subnet == "10.80.1.0/24");
}

TEST_CASE("lists and maps of texts mean the same, and a string is a command of words") {
  const Topology topology = read(R"(
services:
  a:
    cap_drop: [ALL]
    cap_add: [CAP_NET_RAW, chown]
    command: sleep  100
    environment: [A=1, "B=x=y"]
    labels: [role=web, "cost=$$5"]
    extra_hosts: {b: 10.9.1.3}
    networks: {one: {ipv4_address: 10.9.1.2}}
    healthcheck: {test: "true | cat"}
  b:
    cap_drop: [ALL]
    environment: {A: 1, C: null}
    healthcheck: {test: [NONE]}
    depends_on: {a: {condition: service_started}}
)" + kNetworks);
  const HostSpec& a = *topology.find("a");
  CHECK(a.command == std::vector<std::string>{"sleep", "100"});
  CHECK(a.environment.at("B") == "x=y");
  CHECK(a.labels.at("cost") == "$5");
  CHECK(a.role == "web");
  CHECK(a.names.at("b") == "10.9.1.3");
  CHECK(a.capabilities == std::vector<std::string>{"NET_RAW", "CHOWN"});
  CHECK(a.health.test == std::vector<std::string>{"/bin/sh", "-c", "true | cat"});
  CHECK(topology.find("b")->role == "b");
  CHECK(topology.find("b")->environment.at("C") == "");
  CHECK(topology.find("b")->health.test.empty());
}

TEST_CASE("what is not supported or not right is named with its place") {
  struct Case {
    const char* what;
    const char* service;    // lines of service a, after cap_drop in line 4
    const char* message;    // contained in the error
  };
  const Case cases[] = {
      {"an unknown key", "    privileged: true\n", ":5:5"},
      {"an unknown key's name", "    privileged: true\n", "privileged"},
      {"a misspelt key", "    comand: sleep\n", "command"},
      {"a doubled key", "    command: a\n    command: b\n", ":6:5"},
      {"an unknown network", "    networks: {two: {ipv4_address: 10.9.1.2}}\n", "two"},
      {"a network without an address", "    networks: {one: {}}\n", "ipv4_address"},
      {"networks as a list", "    networks: [one]\n", "ipv4_address"},
      {"an address outside", "    networks: {one: {ipv4_address: 10.8.1.2}}\n", "10.8.1.2"},
      {"no address at all", "    networks: {one: {ipv4_address: ten}}\n", "`ten`"},
      {"another hostname", "    hostname: b\n", "service's own name"},
      {"a shell command", "    command: echo 'x'\n", "list"},
      {"too strong a capability", "    cap_add: [SYS_ADMIN]\n", "SYS_ADMIN"},
      {"a machine's own setting", "    sysctls: {kernel.x: 1}\n", "kernel.x"},
      {"a bad health check", "    healthcheck: {test: [curl, x]}\n", "CMD"},
      {"a health check without a test", "    healthcheck: {retries: 3}\n", "test"},
      {"an unset variable", "    command: [\"${NOT_SET}\"]\n", "NOT_SET"},
      {"a strange variable", "    command: [\"${A:?x}\"]\n", "A:?x"},
      {"a lone dollar", "    command: [\"a $x\"]\n", "`$`"},
      {"a list without =", "    environment: [A]\n", "key=value"},
      {"an unknown host to wait for", "    labels: {after: c}\n", "`c`"},
      {"an unknown dependency", "    depends_on: [c]\n", "`c`"},
      {"a name that is no address", "    extra_hosts: [\"b:here\"]\n", "here"},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    const std::string text =
        "services:\n  a:\n    image: x\n    cap_drop: [ALL]\n" + std::string(each.service) +
        kNetworks;
    std::string message;
    int exit_code = 0;
    try {
      read(text);
    } catch (const Error& error) {
      message = error.what();
      exit_code = error.exit_code();
    }
    INFO(message);
    CHECK(message.find(each.message) != std::string::npos);
    CHECK(message.find(".yml:") != std::string::npos);
    CHECK(exit_code == 2);
  }
}

TEST_CASE("what is wrong above the services is named too") {
  const std::pair<const char*, const char*> cases[] = {
      {"secrets: {}\nservices: {a: {cap_drop: [ALL]}}\n", "secrets"},
      {"services: {}\n", "no service"},
      {"networks: {}\n", "services"},
      {"services: {a: {image: x}}\n", "cap_drop"},
      {"services: {a: {cap_drop: [ALL]}}\nnetworks: {n: {driver: host}}\n", "bridge"},
      {"services: {a: {cap_drop: [ALL]}}\nnetworks: {n: {driver: bridge}}\n", "ipam"},
      {"services: {a: {cap_drop: [ALL]}}\n"
       "networks: {n: {ipam: {config: [{subnet: 10.0.0.1/24}]}}}\n",
       "10.0.0.1/24"},
      {"services: {a: {cap_drop: [ALL]}}\n"
       "networks: {n: {internal: true, ipam: {config: [{subnet: 10.0.0.0/24}]}}}\n",
       "internal"},
  };
  for (const auto& [text, message] : cases) {
    INFO(text);
    CHECK_THROWS_WITH(read(text), Catch::Contains(message));
  }
  const std::string doubled =
      "services:\n  a: {cap_drop: [ALL], networks: {one: {ipv4_address: 10.9.1.2}}}\n"
      "  b: {cap_drop: [ALL], networks: {one: {ipv4_address: 10.9.1.2}}}\n" + kNetworks;
  CHECK_THROWS_WITH(read(doubled), Catch::Contains("used twice"));
  CHECK_THROWS_AS(read_topology("/no/such/file.yml", {}), Error);
}

}  // namespace
}  // namespace gameday
