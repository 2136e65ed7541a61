#include "workload/requests.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>
#include <set>

using namespace gameday;

TEST_CASE("only the answer of the shop itself is what was asked for") {
  LoadPlan plan;
  plan.users = 50;
  Schedule schedule(plan);
  RequestWriter requests("shop", "9f3a12bc");
  std::set<std::string> kinds;
  for (uint64_t number = 1; number <= 200; ++number) {
    const Send send = schedule.pop();
    const std::string text(requests.text(send, number));
    const size_t blank = text.find(' ');
    const std::string path = text.substr(blank + 1, text.find(" HTTP/") - blank - 1);
    const auto id = std::strtoull(path.substr(path.rfind('/') + 1).c_str(), nullptr, 10);
    std::string good;
    if (send.write) {
      const auto value_of = [&text](const char* key) {
        return std::strtoull(text.c_str() + text.find(key) + std::strlen(key), nullptr, 10);
      };
      const uint64_t total = value_of("quantity\":") * price_cents(value_of("product_id\":"));
      good = "{\"id\":7,\"client_ref\":\"9f3a12bc-" + std::to_string(number) +
             "\",\"total_cents\":" + std::to_string(total) + "}";
    } else if (path == "/") {
      good = "<h1>Corner shop</h1><li><a href=\"/products/1\">";
    } else if (path.find('?') != std::string::npos) {
      const std::string slug = path.substr(path.find('=') + 1);
      good = "{\"products\":[{\"id\":4,\"category\":\"" +
             std::string(1, static_cast<char>(slug[0] - 32)) + slug.substr(1) + "\"}]}";
    } else if (path.starts_with("/api/products/")) {
      good = "{\"id\":" + std::to_string(id) +
             ",\"price_cents\":" + std::to_string(200 + id * 7919 % 9800) + "}";
    } else {
      good = "{\"id\":" + std::to_string(id) +
             ",\"total_cents\":" + std::to_string(200 + id % 20000 * 7919 % 9800) + "}";
    }
    kinds.insert(send.write ? "write" : std::to_string(send.kind));
    INFO(text << good);
    CHECK(requests.answers(send, number, good));
    CHECK_FALSE(requests.answers(send, number, ""));
    CHECK_FALSE(requests.answers(send, number, "<html>Welcome</html>"));
    // Another's answer, and one that only repeats the question.
    CHECK_FALSE(requests.answers(send, number, text.substr(0, 40) + text.substr(text.size() / 2)));
    if (send.write) CHECK_FALSE(requests.answers(send, number + 1, good));
  }
  CHECK(kinds.size() == 5);
}
