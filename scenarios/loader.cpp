#include "scenarios/loader.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"

namespace gameday {

namespace loading {

std::string line_of(const YamlNode& node) {
  const std::string text = node.string();
  if (text.empty()) node.fail("must not be empty");
  if (text.find('\n') != std::string::npos) node.fail("must be one line");
  return text;
}

std::string optional_line(const YamlNode& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  return node ? line_of(*node) : "";
}

double optional_number(const YamlNode& map, std::string_view key, double fallback, double low,
                       double high) {
  const YamlNode* node = map.find(key);
  return node ? node->number(low, high) : fallback;
}

StoryTime read_time(const YamlNode& node) {
  const std::string& text = node.string();
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    node.fail("a time reads HH:MM, not `" + text.substr(0, 40) + "`");
  }
  const int hours = std::stoi(text.substr(0, 2)), minutes = std::stoi(text.substr(3));
  if (hours > 47 || minutes > 59) {
    node.fail("no such time: `" + text + "` (the next day goes on from 24:00 to 47:59)");
  }
  return story_time(hours * 60 + minutes);
}

std::string named(const YamlNode& node, const Taxonomy& taxonomy, std::string_view field) {
  const std::string& text = node.string();
  const std::string canonical = taxonomy.canonical(field, text);
  if (canonical == text) return text;
  std::string why = "unknown " + std::string(field) + " `" + text + "`";
  const std::string near =
      canonical.empty() ? nearest_name(text, taxonomy.names(field)) : canonical;
  if (!near.empty()) {
    why += ": did you mean `" + near + "`?";
  } else {
    why += ": one of";
    for (const std::string& name : taxonomy.names(field)) why += " " + name;
  }
  node.fail(why);
}

std::string optional_named(const YamlNode& map, std::string_view key, const Taxonomy& taxonomy,
                           std::string_view field) {
  const YamlNode* node = map.find(key);
  return node ? named(*node, taxonomy, field) : "";
}

std::string one_of(const YamlNode& node, const std::vector<std::string>& words) {
  const std::string& text = node.string();
  if (std::find(words.begin(), words.end(), text) != words.end()) return text;
  std::string why = "`" + text + "` is none of";
  for (const std::string& word : words) why += " " + word;
  node.fail(why);
}

}  // namespace loading

StoryTime story_time(int minutes) {
  const int hours = minutes / 60, clock = hours % 24, rest = minutes % 60;
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return {minutes, two(clock) + ":" + two(rest) + (hours >= 24 ? "+1" : "")};
}

namespace {

using namespace loading;

// Lower case, digits and single hyphens: it stands in commands and file names.
std::string read_id(const YamlNode& node) {
  const std::string id = line_of(node);
  const bool plain = std::all_of(id.begin(), id.end(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '-';
  });
  if (!plain || id.size() > 60) node.fail("an id is of lower-case letters, digits and hyphens");
  return id;
}

Documented read_documented(const YamlNode& node) {
  node.allow({"source", "note", "impact", "window", "users_affected_percent",
              "goodput_lost_percent", "success_below_percent", "root_cause",
              "prevention", "timeline"});
  Documented documented;
  documented.source = line_of(node.at("source"));
  documented.note = optional_line(node, "note");
  documented.impact = line_of(node.at("impact"));
  documented.root_cause = line_of(node.at("root_cause"));
  if (const YamlNode* list = node.find("prevention")) {
    for (const YamlNode& measure : list->list()) documented.prevention.push_back(line_of(measure));
    if (documented.prevention.empty()) list->fail("the list is empty");
  }
  const YamlNode& window = node.at("window");
  window.allow({"start", "end"});
  documented.start = read_time(window.at("start"));
  documented.end = read_time(window.at("end"));
  if (documented.end.minutes <= documented.start.minutes) {
    window.at("end").fail("not later than the start");
  }
  if (const YamlNode* users = node.find("users_affected_percent")) {
    documented.users_affected_percent = users->number(0, 100);
  }
  if (const YamlNode* goodput = node.find("goodput_lost_percent")) {
    documented.goodput_lost_percent = goodput->number(0, 100);
  }
  if (const YamlNode* success = node.find("success_below_percent")) {
    documented.success_below_percent = success->number(0, 100);
  }
  for (const YamlNode& item : node.at("timeline").list()) {
    item.allow({"at", "event", "text"});
    DocumentedEvent event;
    event.at = read_time(item.at("at"));
    event.event = one_of(item.at("event"), {"maintenance", "started", "detected", "investigation",
                                            "wrong_turn", "cause_found", "escalated", "repaired",
                                            "normal"});
    event.text = line_of(item.at("text"));
    if (!documented.timeline.empty() &&
        event.at.minutes < documented.timeline.back().at.minutes) {
      item.at("at").fail("earlier than the entry before it");
    }
    documented.timeline.push_back(event);
  }
  return documented;
}

Load read_load(const YamlNode& node) {
  node.allow({"users", "visiting_share", "visiting_share_reason", "writers", "reads_per_visit",
              "period_seconds", "think_seconds", "objective_ms", "timeout_ms"});
  Load load;
  if (const YamlNode* users = node.find("users")) {
    load.users = static_cast<int>(users->integer(1, 100'000));
  }
  if (const YamlNode* reads = node.find("reads_per_visit")) {
    load.reads_per_visit = static_cast<int>(reads->integer(0, 100));
  }
  load.visiting_share = optional_number(node, "visiting_share", load.visiting_share, 0.01, 1);
  load.visiting_share_reason = optional_line(node, "visiting_share_reason");
  load.writers = optional_number(node, "writers", load.writers, 0, 1);
  load.period_seconds = optional_number(node, "period_seconds", load.period_seconds, 1, 600);
  load.think_seconds = optional_number(node, "think_seconds", load.think_seconds, 0, 60);
  load.objective_ms = optional_number(node, "objective_ms", load.objective_ms, 10, 60'000);
  load.timeout_ms = optional_number(node, "timeout_ms", load.timeout_ms, 100, 120'000);
  if (load.timeout_ms < load.objective_ms) node.fail("timeout_ms is shorter than objective_ms");
  if (load.visiting_share < 1 && load.visiting_share_reason.empty()) {
    node.fail("a visiting_share below 1 is an assumption: give visiting_share_reason");
  }
  return load;
}

std::optional<double> given_number(const YamlNode& map, std::string_view key, double low,
                                   double high) {
  const YamlNode* node = map.find(key);
  return node ? std::optional<double>(node->number(low, high)) : std::nullopt;
}

Expected read_expected(const YamlNode& node) {
  Expected expected;
  expected.arithmetic =
      one_of(node.at("arithmetic"), {"total_outage", "slow_reads", "failing_reads", "shed_load"});
  std::vector<std::string> keys = {"arithmetic", "because", "outage_seconds"};
  if (expected.arithmetic == "slow_reads") {
    keys.insert(keys.end(), {"connections", "retry_round_ms", "order_budget_ms"});
  }
  if (expected.arithmetic == "failing_reads") keys.push_back("failing_read_share");
  if (expected.arithmetic == "shed_load") {
    keys = {"arithmetic", "because", "connections", "hold_ms", "capacity_per_second", "factor"};
  }
  node.allow(keys);
  expected.because = line_of(node.at("because"));
  expected.outage_seconds = given_number(node, "outage_seconds", 0.1, 86'400);
  expected.retry_round_ms = given_number(node, "retry_round_ms", 1, 600'000);
  expected.order_budget_ms = given_number(node, "order_budget_ms", 1, 600'000);
  expected.failing_read_share = given_number(node, "failing_read_share", 0, 1);
  expected.connections = given_number(node, "connections", 1, 100'000);
  expected.hold_ms = given_number(node, "hold_ms", 0.01, 600'000);
  expected.capacity_per_second = given_number(node, "capacity_per_second", 0.01, 1'000'000);
  expected.factor = optional_number(node, "factor", 1, 0.1, 20);
  if (expected.arithmetic == "slow_reads") {
    for (const char* key : {"connections", "retry_round_ms", "order_budget_ms", "outage_seconds"}) {
      node.at(key);
    }
  }
  if (expected.arithmetic == "failing_reads") {
    node.at("failing_read_share");
    node.at("outage_seconds");
  }
  const bool by_pool = expected.connections && expected.hold_ms;
  if (expected.arithmetic == "shed_load" && by_pool == expected.capacity_per_second.has_value()) {
    node.fail("shed_load takes `capacity_per_second`, or `connections` and `hold_ms`");
  }
  return expected;
}

Escalation read_escalation(const YamlNode& node, const Taxonomy& taxonomy) {
  node.allow({"right_teams", "within_minutes", "severities", "ack_within_minutes",
              "first_update_minutes", "update_every_minutes"});
  Escalation policy;
  for (const YamlNode& team : node.at("right_teams").list()) {
    policy.right_teams.push_back(named(team, taxonomy, "team"));
  }
  for (const YamlNode& severity : node.at("severities").list()) {
    policy.severities.push_back(named(severity, taxonomy, "severity"));
  }
  policy.within_minutes = node.at("within_minutes").number(0, 1440);
  policy.ack_within_minutes =
      optional_number(node, "ack_within_minutes", policy.ack_within_minutes, 0, 1440);
  policy.first_update_minutes =
      optional_number(node, "first_update_minutes", policy.first_update_minutes, 0, 1440);
  policy.update_every_minutes =
      optional_number(node, "update_every_minutes", policy.update_every_minutes, 1, 1440);
  return policy;
}

void read_belief(const YamlNode& node, const Taxonomy& taxonomy, ResponderAct& act) {
  node.allow({"component", "class", "mechanism", "also", "trigger"});
  act.belief_component = optional_named(node, "component", taxonomy, "component");
  act.belief_class = optional_named(node, "class", taxonomy, "class");
  act.belief_mechanism = optional_named(node, "mechanism", taxonomy, "mechanism");
  act.belief_trigger = optional_named(node, "trigger", taxonomy, "trigger");
  act.belief_also = read_mechanisms(node, "also", taxonomy);
}

ResponderAct read_act(const YamlNode& node, const Taxonomy& taxonomy, const Variant& documented) {
  node.allow({"at", "act", "who", "target", "commands", "team", "using", "text", "belief",
              "severity", "next_minutes"});
  ResponderAct act;
  act.where = node.place();
  act.path = node.path();
  act.at = read_time(node.at("at"));
  act.act = one_of(node.at("act"),
                   {"ack", "declare", "inspect", "change", "conclude", "escalate", "update",
                    "repair"});
  act.who = line_of(node.at("who"));
  act.text = line_of(node.at("text"));
  act.target = optional_named(node, "target", taxonomy, "component");
  act.team = optional_named(node, "team", taxonomy, "team");
  if (act.act == "declare") act.severity = named(node.at("severity"), taxonomy, "severity");
  else if (node.find("severity")) node.at("severity").fail("only to declare takes one");
  if (node.find("next_minutes")) {
    if (act.act != "update") node.at("next_minutes").fail("only an update promises the next");
    act.next_minutes = node.at("next_minutes").number(1, 1440);
  }
  if (const YamlNode* commands = node.find("commands")) act.commands = commands->strings();
  if (const YamlNode* belief = node.find("belief")) read_belief(*belief, taxonomy, act);
  const bool runs_commands = act.act == "inspect" || act.act == "change";
  if (runs_commands && (act.target.empty() || act.commands.empty())) {
    node.fail("to " + act.act + " takes `target` and `commands`");
  }
  if (act.act == "escalate" && act.team.empty()) node.fail("to escalate takes a `team`");
  if (act.act == "conclude" && act.belief_mechanism.empty()) {
    node.fail("to conclude takes a `belief` with a mechanism");
  }
  if (act.act == "repair") {
    const YamlNode& name = node.at("using");
    act.using_repair = name.string();
    std::vector<std::string> ids;
    for (const Repair& repair : documented.repairs) ids.push_back(repair.id);
    if (std::find(ids.begin(), ids.end(), act.using_repair) == ids.end()) {
      const std::string near = nearest_name(act.using_repair, ids);
      name.fail("no repair of the first variant has the id `" + act.using_repair + "`" +
                (near.empty() ? "" : ": did you mean `" + near + "`?"));
    }
  } else if (node.find("using")) {
    node.at("using").fail("only a repair uses one");
  }
  return act;
}

std::vector<ResponderAct> read_responders(const YamlNode& list, const Taxonomy& taxonomy,
                                          const Variant& documented) {
  std::vector<ResponderAct> acts;
  for (const YamlNode& node : list.list()) {
    acts.push_back(read_act(node, taxonomy, documented));
    if (acts.size() > 1 && acts.back().at.minutes < acts[acts.size() - 2].at.minutes) {
      node.at("at").fail("earlier than the act before it");
    }
  }
  return acts;
}

// What all variants share is written once, beside them.
void read_variants(const YamlNode& root, const Taxonomy& taxonomy, Scenario& scenario) {
  std::vector<TimelineEntry> common;
  std::vector<Misdiagnosis> wrong;
  if (const YamlNode* timeline = root.find("timeline")) common = read_timeline(*timeline, taxonomy);
  if (const YamlNode* list = root.find("misdiagnoses")) wrong = read_misdiagnoses(*list, taxonomy);
  const YamlNode& twin = root.at("twin");
  twin.allow({"ticket", "timeline", "evidence", "told_by", "hints"});
  std::vector<TimelineEntry> twin_timeline;
  if (const YamlNode* instead = twin.find("timeline")) {
    twin_timeline = read_timeline(*instead, taxonomy);
  }
  std::vector<std::string> twin_hints;
  if (const YamlNode* hints = twin.find("hints")) {
    for (const YamlNode& hint : hints->list()) twin_hints.push_back(line_of(hint));
  }
  scenario.twin_ticket = line_of(twin.at("ticket"));
  const std::vector<EvidenceSet> twin_evidence = read_evidence(twin.at("evidence"));
  const std::vector<Distinguisher> twin_told_by = read_told_by(twin, taxonomy, {"verdict"});
  std::set<std::string> ids;
  for (const YamlNode& node : root.at("variants").list()) {
    Variant variant = read_variant(node, taxonomy);
    if (!ids.insert(variant.id).second) node.at("id").fail("another variant has this id");
    variant.timeline.insert(variant.timeline.begin(), common.begin(), common.end());
    std::stable_sort(variant.timeline.begin(), variant.timeline.end(),
                     [](const TimelineEntry& a, const TimelineEntry& b) {
                       return a.at.minutes < b.at.minutes;
                     });
    variant.misdiagnoses.insert(variant.misdiagnoses.end(), wrong.begin(), wrong.end());
    variant.twin_timeline = twin_timeline;
    variant.twin_evidence = twin_evidence;
    variant.twin_told_by = twin_told_by;
    variant.twin_hints = twin_hints;
    if (!twin_hints.empty() && twin_hints.size() != variant.hints.size()) {
      twin.at("hints").fail("as many are wanted as each variant has, " +
                            std::to_string(variant.hints.size()) +
                            ", so that their number tells nothing");
    }
    check_loaded_variant(node, variant);
    scenario.variants.push_back(std::move(variant));
  }
  if (scenario.variants.empty()) root.at("variants").fail("the list is empty");
}

}  // namespace

Scenario loading::read_scenario(const YamlNode& root, const std::filesystem::path& file,
                                const Taxonomy& taxonomy) {
  root.allow({"id", "ticket", "twin", "opening", "alerts", "probe", "draws", "documented", "load",
              "yesterday", "expected", "everyday", "timeline", "misdiagnoses", "variants", "responders", "escalation",
              "distractors"});
  Scenario scenario;
  scenario.file = file;
  scenario.catalogue = taxonomy.catalogue.name;
  scenario.id = read_id(root.at("id"));
  scenario.ticket = line_of(root.at("ticket"));
  scenario.alerts = read_id(root.at("alerts"));
  scenario.alerts_where = root.at("alerts").place();
  scenario.probe = one_of(root.at("probe"), {"write", "read"});
  scenario.documented = read_documented(root.at("documented"));
  scenario.load = read_load(root.at("load"));
  const YamlNode* yesterday = root.find("yesterday");
  scenario.yesterday = yesterday ? one_of(*yesterday, {"usual", "calm", "small"}) : "usual";
  if (const YamlNode* expected = root.find("expected")) {
    scenario.expected = read_expected(*expected);
  }
  if (const YamlNode* opening = root.find("opening")) {
    opening->allow({"alert", "in_twin"});
    scenario.first_alert = line_of(opening->at("alert"));
    scenario.passing = read_entry(opening->at("in_twin"), taxonomy, false);
    if (scenario.passing.decoy.empty()) opening->at("in_twin").fail("a `decoy` is wanted");
  }
  read_variants(root, taxonomy, scenario);
  if (const YamlNode* responders = root.find("responders")) {
    scenario.responders = read_responders(*responders, taxonomy, scenario.variants.front());
  }
  scenario.escalation = read_escalation(root.at("escalation"), taxonomy);
  if (const YamlNode* facts = root.find("distractors")) scenario.distractors = facts->strings();
  return scenario;
}

}  // namespace gameday
