#include "report/replay_document.hpp"

#include "journal/events.hpp"
#include "journal/void.hpp"
#include "report/verdict.hpp"

namespace gameday {

namespace {

json::object impact_of(const Journal& journal) {
  json::object impact;
  const auto take = [](const Event* from, json::object& into) {
    if (!from) return;
    for (const char* key :
         {"seconds", "users_affected_percent", "visitors_affected_percent",
          "requests_failed_percent", "requests_slow_percent", "goodput_lost_percent",
          "reads_offered", "reads_failed", "reads_slow", "writes_offered", "writes_failed",
          "users_failed_percent", "p50_ms", "p99_ms", "reads_p99_ms", "max_send_lateness_ms"}) {
      if (const json::value* value = from->data.if_contains(key)) into[key] = *value;
    }
  };
  take(journal.interval("outage"), impact);
  json::object baseline, settle;
  take(journal.interval("baseline"), baseline);
  take(journal.interval("settle"), settle);
  const auto success = outage_success_percent(journal);
  impact["outage_success_percent"] = success ? json::value(rounded(*success, 2)) : nullptr;
  impact["baseline"] = baseline;
  impact["settle"] = settle;
  return impact;
}

json::object documented_of(const Scenario& scenario) {
  const Documented& documented = scenario.documented;
  json::object object;
  object["source"] = documented.source;
  object["start"] = documented.start.text;
  object["end"] = documented.end.text;
  if (documented.users_affected_percent) {
    object["users_affected_percent"] = *documented.users_affected_percent;
  }
  if (documented.goodput_lost_percent) {
    object["goodput_lost_percent"] = *documented.goodput_lost_percent;
  }
  if (documented.success_below_percent) {
    object["success_below_percent"] = *documented.success_below_percent;
  }
  object["root_cause"] = documented.root_cause;
  return object;
}

// What the measured figures rest on and no document says.
json::array assumptions_of(const Scenario& scenario) {
  json::array assumptions;
  if (scenario.load.visiting_share < 1) {
    assumptions.push_back(json::object{{"name", "visiting_share"},
                                       {"value", scenario.load.visiting_share},
                                       {"reason", scenario.load.visiting_share_reason}});
  }
  return assumptions;
}

// What happened, in machine seconds from the verified effect.
json::array timeline_of(const Journal& journal, double verified_at) {
  json::array timeline;
  const auto add = [&](double at, const std::string& event, const std::string& documented_at) {
    json::object entry;
    entry["at_seconds"] = rounded(at - verified_at, 2);
    entry["event"] = event;
    if (!documented_at.empty()) entry["documented_at"] = documented_at;
    timeline.push_back(std::move(entry));
  };
  for (const Event& event : journal.events) {
    if (event.kind == events::kPage) {
      add(event.at_seconds, "page: " + string_or(event.data, "summary", ""), "");
    } else if (event.kind == events::kAct) {
      std::string text = string_or(event.data, "who", "") + ": " + string_or(event.data, "act", "");
      if (const std::string target = string_or(event.data, "target", ""); !target.empty()) {
        text += " " + target;
      }
      if (const std::string what = string_or(event.data, "text", ""); !what.empty()) {
        text += ": " + what;
      }
      add(event.at_seconds, text, string_or(event.data, "documented_at", ""));
    } else if (event.kind == events::kServed) {
      const bool served = bool_or(event.data, "served", false);
      add(number_or(event.data, "since", event.at_seconds),
          served ? "users are served again" : "users are not served", "");
    } else if (event.kind == events::kVerified) {
      add(event.at_seconds, "effect seen by users: " + string_or(event.data, "detail", ""), "");
    }
  }
  return timeline;
}

json::array alerts_of_journal(const Journal& journal, double verified_at) {
  json::array alerts;
  for (const Event& event : journal.events) {
    if (event.kind != events::kAlert || string_or(event.data, "status", "") != "firing") continue;
    alerts.push_back(
        json::object{{"name", string_or(event.data, "name", "")},
                     {"severity", string_or(event.data, "severity", "")},
                     {"fired_after_seconds", rounded(event.at_seconds - verified_at, 2)}});
  }
  return alerts;
}

}  // namespace

json::object replay_document(const DrillPlan& plan, const std::string& plan_hash,
                             const Journal& journal, const json::object& score) {
  const double verified_at = journal.phase_at("verified");
  json::object document;
  document["scenario"] = plan.scenario.id;
  document["variant"] = plan.variant.id;
  document["twin"] = plan.twin;
  document["engine"] = plan.engine;
  document["seed"] = plan.seed;
  document["plan_hash"] = plan_hash;
  json::object draws;
  for (const Draw& draw : plan.scenario.draws) draws[draw.name] = draw.drawn;
  document["draws"] = std::move(draws);
  document["void"] = void_to_json(void_of(journal));
  document["stack_ready_seconds"] = journal.value(events::kStack, "ready_seconds");
  document["fault_verified_seconds"] = journal.value(events::kVerified, "after_seconds");
  document["impact"] = impact_of(journal);
  document["documented"] = documented_of(plan.scenario);
  document["assumptions"] = assumptions_of(plan.scenario);
  document["timeline"] = timeline_of(journal, verified_at);
  document["alerts"] = alerts_of_journal(journal, verified_at);
  document["score"] = score;
  document["orders"] =
      json::object{{"acknowledged", journal.value(events::kOrders, "acknowledged")},
                   {"lost", journal.value(events::kOrders, "lost")}};
  document["residue"] = journal.value(events::kResidue, "left");
  return document;
}

}  // namespace gameday
