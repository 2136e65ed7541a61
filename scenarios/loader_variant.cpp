// One mechanism behind a symptom: its timeline, truth, evidence, repairs and hints.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "scenarios/loader.hpp"
#include "scenarios/pattern.hpp"

namespace gameday::loading {

namespace {

constexpr size_t kMaxHints = 4;

std::string read_pattern(const YamlNode& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  if (!node) return "";
  const std::string pattern = node->string();
  try {
    const std::regex compiled(pattern, std::regex::ECMAScript | std::regex::icase);
  } catch (const std::regex_error& error) {
    node->fail(std::string("not a regular expression: ") + error.what());
  }
  if (!a_line_can_match(pattern)) {
    node->fail("no line can match it: something must stand before its `^` or behind its `$`, or it "
               "asks for a line's end: each line is searched by itself, so ask for one line's text");
  }
  return pattern;
}

std::map<std::string, std::vector<std::string>> read_equivalents(const YamlNode& map,
                                                                 const Taxonomy& taxonomy) {
  map.allow({"component", "class", "mechanism", "trigger"});
  std::map<std::string, std::vector<std::string>> equivalents;
  for (const YamlMember& member : map.members()) {
    for (const YamlNode& value : member.value.list()) {
      equivalents[member.key].push_back(named(value, taxonomy, member.key));
    }
  }
  return equivalents;
}

Truth read_truth(const YamlNode& node, const Taxonomy& taxonomy) {
  node.allow({"component", "class", "mechanism", "also", "trigger", "equivalents", "siblings",
              "cousins", "causal_path"});
  Truth truth;
  truth.component = named(node.at("component"), taxonomy, "component");
  truth.cls = named(node.at("class"), taxonomy, "class");
  truth.mechanism = named(node.at("mechanism"), taxonomy, "mechanism");
  truth.trigger = named(node.at("trigger"), taxonomy, "trigger");
  truth.also = read_mechanisms(node, "also", taxonomy);
  truth.siblings = read_mechanisms(node, "siblings", taxonomy);
  truth.cousins = read_mechanisms(node, "cousins", taxonomy);
  truth.equivalents = read_equivalents(node.at("equivalents"), taxonomy);
  if (const YamlNode* path = node.find("causal_path")) {
    for (const YamlMember& member : path->members()) {
      if (taxonomy.canonical("component", member.key) != member.key) {
        member.value.fail("unknown component");
      }
      truth.causal_path[member.key] = static_cast<int>(member.value.integer(1, 9));
    }
  }
  return truth;
}

// The services that a line hands to `sv` to end or restart them.
std::vector<std::string> restarted_by(const std::string& line) {
  static const std::regex pattern(
      R"(\bsv +(?:-w *\d+ +)?(?:restart|term|down|stop|kill|t|d) +([^;&|>]+))");
  std::vector<std::string> services;
  std::smatch match;
  if (!std::regex_search(line, match, pattern)) return services;
  std::istringstream words(match[1]);
  for (std::string word; words >> word;) services.push_back(word.substr(word.rfind('/') + 1));
  return services;
}

// Names what a command of the step restarts; what its programs restart by themselves is told there
// as well.
void read_restarts(const YamlNode& node, Repair::Step& step) {
  if (const YamlNode* list = node.find("restarts")) step.restarts = list->strings();
  for (const std::string& command : step.commands) {
    for (const std::string& service : restarted_by(command)) {
      const bool told = std::find(step.restarts.begin(), step.restarts.end(), service) !=
                        step.restarts.end();
      if (!told) node.at("commands").fail("`restarts` does not list `" + service + "`");
    }
  }
}

Repair::Step read_step(const YamlNode& node, const Taxonomy& taxonomy) {
  Repair::Step step;
  step.target = named(node.at("target"), taxonomy, "component");
  step.commands = node.at("commands").strings();
  if (step.commands.empty()) node.at("commands").fail("the list is empty");
  read_restarts(node, step);
  return step;
}

// `target` and `commands`, or a list of such `steps` where a repair takes several hosts.
std::vector<Repair::Step> read_steps(const YamlNode& node, const Taxonomy& taxonomy) {
  const YamlNode* list = node.find("steps");
  if (!list) return {read_step(node, taxonomy)};
  if (const YamlNode* target = node.find("target")) target->fail("`steps` have their own");
  for (const char* key : {"commands", "restarts"}) {
    if (const YamlNode* given = node.find(key)) given->fail("`steps` have their own");
  }
  std::vector<Repair::Step> steps;
  for (const YamlNode& item : list->list()) {
    item.allow({"target", "commands", "restarts"});
    steps.push_back(read_step(item, taxonomy));
  }
  if (steps.empty()) list->fail("the list is empty");
  return steps;
}

std::vector<Repair> read_repairs(const YamlNode& list, const Taxonomy& taxonomy) {
  std::vector<Repair> repairs;
  std::set<std::string> ids;
  for (const YamlNode& node : list.list()) {
    node.allow({"id", "text", "target", "commands", "steps", "restarts", "rung"});
    Repair repair;
    repair.where = node.place();
    repair.id = line_of(node.at("id"));
    if (!ids.insert(repair.id).second) node.at("id").fail("another repair has this id");
    repair.text = line_of(node.at("text"));
    repair.steps = read_steps(node, taxonomy);
    repair.rung = node.at("rung").number(0, 1);
    if (repair.rung != 0.4 && repair.rung != 0.7 && repair.rung != 1.0) {
      node.at("rung").fail("must be 0.4, 0.7 or 1.0");
    }
    repairs.push_back(repair);
  }
  return repairs;
}

std::vector<Hint> read_hints(const YamlNode& list) {
  std::vector<Hint> hints;
  for (const YamlNode& node : list.list()) {
    node.allow({"price", "text"});
    if (hints.size() == kMaxHints) node.fail("at most four hints");
    Hint hint;
    hint.price = node.at("price").number(0, 1);
    hint.text = line_of(node.at("text"));
    if (!hints.empty() && hint.price >= hints.back().price) {
      node.at("price").fail("each hint leaves less than the one before");
    }
    hints.push_back(hint);
  }
  return hints;
}

// Whether a value is the truth of a field or as good as it.
bool is_right(const Truth& truth, const std::string& field, const std::string& own,
              const std::string& value) {
  if (value == own) return true;
  const auto found = truth.equivalents.find(field);
  return found != truth.equivalents.end() &&
         std::find(found->second.begin(), found->second.end(), value) != found->second.end();
}

}  // namespace

std::vector<std::string> read_mechanisms(const YamlNode& map, std::string_view key,
                                         const Taxonomy& taxonomy) {
  std::vector<std::string> mechanisms;
  if (const YamlNode* list = map.find(key)) {
    for (const YamlNode& value : list->list()) {
      mechanisms.push_back(named(value, taxonomy, "mechanism"));
    }
  }
  return mechanisms;
}

std::vector<EvidenceSet> read_evidence(const YamlNode& list) {
  std::vector<EvidenceSet> sets;
  for (const YamlNode& node : list.list()) {
    node.allow({"name", "all"});
    EvidenceSet set;
    set.name = line_of(node.at("name"));
    for (const YamlNode& item : node.at("all").list()) {
      item.allow({"command", "output", "host"});
      EvidencePredicate predicate{read_pattern(item, "command"), read_pattern(item, "output"),
                                  read_pattern(item, "host")};
      if (const YamlNode* host = item.find("host")) {
        predicate.host_where = host->place() + ": " + host->path();
      }
      if (predicate.command.empty() && predicate.output.empty()) {
        item.fail("a predicate needs `command` or `output`: any observation would do");
      }
      set.all.push_back(predicate);
    }
    if (set.all.empty()) node.at("all").fail("the list is empty");
    sets.push_back(set);
  }
  return sets;
}

std::vector<Distinguisher> read_told_by(const YamlNode& map, const Taxonomy& taxonomy,
                                        const std::vector<std::string>& fields) {
  std::vector<Distinguisher> looks;
  const YamlNode* list = map.find("told_by");
  if (!list) return looks;
  std::set<std::string> told;
  for (const YamlNode& node : list->list()) {
    node.allow({"fields", "on", "command", "prints", "because"});
    Distinguisher look;
    for (const YamlNode& field : node.at("fields").list()) {
      look.fields.push_back(one_of(field, fields));
      told.insert(look.fields.back());
    }
    look.host = named(node.at("on"), taxonomy, "component");
    look.command = line_of(node.at("command"));
    look.prints = node.at("prints").string();
    while (look.prints.ends_with('\n')) look.prints.pop_back();
    if (look.prints.empty()) node.at("prints").fail("must not be empty");
    look.because = line_of(node.at("because"));
    looks.push_back(std::move(look));
  }
  for (const std::string& field : fields) {
    if (!told.contains(field)) list->fail("no look tells the " + field);
  }
  return looks;
}

TimelineEntry read_entry(const YamlNode& node, const Taxonomy& taxonomy, bool timed) {
  std::vector<std::string> keys = {"change", "decoy", "fault", "target"};
  if (timed) keys.insert(keys.end(), {"at", "files_at"});
  // Whatever else a fault or decoy carries are its parameters, which it judges itself.
  const bool acts = node.find("decoy") || node.find("fault");
  if (!acts) node.allow(keys);
  TimelineEntry entry;
  entry.where = node.place();
  if (timed) entry.at = read_time(node.at("at"));
  if (const YamlNode* files = timed ? node.find("files_at") : nullptr) {
    entry.files_at = read_time(*files);
    if (entry.files_at->minutes > entry.at.minutes) files->fail("later than `at`");
  }
  entry.change = optional_line(node, "change");
  entry.decoy = optional_named(node, "decoy", taxonomy, "decoy");
  entry.fault = optional_named(node, "fault", taxonomy, "mechanism");
  const int kinds = !entry.change.empty() + !entry.decoy.empty() + !entry.fault.empty();
  if (kinds != 1) node.fail("exactly one of `change`, `decoy` and `fault` is wanted");
  if (const YamlNode* target = node.find("target")) {
    entry.target = target->string();
    if (taxonomy.canonical("component", entry.target).empty()) {
      target->fail("unknown component `" + entry.target + "`");
    }
  } else if (!entry.fault.empty()) {
    node.fail("a fault needs a `target`");
  }
  for (const YamlMember& member : node.members()) {
    entry.places[member.key] = member.value.place() + ": " + member.value.path();
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    entry.parameters[member.key] = member.value.string();
  }
  return entry;
}

std::vector<TimelineEntry> read_timeline(const YamlNode& list, const Taxonomy& taxonomy) {
  std::vector<TimelineEntry> entries;
  for (const YamlNode& node : list.list()) {
    TimelineEntry entry = read_entry(node, taxonomy, true);
    if (!entries.empty() && entry.at.minutes < entries.back().at.minutes) {
      node.at("at").fail("earlier than the entry before it (" + entries.back().at.text + ")");
    }
    entries.push_back(entry);
  }
  return entries;
}

std::vector<Misdiagnosis> read_misdiagnoses(const YamlNode& list, const Taxonomy& taxonomy) {
  std::vector<Misdiagnosis> misdiagnoses;
  for (const YamlNode& node : list.list()) {
    node.allow({"component", "class", "mechanism", "cap", "killed_by", "feedback"});
    Misdiagnosis wrong;
    wrong.component = optional_named(node, "component", taxonomy, "component");
    wrong.cls = optional_named(node, "class", taxonomy, "class");
    wrong.mechanism = optional_named(node, "mechanism", taxonomy, "mechanism");
    if (wrong.component.empty() && wrong.cls.empty() && wrong.mechanism.empty()) {
      node.fail("`component`, `class` or `mechanism` is wanted");
    }
    wrong.cap = node.at("cap").number(0, 1);
    wrong.killed_by = line_of(node.at("killed_by"));
    wrong.feedback = line_of(node.at("feedback"));
    misdiagnoses.push_back(wrong);
  }
  return misdiagnoses;
}

Variant read_variant(const YamlNode& node, const Taxonomy& taxonomy) {
  node.allow({"id", "timeline", "truth", "misdiagnoses", "evidence", "told_by", "repairs",
              "hints"});
  Variant variant;
  variant.id = line_of(node.at("id"));
  variant.timeline = read_timeline(node.at("timeline"), taxonomy);
  variant.truth = read_truth(node.at("truth"), taxonomy);
  if (const YamlNode* wrong = node.find("misdiagnoses")) {
    variant.misdiagnoses = read_misdiagnoses(*wrong, taxonomy);
  }
  if (const YamlNode* evidence = node.find("evidence")) {
    variant.evidence = read_evidence(*evidence);
  }
  variant.told_by =
      read_told_by(node, taxonomy, {"component", "class", "mechanism", "trigger"});
  if (const YamlNode* repairs = node.find("repairs")) {
    variant.repairs = read_repairs(*repairs, taxonomy);
  }
  if (const YamlNode* hints = node.find("hints")) variant.hints = read_hints(*hints);
  return variant;
}

void check_loaded_variant(const YamlNode& node, const Variant& variant) {
  const Truth& truth = variant.truth;
  std::vector<std::string> parts = truth.also;
  parts.push_back(truth.mechanism);
  for (const std::string& part : parts) {
    const bool injected =
        std::any_of(variant.timeline.begin(), variant.timeline.end(),
                    [&](const TimelineEntry& entry) { return entry.fault == part; });
    if (!injected) {
      node.at("truth").fail("the mechanism `" + part + "` is no fault of the timeline");
    }
  }
  for (const Misdiagnosis& wrong : variant.misdiagnoses) {
    const bool caps_truth =
        (wrong.component.empty() ||
         is_right(truth, "component", truth.component, wrong.component)) &&
        (wrong.cls.empty() || is_right(truth, "class", truth.cls, wrong.cls)) &&
        (wrong.mechanism.empty() ||
         is_right(truth, "mechanism", truth.mechanism, wrong.mechanism));
    if (caps_truth) node.fail("a misdiagnosis matches the right answer: " + wrong.feedback);
  }
}

}  // namespace gameday::loading
