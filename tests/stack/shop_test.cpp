// The real stack as its users and its on-call people meet it.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/json.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/machine.hpp"

using namespace gameday;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value ? value : fallback;
}

bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& predicate) {
  const Deadline deadline = deadline_in(limit);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

struct Stack {
  std::unique_ptr<Sandbox> sandbox = make_sandbox(testing::engine_under_test());

  explicit Stack(const std::string& alerts = "documented") {
    Settings settings;
    settings.root = environment("GAMEDAY_ROOT", ".");
    settings.executables = environment("GAMEDAY_BUILD", ".");
    settings.cache = fs::path(environment("HOME", "/tmp")) / ".cache" / "gameday";
    for (const auto& each : fs::directory_iterator(settings.root / "sandbox/stack/alerts" / alerts)) {
      std::ifstream input(each.path());
      settings.files.push_back({"mon", "/etc/prometheus/rules/" + each.path().filename().string(),
                                std::string(std::istreambuf_iterator<char>(input), {})});
    }
    sandbox->up(read_topology(settings.root / "docker-compose.yml", {}), settings);
  }

  HttpResponse ask(const char* host, const std::string& address, int port, HttpRequest request) {
    return http_request(sandbox->host(host).dial(address, port, deadline_in(2s)), request,
                        deadline_in(8s));
  }
  HttpResponse get(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    return ask("clients", "10.77.1.20", 80, request);
  }
  HttpResponse order(const std::string& reference, int product = 7) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/orders";
    request.body = R"({"product_id":)" + std::to_string(product) +
                   R"(,"quantity":2,"client_ref":")" + reference + "\"}";
    return ask("clients", "10.77.1.20", 80, request);
  }
  std::string run(const char* host, const std::string& line) {
    const ExecResult result = sandbox->host(host).exec(Argv{"/bin/sh", "-c", line}, 20s);
    return result.out.substr(0, result.out.find_last_not_of('\n') + 1);
  }
  std::string sql(const std::string& query) {
    return run("db1", "psql -XAt -U postgres shop -c \"" + query + "\"");
  }
  // Names of the alerts that fire or are about to.
  std::string alerts() {
    const std::string text = run("mon", "curl -s http://127.0.0.1:9090/api/v1/alerts");
    const json::value document = parse_json(text, "alerts");
    std::string names;
    const json::value* list = find_path(document, {"data", "alerts"});
    REQUIRE(list);
    for (const json::value& alert : list->as_array()) {
      names += " " + string_or(alert.at("labels").as_object(), "alertname", "") + ":" +
               string_or(alert.as_object(), "state", "");
    }
    return names;
  }
};

}  // namespace

TEST_CASE("the shop shows pages and products, and says what it does not have") {
  REQUIRE_A_STACK();
  Stack stack;
  CHECK(stack.get("/").body.find("<a href=\"/products/1\">") != std::string::npos);
  CHECK(stack.get("/products/7").body.find("no. 7") != std::string::npos);
  CHECK(stack.get("/products/999999").status == 404);
  CHECK(stack.get("/nothing").status == 404);
  const json::value list =
      parse_json(stack.get("/api/products?category=books&page=3").body, "products");
  REQUIRE(list.at("products").as_array().size() == 12);
  CHECK(list.at("products").at(0).at("category") == "Books");
  CHECK(stack.get("/api/products?page=0").status == 400);
  CHECK(stack.get("/api/products/7").ok());
  CHECK(parse_json(stack.get("/api/orders/50000").body, "order").at("status") == "paid");
  CHECK(stack.get("/api/orders/60000").status == 404);
}

TEST_CASE("an acknowledged order is found by its reference, and placing it twice places it once") {
  REQUIRE_A_STACK();
  Stack stack;
  const HttpResponse first = stack.order("test-1");
  REQUIRE(first.status == 201);
  const HttpResponse again = stack.order("test-1");
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  const json::value found = parse_json(stack.get("/api/orders?client_ref=test-1").body, "order");
  CHECK(found.at("id") == parse_json(first.body, "order").at("id"));
  CHECK(found.at("items").at(0).at("quantity") == 2);
  CHECK(stack.sql("SELECT count(*) FROM orders WHERE client_ref = 'test-1'") == "1");
  CHECK(stack.sql("SELECT stock FROM products WHERE id = 7") == "999998");
  CHECK(stack.order("test-2", 999999).status == 404);
  CHECK(stack.order("").status == 400);
}

TEST_CASE("a payment that fails leaves no order") {
  REQUIRE_A_STACK();
  Stack stack;
  stack.run("pay", "sv down payment-gateway");
  CHECK(stack.order("unpaid").status == 502);
  CHECK(stack.sql("SELECT count(*) FROM orders WHERE client_ref = 'unpaid'") == "0");
  stack.run("pay", "sv up payment-gateway");
  CHECK(eventually(10s, [&] { return stack.order("unpaid").status == 201; }));
}

TEST_CASE("a refused write holds its transaction while it waits, then answers 503 with the reason") {
  REQUIRE_A_STACK();
  Stack stack;
  stack.sql("ALTER SYSTEM SET default_transaction_read_only = on");
  stack.sql("SELECT pg_reload_conf()");
  REQUIRE(eventually(10s, [&] { return stack.order("refused").status == 503; }));
  // How long one order waits depends on when the next round comes: several customers then.
  std::atomic<bool> seen{false};
  std::thread customer([&] {
    const Deadline end = deadline_in(20s);
    while (!seen && std::chrono::steady_clock::now() < end) stack.order("refused-held");
  });
  const bool held = eventually(15s, [&] {
    return stack.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND "
                     "state = 'idle in transaction (aborted)'") == "1";
  });
  seen = true;
  customer.join();
  CHECK(held);
  const auto before = std::chrono::steady_clock::now();
  const HttpResponse refused = stack.order("refused-again");
  const auto took = std::chrono::steady_clock::now() - before;
  CHECK(refused.status == 503);
  CHECK(parse_json(refused.body, "answer").at("sqlstate") == "25006");
  CHECK(took < 3s);
  CHECK(stack.get("/api/products/7").ok());
  CHECK(stack.run("web1", "cat /var/log/storefront/current").find("sqlstate=25006") !=
        std::string::npos);
  stack.run("db1", "psql -XAt -U postgres shop -c 'SET default_transaction_read_only = off' "
                   "-c 'ALTER SYSTEM RESET default_transaction_read_only' "
                   "-c 'SELECT pg_reload_conf()'");
  CHECK(eventually(10s, [&] { return stack.order("refused-again").status == 201; }));
  CHECK(stack.sql("SELECT count(*) FROM orders WHERE client_ref LIKE 'refused-%'") == "1");
}

TEST_CASE("the shop finds the database again after it was restarted") {
  REQUIRE_A_STACK();
  Stack stack;
  REQUIRE(stack.order("before").status == 201);
  CHECK(stack.run("db1", "sv restart postgresql").find("ok: run") == 0);
  CHECK(eventually(10s, [&] { return stack.order("after").status == 201; }));
  CHECK(stack.get("/api/orders?client_ref=before").ok());
  CHECK(eventually(10s, [&] {
    return stack.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1";
  }));
}

TEST_CASE("a deploy switches the release without a lost request, and a rollback switches back") {
  REQUIRE_A_STACK();
  Stack stack;
  CHECK(stack.run("web1", "deploy current") == "r41");
  CHECK(stack.run("web1", "deploy switch r40") == "web1: r40 is live (was r41)");
  const auto release = [&](const char* name) {
    return eventually(5s, [&] {
      return stack.run("web1", "curl -s http://127.0.0.1:8080/metrics")
                 .find(std::string("storefront_release{release=\"") + name + "\"} 1") !=
             std::string::npos;
    });
  };
  CHECK(release("r40"));
  CHECK(stack.get("/api/products").ok());
  CHECK(stack.run("web1", "deploy rollback") == "web1: r41 is live (was r40)");
  CHECK(release("r41"));
  CHECK(stack.run("web1", "deploy switch r99; echo $?") == "2");
}

TEST_CASE("the spare web server can be brought up and added to the balancer") {
  REQUIRE_A_STACK();
  Stack stack;
  CHECK(stack.run("web3", "sv status storefront").find("down") == 0);
  stack.run("web3", "rm /etc/service/*/down; sv up pgbouncer pgbouncer_exporter storefront");
  CHECK(stack.run("web3", "healthcheck --wait 10 http http://127.0.0.1:8080/api/products/1; echo $?") == "0");
  stack.run("lb", "haproxyctl enable server web/web3");
  CHECK(eventually(10s, [&] {
    stack.get("/api/products/7");
    return stack.run("web3", "curl -s http://127.0.0.1:8080/metrics")
               .find("route=\"/api/products/{id}\",status=\"200\"} 1") == std::string::npos;
  }));
}

TEST_CASE("the monitoring reaches everything and a healthy shop raises no alert in either set") {
  REQUIRE_A_STACK();
  for (const char* set : {"documented", "improved"}) {
    Stack stack(set);
    CHECK(eventually(10s, [&] {
      return stack.run("mon", "curl -s 'http://127.0.0.1:9090/api/v1/query?query=sum(up)'")
                 .find(",\"7\"]") != std::string::npos;
    }));
    const Deadline end = deadline_in(6s);
    int orders = 0;
    while (std::chrono::steady_clock::now() < end) {
      CHECK(stack.order("calm-" + std::to_string(++orders)).status == 201);
      CHECK(stack.get("/api/products/" + std::to_string(orders)).ok());
    }
    const std::string alerts = stack.alerts();
    INFO(set);
    CHECK(alerts == "");
  }
}

TEST_CASE("an on-call person on ops can ask every database and every service") {
  REQUIRE_A_STACK();
  Stack stack;
  CHECK(stack.run("ops", "psql -XAt -h db1 -U postgres shop -c 'SELECT pg_is_in_recovery()'") == "f");
  CHECK(stack.run("ops", "psql -XAt -h db2 -U postgres shop -c 'SELECT pg_is_in_recovery()'") == "t");
  CHECK(stack.run("ops", "curl -s -o /dev/null -w '%{http_code}' http://lb:8404/") == "200");
  CHECK(stack.run("ops", "curl -s http://web2:8080/health") == "ok");
  CHECK(stack.run("ops", "curl -s http://pay:8090/health") == "ok");
  CHECK(stack.run("ops", "curl -s http://mon:9090/-/ready").find("Ready") != std::string::npos);
  CHECK(stack.run("ops", "test -r /srv/runbooks/README.md && test -r /var/log/changes/changelog && echo yes") == "yes");
  CHECK(stack.run("web1", "psql -XAt -h 127.0.0.1 -p 6432 -U postgres pgbouncer -c 'SHOW POOLS' | cut -d'|' -f1 | sort -u") == "pgbouncer\nshop");
}
