// Work of an ordinary day and a service that is away for a moment: users lose nothing for good.
#include "injectors/everyday.hpp"

#include "scenarios/everyday.hpp"
#include "tests/injectors/real_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// The first host of a role that is no spare.
std::string host_of(const Topology& topology, std::string_view role) {
  for (const HostSpec& host : topology.hosts) {
    if (host.role == role) return host.name;
  }
  return "";
}

}  // namespace

TEST_CASE("every work of an ordinary day that scenarios draw can be done on its hosts") {
  const Topology topology = read_topology(environment("GAMEDAY_ROOT", ".") + "/docker-compose.yml", {});
  for (const EverydayWork& work : everyday_work()) {
    INFO(work.kind << " on " << work.target);
    const std::string host = work.target == "web" ? "web1" : work.target;
    const auto& kinds = everyday_kinds();
    CHECK(std::any_of(kinds.begin(), kinds.end(), [&](const EverydayKind& kind) {
      return kind.kind == work.kind && kind.role == topology.find(host)->role;
    }));
  }
  CHECK_THROWS_WITH(make_fault("everyday", {"lb", {{"kind", "party"}}}),
                    Catch::Contains("\"party\" is not maintenance, "));
  CHECK_THROWS_WITH(make_fault("hiccup", {"pay", {{"kind", "sneeze"}}}),
                    Catch::Contains("\"sneeze\" is not refuse or stall"));
}

TEST_CASE("everyday work differs from the last stable copy, and users are served as before") {
  REQUIRE_A_STACK();
  RealStack stack;
  REQUIRE(eventually(20s, [&] { return stack.writes(); }));
  std::vector<std::unique_ptr<Fault>> done;
  for (const EverydayKind& kind : everyday_kinds()) {
    const std::string host = host_of(stack.sandbox->topology(), kind.role);
    INFO(kind.kind << " on " << host);
    done.push_back(make_fault("everyday", {host, {{"kind", std::string(kind.kind)}}}));
    done.back()->inject(*stack.sandbox);
    if (kind.file.empty()) continue;
    CHECK(done.back()->present(*stack.sandbox) != Presence::kUnknown);
    CHECK(stack.run(host.c_str(), "! cmp -s " + std::string(kind.file) + " /var/backups/$(basename " +
                              std::string(kind.file) + ")"));
  }
  CHECK(eventually(20s, [&] { return stack.read() == 200 && stack.writes(); }));
  for (auto one = done.rbegin(); one != done.rend(); ++one) (*one)->heal(*stack.sandbox);
  for (const EverydayKind& kind : everyday_kinds()) {
    if (kind.file.empty()) continue;
    const std::string host = host_of(stack.sandbox->topology(), kind.role);
    INFO(kind.kind << " on " << host);
    CHECK(stack.run(host.c_str(), "cmp -s " + std::string(kind.file) + " /var/backups/$(basename " +
                              std::string(kind.file) + ")"));
  }
  CHECK(eventually(20s, [&] { return stack.read() == 200 && stack.writes(); }));
}

TEST_CASE("a payment service that was away for a moment is back when it is said to be") {
  REQUIRE_A_STACK();
  RealStack stack;
  for (const char* kind : {"refuse", "stall"}) {
    INFO(kind);
    REQUIRE(eventually(20s, [&] { return stack.writes(); }));
    const auto decoy = make_fault("hiccup", {"pay", {{"kind", kind}, {"milliseconds", "800"}}});
    std::atomic<bool> over{false};
    std::jthread passing([&] {
      decoy->inject(*stack.sandbox);
      over = true;
    });
    bool failed = false;
    while (!over) failed = !stack.writes() || failed;
    // Who is stalled is answered late, and not refused.
    CHECK(failed == (std::string(kind) == "refuse"));
    passing.join();
    CHECK(decoy->present(*stack.sandbox) == Presence::kNo);
    CHECK(eventually(20s, [&] { return stack.writes(); }));
  }
}
