// On living stacks: dates and differences are what the scene computes, and a drill that an alert opens
// is opened by the alert that its scenario names, whether something is broken or not.
#include "tests/support/scene.hpp"

#include "drill/alert_rules.hpp"
#include "tests/contract/light_drill.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

// "HOST PATH" of what a person wrote and that is younger than any day of the snapshot, the newest last.
std::vector<std::string> newest_files(Sandbox& sandbox) {
  std::vector<std::string> found;
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.team.empty()) continue;
    const ExecResult result = sandbox.host(host.name).exec(
        {"sh", "-c",
         "find /etc /srv /var/lib/postgresql/15/main/standby.signal "
         "/var/lib/postgresql/15/main/postgresql.auto.conf -xdev -name supervise -prune -o -type f "
         "-newermt '-12 hours' ! -name previous -printf '%T@ %p\\n' 2>/dev/null"});
    for (const std::string& line : lines(result.out)) {
      const size_t blank = line.find(' ');
      found.push_back(line.substr(0, line.find('.')) + " " + host.name + " " + line.substr(blank + 1));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::set<std::string> different_files(Sandbox& sandbox) {
  std::set<std::string> found;
  const std::vector<std::string> known = {
      "/etc/haproxy/haproxy.cfg",  "/etc/pgbouncer/pgbouncer.ini",
      "/etc/storefront/storefront.conf", "/etc/nftables.conf", "/etc/network/routes",
      "/etc/postgresql/15/main/postgresql.conf", "/etc/postgresql/15/main/pg_hba.conf",
      "/etc/prometheus/alertmanager.yml"};
  for (const HostSpec& host : sandbox.topology().hosts) {
    for (const std::string& file : known) {
      const ExecResult result = sandbox.host(host.name).exec(
          {"sh", "-c", "copy=/var/backups/$(basename " + file + "); [ -f $copy ] && ! cmp -s " + file +
                           " $copy && echo differs"});
      if (result.out == "differs\n") found.insert((host.role == "web" ? "web" : host.name) + file);
    }
  }
  return found;
}

void look_at(const Scenario& scenario, const Variant& variant) {
  INFO(scenario.id << " " << variant.id);
  const TemporaryFolder folder;
  Bell bell;
  Conductor conductor(plan_under_test(scenario, variant), light_settings(), light_topology(),
                      folder.path, bell, nullptr);
  conductor.start();
  conductor.baseline();
  REQUIRE_FALSE(conductor.voided());
  conductor.break_it();
  REQUIRE_FALSE(conductor.voided());
  const Scene scene = scene_of(variant, conductor.sandbox().topology());
  std::set<std::string> expected;
  int newest = 0;
  for (const SceneFile& file : scene.files) {
    newest = std::max(newest, file.minutes);
    if (file.has_copy) expected.insert(file.host + file.path);
  }
  CHECK(different_files(conductor.sandbox()) == expected);
  const auto files = newest_files(conductor.sandbox());
  REQUIRE_FALSE(files.empty());
  // The newest is one that the scene holds for the newest, and everything written is of the scene.
  const auto belongs = [&](const std::string& line, bool only_newest) {
    return std::any_of(scene.files.begin(), scene.files.end(), [&](const SceneFile& file) {
      const bool same = line.find(" " + file.host) != std::string::npos &&
                        line.find(file.path) != std::string::npos;
      return same && (!only_newest || file.minutes == newest);
    });
  };
  CHECK(belongs(files.back(), true));
  const auto log = lines(
      conductor.sandbox().host("ops").read_file("/var/log/changes/changelog").value_or(""));
  CHECK(log.size() > 15);
  CHECK(std::is_sorted(log.begin(), log.end(), [](const std::string& a, const std::string& b) {
    return a.substr(0, 16) < b.substr(0, 16);
  }));
  for (const std::string& line : files) {
    INFO(line);
    // A release may bring a service of its own, and lays its folder down.
    CHECK((belongs(line, false) || line.find("/etc/service/stock-sync") != std::string::npos));
  }
}

// A seed from `from` on that an alert opens, or a ticket.
uint64_t seed_opened_by(const std::string& id, const std::string& source) {
  for (uint64_t seed = 1;; ++seed) {
    const auto catalogue = load_catalogue(project_root() / "scenarios", seed);
    if (draw_first_page(find_scenario(catalogue, id), seed).source == source) return seed;
  }
}

void check_first_page(const Scenario& scenario, const Variant& variant, bool twin, uint64_t seed) {
  INFO(scenario.id << " " << variant.id << (twin ? ", twin" : "") << ", seed " << seed);
  DrillPlan plan = light_plan(scenario, variant, twin);
  plan.scenario.load.users = scenario.load.users;  // alerts ask for many requests
  plan.engine = engine_under_test();
  plan.seed = seed;
  plan.draws_opening = true;
  Settings settings = light_settings();
  add_alert_rules(settings, scenario.alerts);
  const TemporaryFolder folder;
  Bell bell;
  Conductor conductor(plan, settings, light_topology(), folder.path, bell, nullptr);
  conductor.start();
  conductor.baseline();
  REQUIRE_FALSE(conductor.voided());
  conductor.break_it();
  REQUIRE_FALSE(conductor.voided());
  const auto first_page = [&]() -> std::optional<json::object> {
    for (const Event& event : read_journal(folder.path / "journal.jsonl").events) {
      if (event.kind == events::kPage) return event.data;
    }
    return std::nullopt;
  };
  REQUIRE(eventually(30s, [&] { return first_page().has_value(); }));
  const FirstPage expected = draw_first_page(scenario, seed);
  const json::object page = *first_page();
  CHECK(string_or(page, "source", "") == expected.source);
  CHECK(string_or(page, "severity", "") == expected.severity);
  const bool by_alert = expected.source == "alert";
  CHECK(string_or(page, by_alert ? "alert" : "summary", "") == expected.wording);
  // What passed is over after some seconds, and nothing else is.
  CHECK(eventually(15s, [&] { return conductor.served() == twin; }));
}

}  // namespace

TEST_CASE("files are as old and as different as the scene computes", "[catalogue]") {
  for (const Scenario& scenario : scenarios_to_play()) {
    look_at(scenario, scenario.variants.back());
  }
}

TEST_CASE("the files of every variant are as old and as different as the scene computes",
          "[catalogue][byhand]") {
  for (const Scenario& scenario : scenarios_to_play(2)) {
    for (const Variant& variant : scenario.variants) look_at(scenario, variant);
  }
}

TEST_CASE("a twin is opened by the alert that its scenario names, if it does, and users are served",
          "[catalogue]") {
  for (const Scenario& listed : scenarios_to_play()) {
    const char* source = listed.first_alert.empty() ? "ticket" : "alert";
    const uint64_t seed = seed_opened_by(listed.id, source);
    const Scenario scenario = load_scenario(
        listed.file, load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml"), seed);
    check_first_page(scenario, scenario.variants.front(), true, seed);
  }
}

TEST_CASE("every variant is opened by the alert that its scenario names, or by a ticket",
          "[catalogue][byhand]") {
  for (const Scenario& listed : scenarios_to_play()) {
    for (const char* source : {"alert", "ticket"}) {
      if (listed.first_alert.empty() && std::string(source) == "alert") continue;
      const uint64_t seed = seed_opened_by(listed.id, source);
      const Scenario scenario = load_scenario(
          listed.file, load_taxonomy(project_root() / "scenarios" / "taxonomy.yaml"), seed);
      for (const Variant& variant : scenario.variants) {
        check_first_page(scenario, variant, false, seed);
      }
    }
  }
}
