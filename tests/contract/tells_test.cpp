// While an outage is in force, no host tells that somebody made it: every scenario and variant, as
// a trainee with a root shell everywhere sees it.
#include <set>

#include "core/error.hpp"
#include "injectors/fault.hpp"
#include "tests/contract/light_drill.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/tells.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// The stack with one variant's decoys, and its faults in force; users have met them.
struct BrokenStack {
  std::unique_ptr<Sandbox> sandbox = make_sandbox(engine_under_test());
  std::vector<std::unique_ptr<Fault>> kept;

  explicit BrokenStack(const Variant& variant) {
    sandbox->up(read_topology(project_root() / "docker-compose.yml", {}), light_settings());
    place(variant, &TimelineEntry::fault, &Fault::prepare);
    place(variant, &TimelineEntry::decoy, &Fault::inject);
    place(variant, &TimelineEntry::fault, &Fault::inject);
    sandbox->host("clients").exec(
        {"sh", "-c",
         "for i in 1 2 3 4 5 6; do curl -s -m 1 http://10.77.1.20/api/products/$i & "
         "curl -s -m 1 -d '{\"product_id\":1,\"quantity\":1,\"client_ref\":\"look-'$i'\"}' "
         "-H 'Content-Type: application/json' http://10.77.1.20/api/orders & done; wait"});
  }

  void place(const Variant& variant, std::string TimelineEntry::*kind,
             void (Fault::*act)(Sandbox&)) {
    for (const TimelineEntry& entry : variant.timeline) {
      if ((entry.*kind).empty()) continue;
      for (const std::string& host : resolve_target(sandbox->topology(), entry.target)) {
        kept.push_back(make_fault(entry.*kind, FaultTarget{host, entry.parameters}));
        (kept.back().get()->*act)(*sandbox);
      }
    }
  }
};

}  // namespace

TEST_CASE("no host tells what was done to it while an outage is in force",
          "[catalogue]") {
  REQUIRE_A_STACK();
  for (const Scenario& scenario : scenarios_to_play()) {
    for (const Variant& variant : scenario.variants) {
      const BrokenStack stack(variant);
      for (const HostSpec& spec : stack.sandbox->topology().hosts) {
        if (spec.team.empty()) continue;  // the outside world: nobody can enter it
        INFO(scenario.id << " " << variant.id << " on " << spec.name);
        // What the image holds is searched once, on a healthy stack.
        const auto changed =
            "find / /run /tmp /dev/shm -xdev -type f -newerct @$(stat -c %Y /proc/1) "
            "! -path '/usr/*' ! -path '/tmp/look/*'";
        CHECK(tells_of(stack.sandbox->host(spec.name), changed) == "");
      }
    }
  }
}
