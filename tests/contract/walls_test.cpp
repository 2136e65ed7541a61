// What somebody with root in the hosts does to be graded better, tried on one living stack, with
// what an honest person does beside it.
#include <algorithm>
#include <set>

#include "drill/alert_rules.hpp"
#include "scorer/harm.hpp"
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
        folder.path, bell, nullptr);
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
    for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
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
  REQUIRE_A_STACK();
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

  // The engine bounds memory where no control group does, and the journal says who was killed.
  if (engine_under_test() != "native") return;
  drill.conductor->sandbox().host("web3").exec({"perl", "-e", "$x = 'x' x 1300000000; sleep 20"},
                                               20s);
  REQUIRE(drill.writes([](const auto& kills) { return !kills.empty(); }, events::kMemory));
  CHECK(string_or(drill.written(events::kMemory)[0], "host", "") == "web3");
  CHECK(string_or(drill.written(events::kMemory)[0], "program", "") == "perl");
}

TEST_CASE("what is broken during the response and put right again is harm, a restart is none") {
  REQUIRE_A_STACK();
  WallsDrill drill;
  const auto count = [&](const std::string& item, bool over) {
    return [item, over](const std::vector<json::object>& spells) {
      return std::any_of(spells.begin(), spells.end(), [&](const json::object& one) {
        return string_or(one, "item", "") == item && one.at("until").is_number() == over;
      });
    };
  };
  // What honest people do: everything that is watched is restarted or read again.
  for (const char* line : {"sv restart prometheus", "sv restart alertmanager", "sv hup prometheus"}) {
    drill.run("mon", line);
  }
  drill.run("db2", "sv -w 20 restart postgresql");
  drill.run("db1", "sv hup postgresql");
  CHECK_FALSE(drill.bell.wait(deadline_in(13s), [&] {
    return !drill.written(events::kHarm).empty();
  }));

  drill.run("db1", "cp -p /etc/postgresql/15/main/pg_hba.conf /tmp/hba && echo "
                   "'host all all 0.0.0.0/0 trust' >>/etc/postgresql/15/main/pg_hba.conf && "
                   "sv hup postgresql");
  drill.run("mon", "mv /etc/prometheus/rules/site.yml /tmp/ && sv hup prometheus");
  REQUIRE(drill.writes(count("access", false), events::kHarm));
  drill.run("db1", "cp -p /tmp/hba /etc/postgresql/15/main/pg_hba.conf && sv hup postgresql");
  REQUIRE(drill.writes(count("monitoring", false), events::kHarm));
  drill.run("mon", "mv /tmp/site.yml /etc/prometheus/rules/ && sv hup prometheus");
  REQUIRE(drill.writes(count("access", true), events::kHarm));
  REQUIRE(drill.writes(count("monitoring", true), events::kHarm));

  for (const std::string& line : drill.scenario.variants.front().repairs.front().steps.front().commands) {
    drill.run("ops", line);
  }
  CHECK(drill.conductor->wait_served(deadline_in(20s)));
  drill.conductor->settle();
  drill.conductor->down();
  drill.conductor->finish("finished", "");
  const Journal journal = read_journal(drill.folder.path / "journal.jsonl");
  const HarmGrade harm =
      grade_harm(drill.scenario.variants.front(),
                 load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml"), journal,
                 ProbeResults(journal));
  std::set<std::string> items;
  for (const HarmItem& item : harm.items) {
    INFO(item.note);
    items.insert(item.item);
  }
  CHECK(items.contains("access"));
  CHECK(items.contains("monitoring"));
  CHECK_FALSE(items.contains("second_primary"));
  CHECK(ProbeResults(journal).worst("access_not_widened") == Result::kYes);
}
