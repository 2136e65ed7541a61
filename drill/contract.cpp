#include "drill/contract.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/alert_rules.hpp"
#include "injectors/database.hpp"
#include "journal/events.hpp"
#include "scorer/repair.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr size_t kProbesOfASet = 7;

std::vector<std::string> hosts_of(const Topology& topology, const char* role) {
  std::vector<std::string> names;
  for (const HostSpec& host : topology.hosts) {
    if (host.role != "clients" && (!*role || host.role == role)) names.push_back(host.name);
  }
  return names;
}

void carry_out(Conductor& conductor, const Repair& repair) {
  for (const Repair::Step& step : repair.steps) {
    for (const std::string& host : resolve_target(conductor.sandbox().topology(), step.target)) {
      for (const std::string& line : step.commands) {
        const ExecResult result =
            conductor.sandbox().host(host).exec({"/bin/sh", "-c", line}, 30s);
        if (result.ok()) continue;
        throw Error("repair " + repair.id + ": " + host + ": status " +
                    std::to_string(result.status) + ": " + line + ": " +
                    text::one_line(result.out + result.err, 300));
      }
    }
  }
}

// A few users, but all of them where a limit is reached: there the load is a part of the cause. A
// twin has none; that it bears them all is what the baseline of every replay measures.
int light_users(const Scenario& scenario, const Variant& variant, bool twin) {
  const auto equal = variant.truth.equivalents.find("class");
  const bool saturation = variant.truth.cls == "saturation" ||
                          (equal != variant.truth.equivalents.end() &&
                           std::count(equal->second.begin(), equal->second.end(), "saturation"));
  return saturation && !twin ? scenario.load.users : std::min(scenario.load.users, 200);
}

Settings with_rules(Settings settings, const std::string& alerts) {
  add_alert_rules(settings, alerts);
  return settings;
}

DrillPlan plan_for(const ContractSetup& setup, DrillPlan plan) {
  plan.engine = setup.engine;
  return plan;
}

// One light drill up to the moment when somebody should do something, and its end.
struct LightDrill {
  Conductor conductor;
  Bell& bell;

  LightDrill(const ContractSetup& setup, const Scenario& scenario, const Variant& variant,
             bool twin)
      : conductor(plan_for(setup, light_plan(scenario, variant, twin)),
                  with_rules(setup.settings, scenario.alerts), setup.topology, setup.folder,
                  setup.bell, nullptr),
        bell(setup.bell) {
    conductor.start();
    conductor.baseline();
    if (!conductor.voided()) conductor.break_it();
  }

  // False: a stop was asked for, or the time passed.
  bool served_within(std::chrono::seconds limit) {
    const bool served = conductor.wait_served(deadline_in(limit));
    if (const auto reason = bell.stopped()) throw Stopped{*reason};
    return served;
  }

  // Probes what holds, takes the stack down, and gives what was written.
  Journal finish() {
    if (!conductor.voided()) conductor.settle();
    conductor.down();
    conductor.finish("finished", "");
    return read_journal(conductor.folder() / "journal.jsonl");
  }
};

// At most 10 s for each.
void wait_for_databases(LightDrill& drill, const std::vector<std::string>& hosts) {
  for (const std::string& name : hosts) {
    const Deadline deadline = deadline_in(10s);
    while (!in_recovery(drill.conductor.sandbox().host(name)) &&
           std::chrono::steady_clock::now() < deadline) {
      if (!drill.bell.wait(deadline_in(100ms))) throw Stopped{drill.bell.stopped().value_or("")};
    }
  }
}

// What the debrief says of a command. Logs and statistics follow the first failures within moments.
void check_told_by(LightDrill& drill, const Variant& variant, std::vector<std::string>& broken) {
  Sandbox& sandbox = drill.conductor.sandbox();
  for (const Distinguisher& look : variant.told_by) {
    for (const std::string& host : resolve_target(sandbox.topology(), look.host)) {
      const Deadline deadline = deadline_in(10s);
      std::string printed;
      do {
        printed = sandbox.host(host).exec({"/bin/sh", "-c", look.command}, 10s).out;
        while (printed.ends_with('\n')) printed.pop_back();
        if (const auto reason = drill.bell.stopped()) throw Stopped{*reason};
      } while (printed != look.prints && std::chrono::steady_clock::now() < deadline &&
               drill.bell.wait(deadline_in(200ms)));
      if (printed == look.prints) continue;
      broken.push_back("told_by: " + host + ": " + look.command + ": prints `" +
                       text::one_line(printed, 300) + "`, not `" +
                       text::one_line(look.prints, 300) + "`");
    }
  }
}

void check_probes(const Journal& journal, const std::string& set,
                  std::vector<std::string>& broken) {
  size_t count = 0;
  for (const Event& event : journal.events) {
    if (event.kind != events::kProbe || string_or(event.data, "set", "") != set) continue;
    ++count;
    const std::string name = string_or(event.data, "name", "");
    const std::string result = string_or(event.data, "result", "");
    if (result == (name == "cause_present" ? "no" : "yes")) continue;
    const std::string when = set == "retrigger" ? "after the repair and a restart: "
                                                : "after the repair: ";
    broken.push_back(when + name + " is " + result + " " + string_or(event.data, "detail", ""));
  }
  if (count < kProbesOfASet) broken.push_back(set + ": only " + std::to_string(count) + " probes");
}

// True: the drill is void, which says why.
bool check_void(const Journal& journal, std::vector<std::string>& broken) {
  const Event* voided = journal.last(events::kVoid);
  if (voided) broken.push_back("void: " + string_or(voided->data, "why", ""));
  return voided != nullptr;
}

Taxonomy taxonomy_of(const ContractSetup& setup) {
  return load_taxonomy(setup.settings.root / "scenarios" / "taxonomy.yaml");
}

// Restarting everything is harm, told from what lies on the way to the cause.
void check_restarts_are_seen(const ContractSetup& setup, const Variant& variant,
                             const Journal& journal, std::vector<std::string>& broken) {
  const HarmGrade harm = grade_repair(variant, taxonomy_of(setup), journal).harm;
  const bool seen = std::any_of(harm.items.begin(), harm.items.end(), [](const HarmItem& item) {
    return item.item == "restarts" && item.known;
  });
  if (!seen) broken.push_back("nobody saw that every service was restarted");
}

// What restarts by itself must not be taken for the trainee's doing.
void check_nothing_restarts(const Journal& journal, std::vector<std::string>& broken) {
  const Event* restarts = journal.last(events::kRestarts);
  const std::string found = restarts ? json::serialize(restarts->data) : "not looked at";
  if (found != R"({"services":[],"unknown":[]})") {
    broken.push_back("services restart by themselves: " + found);
  }
}

void check_end(LightDrill& drill, const Journal& journal, std::vector<std::string>& broken) {
  const Event* orders = journal.last(events::kOrders);
  if (!orders || number_or(orders->data, "lost", -1) != 0) {
    broken.push_back("orders were lost, or could not be looked up");
  }
  for (const std::string& left : drill.conductor.sandbox().residue()) {
    broken.push_back("left behind: " + left);
  }
}

}  // namespace

DrillPlan light_plan(const Scenario& scenario, const Variant& variant, bool twin) {
  DrillPlan plan;
  plan.scenario = scenario;
  plan.scenario.load.users = light_users(scenario, variant, twin);
  plan.variant = twin ? no_fault_twin(variant) : variant;
  plan.twin = twin;
  plan.mode = "live";
  plan.baseline_seconds = 2;
  plan.hold_seconds = 3;
  return plan;
}

std::vector<std::string> check_contract(const ContractSetup& setup, const Scenario& scenario,
                                        const Variant& variant) {
  std::vector<std::string> broken;
  if (variant.repairs.empty()) return {"there is no repair"};
  LightDrill drill(setup, scenario, variant, false);
  if (!drill.conductor.voided()) {
    if (drill.conductor.served()) broken.push_back("users are served although the fault is there");
    check_told_by(drill, variant, broken);
    // As somebody's command: what restarts before anybody ran one is nobody's.
    drill.conductor.journal().append(
        events::kObservation,
        {{"id", "o1"}, {"host", "ops"}, {"by", "contract"}, {"command", "sv restart everything"}});
    restart_services(drill.conductor.sandbox(), hosts_of(setup.topology, ""));
    if (drill.served_within(4s)) broken.push_back("a restart of every service heals it");
    carry_out(drill.conductor, variant.repairs.front());
    if (!drill.served_within(15s)) {
      broken.push_back("users are not served 15 s after the repair " + variant.repairs.front().id);
    }
  }
  const Journal journal = drill.finish();
  if (!check_void(journal, broken)) {
    check_probes(journal, "mitigation", broken);
    check_probes(journal, "retrigger", broken);
    check_restarts_are_seen(setup, variant, journal, broken);
  }
  check_end(drill, journal, broken);
  return broken;
}

std::vector<std::string> check_repair(const ContractSetup& setup, const Scenario& scenario,
                                      const Variant& variant, const Repair& repair) {
  std::vector<std::string> broken;
  LightDrill drill(setup, scenario, variant, false);
  if (!drill.conductor.voided()) {
    // People come later than the restart that made the fault bite.
    wait_for_databases(drill, hosts_of(setup.topology, "db"));
    carry_out(drill.conductor, repair);
    if (!drill.served_within(20s)) broken.push_back("users are not served 20 s after it");
  }
  const Journal journal = drill.finish();
  if (check_void(journal, broken)) return broken;
  const RepairGrade grade = grade_repair(variant, taxonomy_of(setup), journal);
  if (!grade.mitigation.known || grade.mitigation.certain != repair.rung) {
    broken.push_back("its rung is " + text::fixed(repair.rung, 1) + ", the probes give " +
                     (grade.mitigation.known ? text::fixed(grade.mitigation.certain, 1)
                                             : "no certain one"));
  }
  for (const HarmItem& item : grade.harm.items) broken.push_back("harm: " + item.note);
  check_end(drill, journal, broken);
  return broken;
}

std::vector<std::string> check_twin(const ContractSetup& setup, const Scenario& scenario,
                                    const Variant& variant) {
  std::vector<std::string> broken;
  LightDrill drill(setup, scenario, variant, true);
  if (!drill.conductor.voided()) {
    const bool failed = drill.bell.wait(
        deadline_in(6s), [&drill] { return !drill.conductor.served(); });
    if (const auto reason = drill.bell.stopped()) throw Stopped{*reason};
    if (failed) broken.push_back("users are not served although nothing is broken");
    check_told_by(drill, no_fault_twin(variant), broken);
  }
  const Journal journal = drill.finish();
  if (check_void(journal, broken)) return broken;
  for (const Event& event : journal.events) {
    const std::string name = string_or(event.data, "name", "");
    if (event.kind == events::kPage && string_or(event.data, "source", "") != "ticket") {
      broken.push_back("it pages: " + string_or(event.data, "summary", ""));
    }
    const bool must_hold = name == "users_served" || name == "one_writable_primary";
    if (event.kind == events::kProbe && string_or(event.data, "set", "") == "mitigation" &&
        must_hold && string_or(event.data, "result", "") != "yes") {
      broken.push_back(name + " is " + string_or(event.data, "result", "") + " " +
                       string_or(event.data, "detail", ""));
    }
  }
  check_nothing_restarts(journal, broken);
  check_end(drill, journal, broken);
  return broken;
}

}  // namespace gameday
