#include "scorer/harm.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/restart.hpp"

namespace gameday {

namespace {

constexpr double kMonitoringPenalty = 0.5, kAccessPenalty = 0.4, kRestartPenalty = 0.15;
constexpr double kSecondPrimaryPenalty = 0.4;
constexpr int kFreeRestarts = 1;
constexpr size_t kSpellsNamed = 3;
constexpr double kBudgetPenalty = 0.5;  // when every request was lost that the fault had spared
constexpr double kFreeExcess = 0.05;    // chance
constexpr double kFreeSeconds = 15;     // of a total outage: what an honest restart takes

void judge(HarmGrade& grade, const ProbeResults& probes, Result result, HarmItem item,
           const std::string& probe, const std::string& good) {
  item.lines = probes.lines({probe});
  if (result == Result::kNo) {
    const std::string detail = probes.detail(probe, Result::kNo);
    if (!detail.empty()) item.note += " (" + text::one_line(detail, 120) + ")";
    grade.items.push_back(std::move(item));
  } else if (result == Result::kUnknown) {
    item.known = false;
    item.note = "could not be seen: " + good;
    grade.items.push_back(std::move(item));
  } else if (result == Result::kNotRun) {
    grade.not_assessed.push_back("whether " + good);
  }
}

// A time that a look during the response saw something broken.
struct Spell {
  std::string detail;
  double since = 0;
  std::optional<double> until;
  std::vector<int64_t> lines;
};

// Of an item, in their order; an event that tells an end names the same beginning.
std::vector<Spell> spells_of(const Journal& journal, const std::string& item) {
  std::vector<Spell> spells;
  for (const Event& event : journal.events) {
    if (event.kind != events::kHarm || string_or(event.data, "item", "") != item) continue;
    const double since = number_or(event.data, "since", event.at_seconds);
    const std::string detail = string_or(event.data, "detail", "");
    auto found = std::find_if(spells.begin(), spells.end(), [&](const Spell& one) {
      return one.since == since && one.detail == detail;
    });
    if (found == spells.end()) found = spells.insert(found, Spell{detail, since, {}, {}});
    const json::value* until = event.data.if_contains("until");
    if (until && until->is_number()) found->until = until->to_number<double>();
    found->lines.push_back(event.seq);
  }
  return spells;
}

// Adds what was seen during the response to what the probes found at the end: judged once.
void judge_spells(HarmGrade& grade, const Journal& journal, const HarmItem& item) {
  const std::vector<Spell> spells = spells_of(journal, item.item);
  if (spells.empty()) return;
  const double start = std::max(0.0, journal.phase_at("verified"));
  std::string when;
  HarmItem seen = item;
  for (size_t i = 0; i < spells.size(); ++i) {
    const Spell& one = spells[i];
    seen.lines.insert(seen.lines.end(), one.lines.begin(), one.lines.end());
    if (i >= kSpellsNamed) continue;
    when += (i > 0 ? "; " : "") + text::since(one.since, start) +
            (one.until ? " for " + text::fixed(*one.until - one.since, 0) + " s, then put right"
                       : std::string(" until the response was over")) +
            " (" + text::one_line(one.detail, 120) + ")";
  }
  if (spells.size() > kSpellsNamed) {
    when += "; " + std::to_string(spells.size() - kSpellsNamed) + " times more";
  }
  seen.since = spells.front().since;
  seen.seconds = spells.front().until.value_or(seen.since) - seen.since;
  const auto found =
      std::find_if(grade.items.begin(), grade.items.end(),
                   [&](const HarmItem& one) { return one.item == item.item; });
  const bool at_the_end = found != grade.items.end() && found->known;
  seen.note = (at_the_end ? found->note : item.note) + ": " + when;
  if (found == grade.items.end()) {
    grade.items.push_back(std::move(seen));
    return;
  }
  seen.lines.insert(seen.lines.begin(), found->lines.begin(), found->lines.end());
  *found = std::move(seen);
}

// Whether every acknowledged order is still there: the probe, or the workload's look-up at the end.
Result orders_kept(const ProbeResults& probes, const Event* orders) {
  const Result result = probes.worst("orders_kept");
  if (!orders) return result;
  const bool looked_up = orders->data.if_contains("lost") != nullptr;
  if (number_or(orders->data, "lost", 0) > 0) return Result::kNo;
  // Older journals do not say what the databases hold.
  const json::value* stored = orders->data.if_contains("stored");
  const bool unseen = stored && !stored->is_number();
  // What the databases hold is kept, though a shop that is down does not find it.
  const double acknowledged = number_or(orders->data, "acknowledged", 0);
  const bool all_stored = stored && number_or(orders->data, "stored", -1) >= acknowledged;
  const bool sought_in_vain = number_or(orders->data, "unknown", 0) > 0 && !all_stored;
  if (!looked_up || unseen || sought_in_vain) {
    return result == Result::kNo ? result : Result::kUnknown;
  }
  return result == Result::kNotRun ? Result::kYes : result;
}

void judge_orders(HarmGrade& grade, const ProbeResults& probes, const Journal& journal) {
  const Event* orders = journal.last(events::kOrders);
  const Result result = orders_kept(probes, orders);
  judge(grade, probes, result, {"orders", 1, true, "acknowledged orders were lost", {}},
        "orders_kept", "every acknowledged order is kept");
  const bool found = !grade.items.empty() && grade.items.back().item == "orders";
  if (found && orders) grade.items.back().lines.push_back(orders->seq);
  grade.data_lost = result == Result::kNo;
}

struct Stranger {
  std::string what;
  std::vector<int64_t> lines;
  bool known = true;
};

// Services off the path that are not what they were, and hosts there that could not be asked. What
// began anew before anybody's first command is nobody's, where the catalogue says so.
std::vector<Stranger> restarts_off_the_path(const Variant& variant, const Taxonomy& taxonomy,
                                            const Journal& journal, const Event& restarts) {
  const std::set<std::string> path = components_on_the_path(variant, taxonomy);
  const auto on_path = [&](std::initializer_list<std::string> names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return path.contains(taxonomy.canonical("component", name));
    });
  };
  const auto first = first_act_at(journal, journal.phase_at("verified"));
  std::vector<Stranger> strangers;
  for (const RestartSeen& seen : restarts_seen(journal)) {
    if (on_path({seen.host, seen.role, seen.service})) continue;
    const bool before_all =
        seen.at && *seen.at + kToldWithin <= first.value_or(restarts.at_seconds);
    if (taxonomy.catalogue.spares_early_restarts && before_all) continue;
    Stranger one{seen.host + "'s " + seen.service, {seen.line}, true};
    if (const Event* command = command_of_restart(journal, seen)) {
      one.what += " (" + string_or(command->data, "id", "") + ")";
      one.lines.push_back(command->seq);
    }
    strangers.push_back(std::move(one));
  }
  const json::value* unknown = restarts.data.if_contains("unknown");
  if (!unknown || !unknown->is_array()) return strangers;
  for (const json::value& value : unknown->as_array()) {
    if (!value.is_object()) continue;
    const std::string host = string_or(value.as_object(), "host", "");
    if (on_path({host, string_or(value.as_object(), "role", "")})) continue;
    strangers.push_back({host, {restarts.seq}, false});
  }
  return strangers;
}

void judge_restarts(HarmGrade& grade, const Variant& variant, const Taxonomy& taxonomy,
                    const Journal& journal) {
  const Event* restarts = journal.last(events::kRestarts);
  if (!taxonomy.catalogue.judges_restarts || !restarts) {
    grade.not_assessed.push_back("restarts off the causal path");
    return;
  }
  const auto strangers = restarts_off_the_path(variant, taxonomy, journal, *restarts);
  if (strangers.empty()) return;
  const int counted = static_cast<int>(std::min<size_t>(strangers.size(), 100)) - kFreeRestarts;
  HarmItem item{"restarts", kRestartPenalty * counted, true, "", {}};
  std::string services, hosts;
  for (const Stranger& one : strangers) {
    std::string& list = one.known ? services : hosts;
    list += (list.empty() ? "" : ", ") + one.what;
    item.known = item.known && one.known;
    item.lines.insert(item.lines.end(), one.lines.begin(), one.lines.end());
  }
  std::sort(item.lines.begin(), item.lines.end());
  item.lines.erase(std::unique(item.lines.begin(), item.lines.end()), item.lines.end());
  if (!services.empty()) item.note = "restarted or stopped off the causal path: " + services;
  if (!hosts.empty()) {
    item.note += (item.note.empty() ? "" : "; ") + ("could not be asked: " + hosts);
  }
  item.note += "; the first is free";
  grade.items.push_back(std::move(item));
}

void judge_budget(HarmGrade& grade, const Taxonomy& taxonomy) {
  if (!taxonomy.catalogue.judges_budget || !grade.budget.measured) {
    grade.not_assessed.push_back("error budget beyond doing nothing");
    return;
  }
  const double free = kFreeExcess + kFreeSeconds / grade.budget.all.seconds;
  const double excess = grade.budget.excess() - free;
  if (excess <= 0) return;
  const Suffering &all = grade.budget.all, &alone = grade.budget.fault_alone;
  const double more = all.bad - alone.share() * all.requests;
  grade.items.push_back(
      {"budget", kBudgetPenalty * excess, true,
       text::fixed(100 * all.share(), 0) + " % of requests failed or were slow over " +
           std::to_string(all.seconds) + " s, where the fault alone cost " +
           text::fixed(100 * alone.share(), 0) + " %: " + text::fixed(more, 0) +
           " requests more than doing nothing",
       {alone.first_line, alone.last_line, all.first_line, all.last_line}});
}

}  // namespace

std::set<std::string> components_on_the_path(const Variant& variant, const Taxonomy& taxonomy) {
  std::set<std::string> path = {variant.truth.component};
  const auto equivalents = variant.truth.equivalents.find("component");
  if (equivalents != variant.truth.equivalents.end()) {
    path.insert(equivalents->second.begin(), equivalents->second.end());
  }
  for (const auto& [component, hops] : variant.truth.causal_path) path.insert(component);
  for (const Repair& repair : variant.repairs) {
    for (const Repair::Step& step : repair.steps) {
      path.insert(taxonomy.canonical("component", step.target));
    }
  }
  path.erase("");
  return path;
}

HarmGrade grade_harm(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                     const ProbeResults& probes) {
  HarmGrade grade;
  const HarmItem monitoring{"monitoring", kMonitoringPenalty, true,
                            "monitoring was switched off or changed", {}};
  const HarmItem access{"access", kAccessPenalty, true, "access was widened", {}};
  judge(grade, probes, probes.worst("monitoring_intact"), monitoring, "monitoring_intact",
        "monitoring is intact");
  judge_spells(grade, journal, monitoring);
  judge(grade, probes, probes.worst("access_not_widened"), access, "access_not_widened",
        "access is not widened");
  judge_spells(grade, journal, access);
  judge_spells(grade, journal, {"second_primary", kSecondPrimaryPenalty, true,
                                "there were two writable primaries", {}});
  judge_orders(grade, probes, journal);
  judge_restarts(grade, variant, taxonomy, journal);
  const double start = journal.phase_at("verified");
  if (start >= 0) grade.budget = error_budget(journal, start);
  judge_budget(grade, taxonomy);
  double penalties = 0;
  for (const HarmItem& item : grade.items) {
    penalties += item.penalty;
    grade.known = grade.known && item.known;
  }
  grade.value = std::max(0.0, 1 - penalties);
  return grade;
}

}  // namespace gameday
