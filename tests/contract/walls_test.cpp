// What somebody with root in the hosts does to be graded better, tried on one living stack, with
// what an honest person does beside it.
#include "drill/alert_rules.hpp"
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

// A light drill of the first scenario, broken and paged by the documented alerts.
struct WallsDrill {
  const TemporaryFolder folder;
  Bell bell;
  Scenario scenario = find_scenario(load_catalogue(project_root() / "scenarios"),
                                    "read-only-primary");
  std::unique_ptr<Conductor> conductor;

  WallsDrill() {
    Settings settings = light_settings();
    add_alert_rules(settings, "documented");
    conductor = std::make_unique<Conductor>(
        plan_under_test(scenario, scenario.variants.front()), settings, light_topology(),
        folder.path(), bell, nullptr);
    conductor->start();
    conductor->baseline();
    REQUIRE_FALSE(conductor->voided());
    conductor->break_it();
    REQUIRE_FALSE(conductor->voided());
  }
  void run(const std::string& host, const std::string& line) {
    const ExecResult result = conductor->sandbox().host(host).exec({"sh", "-c", line}, 20s);
    INFO(host << ": " << line << ": " << result.out << result.err);
    REQUIRE(result.ok());
  }
  std::vector<json::object> written(const char* kind) const {
    std::vector<json::object> found;
    for (const Event& event : read_journal(folder.path() / "journal.jsonl").events) {
      if (event.kind == kind) found.push_back(event.data);
    }
    return found;
  }
  bool writes(const std::function<bool(const std::vector<json::object>&)>& condition,
              const char* kind) {
    return bell.wait(deadline_in(20s), [&] { return condition(written(kind)); });
  }
};

const json::object* page_named(const std::vector<json::object>& pages, const std::string& alert) {
  for (const json::object& page : pages) {
    if (string_or(page, "alert", "") == alert) return &page;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("what is posted to the pager is of unknown origin, what fires is not") {
  WallsDrill drill;
  drill.run("mon", "curl -sf -XPOST http://127.0.0.1:9095/ -d '{\"alerts\":[{\"status\":\"firing\","
                   "\"labels\":{\"alertname\":\"Forged\",\"severity\":\"page\"},\"annotations\":"
                   "{\"summary\":\"db1 is in recovery\"},\"fingerprint\":\"1\"}]}'");
  REQUIRE(drill.writes([](const auto& pages) { return page_named(pages, "Forged"); },
                       events::kPage));
  CHECK(of_unknown_origin(*page_named(drill.written(events::kPage), "Forged")));
  REQUIRE(drill.writes([](const auto& pages) { return page_named(pages, "HighErrorRate"); },
                       events::kPage));
  CHECK_FALSE(of_unknown_origin(*page_named(drill.written(events::kPage), "HighErrorRate")));
  // An alert of somebody's own fires in Prometheus, by a rule that was not there. For five seconds
  // after it has read its rules again Prometheus knows no Alertmanager.
  drill.run("mon", "printf 'groups:\\n- name: own\\n  rules:\\n  - alert: Own\\n    expr: vector(1)\\n"
                   "    for: 8s\\n    labels: {severity: page}\\n' >/etc/prometheus/rules/own.yml && "
                   "sv hup prometheus");
  REQUIRE(drill.writes([](const auto& pages) { return page_named(pages, "Own"); },
                       events::kPage));
  CHECK(of_unknown_origin(*page_named(drill.written(events::kPage), "Own")));
}
