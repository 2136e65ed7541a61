#include "drill/playable.hpp"

#include <algorithm>
#include <regex>

#include "core/error.hpp"
#include "drill/probes/stack_state.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

// Where an entry's key stands; where the entry does when it has none.
std::string place_of(const TimelineEntry& entry, const std::string& key) {
  const auto found = entry.places.find(key);
  return found == entry.places.end() ? entry.where + ": " + key : found->second;
}

// A stack of another company may lack some of the names that faults declare.
std::vector<std::string> hosts_named(const Topology& topology, std::string_view name) {
  try {
    return resolve_target(topology, std::string(name));
  } catch (const Error&) {
    return {};
  }
}

bool is_target(const FaultKind& kind, const Topology& topology, const std::string& host) {
  return std::any_of(kind.targets.begin(), kind.targets.end(), [&](std::string_view name) {
    const std::vector<std::string> hosts = hosts_named(topology, name);
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
  });
}

void check_host(const std::string& where, const std::string& name, const Topology& topology) {
  try {
    if (!name.empty()) resolve_target(topology, name);
  } catch (const Error& error) {
    throw usage_error(where + ": target: " + error.what());
  }
}

// A change log ends with the fault, and decoys are done before it: what is dated later is never
// seen, or is seen too early.
void check_dates(const Variant& variant) {
  const TimelineEntry* fault = nullptr;
  for (const TimelineEntry& entry : variant.timeline) {
    if (!fault && !entry.fault.empty()) fault = &entry;
    if (!fault || !entry.fault.empty() || entry.at.minutes <= fault->at.minutes) continue;
    const std::string what = entry.change.empty() ? "the decoy " + entry.decoy
                                                  : "the change \"" + entry.change + "\"";
    throw usage_error(place_of(*fault, "at") + ": " + fault->fault + " comes at " +
                      fault->at.text + ", before " + what + " of " + entry.at.text + " (" +
                      entry.where + "), which nobody would find in the change log: date the fault "
                      "after what brought it, and everything else before the fault");
  }
}

void check_evidence(const std::vector<EvidenceSet>& evidence, const Topology& topology) {
  for (const EvidenceSet& set : evidence) {
    for (const EvidencePredicate& one : set.all) {
      if (one.host.empty()) continue;
      const std::regex pattern(one.host, std::regex::ECMAScript | std::regex::icase);
      std::string names;
      bool found = false;
      for (const HostSpec& host : topology.hosts) {
        // It simulates the users, and nobody can enter it.
        if (host.role == "clients") continue;
        found = found || std::regex_search(host.name, pattern);
        names += (names.empty() ? "" : ", ") + host.name;
      }
      if (found) continue;
      throw usage_error(one.host_where + ": no host that a trainee can enter has a name like `" +
                        one.host + "`, so nothing ever proves `" + set.name + "`: name one of " +
                        names);
    }
  }
}

// Every act that is a wrong turn by the document, or changes something, is one to a replay as well.
void check_wrong_turns(const Scenario& scenario) {
  const Truth& truth = scenario.variants.front().truth;
  const auto documented = [&](const ResponderAct& act) {
    const auto& events = scenario.documented.timeline;
    return std::any_of(events.begin(), events.end(), [&](const DocumentedEvent& event) {
      return event.event == "wrong_turn" && event.at.minutes == act.at.minutes;
    });
  };
  bool concluded = false;
  for (const ResponderAct& act : scenario.responders) {
    concluded = concluded || act.act == "conclude";
    if (act.act != "change" && (act.act != "inspect" || !documented(act))) continue;
    const bool counts = is_wrong_turn(truth, act.belief_class, act.belief_mechanism);
    if (counts && !concluded) continue;
    // Further looks of the same moment may believe nothing of their own.
    const bool another = act.act == "inspect" &&
                         std::any_of(scenario.responders.begin(), scenario.responders.end(),
                                     [&](const ResponderAct& other) {
                                       return &other != &act &&
                                              other.at.minutes == act.at.minutes &&
                                              is_wrong_turn(truth, other.belief_class,
                                                            other.belief_mechanism);
                                     });
    if (another) continue;
    const std::string why =
        concluded ? "it comes after the cause was stated: date it before the act `conclude`"
        : act.belief_class.empty()
            ? "it says no class that was wrongly believed: give `belief: {class: ...}`"
        : act.belief_class == truth.cls
            ? "the class that it believes is the right one, " + truth.cls +
                  ": give the one that was wrongly believed"
            : "it believes a mechanism already: leave `mechanism` to the act `conclude`";
    throw usage_error(act.where + ": " + act.path +
                      ".belief: a replay does not count this wrong turn: " + why);
  }
}

}  // namespace

void check_entry(const TimelineEntry& entry, const Topology& topology) {
  const std::string& name = entry.fault.empty() ? entry.decoy : entry.fault;
  if (name.empty()) return;
  const FaultKind* kind = find_fault(name);
  if (!kind || kind->decoy != entry.fault.empty()) {
    throw usage_error(place_of(entry, entry.fault.empty() ? "decoy" : "fault") + ": " + name +
                      ": nothing does that yet: see `gameday scenarios faults`, or write it as "
                      "docs/writing-a-fault.md says");
  }
  if (const auto refused = refused_parameter(*kind, entry.parameters)) {
    throw usage_error(place_of(entry, refused->name) + ": " + name + ": " + refused->name + ": " +
                      refused->why);
  }
  try {
    for (const std::string& host : resolve_target(topology, entry.target)) {
      if (!is_target(*kind, topology, host)) {
        throw usage_error(name + ": " + host + " is no place where it does anything: choose " +
                          joined(kind->targets));
      }
      make_fault(name, FaultTarget{host, entry.parameters})->check(topology);
    }
  } catch (const Error& error) {
    throw usage_error(place_of(entry, "target") + ": " + error.what());
  }
}

void check_playable(const Scenario& scenario, const Topology& topology) {
  for (const Variant& variant : scenario.variants) {
    for (const TimelineEntry& entry : variant.timeline) check_entry(entry, topology);
    for (const TimelineEntry& entry : variant.twin_timeline) check_entry(entry, topology);
    check_dates(variant);
    check_evidence(variant.evidence, topology);
    check_evidence(variant.twin_evidence, topology);
    for (const Repair& repair : variant.repairs) {
      for (const Repair::Step& step : repair.steps) check_host(repair.where, step.target, topology);
    }
  }
  check_entry(scenario.passing, topology);
  for (const ResponderAct& act : scenario.responders) {
    if (!act.commands.empty()) check_host(act.where, act.target, topology);
  }
  check_wrong_turns(scenario);
}

void check_playable(const std::vector<Scenario>& draws, const Topology& topology) {
  const auto why_not = [&](const Scenario& scenario) -> std::string {
    try {
      check_playable(scenario, topology);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  for (const Scenario& scenario : draws) {
    const std::string why = why_not(scenario);
    if (why.empty()) continue;
    std::string drawn;
    for (const Draw& draw : scenario.draws) {
      drawn += (drawn.empty() ? "" : ", ") + draw.name + "=" + draw.drawn;
    }
    // What is wrong with the last values of all draws, too, has nothing to do with them.
    const bool always = &scenario == &draws.front() && why_not(draws.back()) == why;
    throw usage_error(always || drawn.empty() ? why : why + " (drawn: " + drawn + ")");
  }
}

std::vector<std::string> giveaway_words() {
  std::vector<std::string> words;
  for (const FaultKind& kind : registry()) {
    for (const std::string_view word : kind.giveaways) {
      if (std::find(words.begin(), words.end(), word) == words.end()) words.emplace_back(word);
    }
  }
  return words;
}

}  // namespace gameday
