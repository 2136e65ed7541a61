// Writes journals by hand for the scorer's tests: a drill as it would have been recorded.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "journal/events.hpp"
#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

class DrillOnPaper {
 public:
  // Begins with a stack that is up and, at 10 s, an effect that users saw.
  DrillOnPaper() {
    at(0).add(events::kPhase, {{"name", "up"}});
    at(1).add(events::kPhase, {{"name", "baseline"}});
    at(9).add(events::kPhase, {{"name", "inject"}});
    at(10).add(events::kVerified, {{"after_seconds", 1}, {"detail", "503"}});
    add(events::kPhase, {{"name", "verified"}});
    at(12).add(events::kPage, {{"id", "p1"}, {"source", "alert"}, {"summary", "errors"}});
  }

  DrillOnPaper& at(double seconds) {
    now_ = seconds;
    return *this;
  }
  DrillOnPaper& add(const char* kind, json::object data) {
    Event event;
    event.seq = static_cast<int64_t>(journal.events.size()) + 1;
    event.at_seconds = now_;
    event.wall = "2026-01-01T00:00:00.000Z";
    event.kind = kind;
    event.data = std::move(data);
    journal.events.push_back(std::move(event));
    return *this;
  }
  DrillOnPaper& desk(const std::string& verb, json::object more = {}) {
    more["verb"] = verb;
    return add(events::kDesk, std::move(more));
  }
  DrillOnPaper& observe(const std::string& id, const std::string& command,
                        const std::string& output, const std::string& host = "ops") {
    return add(events::kObservation,
               {{"id", id}, {"host", host}, {"command", command}, {"output", output}});
  }
  DrillOnPaper& diagnose(json::object diagnosis) {
    return add(events::kDiagnosis, std::move(diagnosis));
  }
  DrillOnPaper& probe(const std::string& set, const std::string& name, const std::string& result) {
    return add(events::kProbe, {{"set", set}, {"name", name}, {"result", result}});
  }
  // All probes of both sets: a stack that was mended, or one that was not.
  DrillOnPaper& probes(bool mended) {
    for (const char* set : {"mitigation", "retrigger"}) {
      probe(set, "users_served", mended ? "yes" : "no");
      probe(set, "cause_present", mended ? "no" : "yes");
      probe(set, "redundancy", mended ? "yes" : "no");
      probe(set, "one_writable_primary", mended ? "yes" : "no");
      for (const char* name :
           {"orders_kept", "services_same", "monitoring_intact", "access_not_widened"}) {
        probe(set, name, "yes");
      }
    }
    return *this;
  }
  // The usual end: settle, probes, truth.
  DrillOnPaper& end(double seconds, bool mended) {
    at(seconds).add(events::kPhase, {{"name", "settle"}});
    at(seconds + 10).probes(mended);
    at(seconds + 20).add(events::kPhase, {{"name", "down"}});
    add(events::kOrders, {{"acknowledged", 900}, {"found", 900}, {"lost", 0}, {"unknown", 0}});
    add(events::kTruth, {{"scenario", "read-only-primary"}, {"seed", 1}, {"catalogue", "6"}});
    return add(events::kEnd, {{"reason", "resolved"}});
  }

  Journal journal;

 private:
  double now_ = 0;
};

struct Catalogue {
  Taxonomy taxonomy;
  std::vector<Scenario> scenarios;

  Catalogue() {
    const char* root = std::getenv("GAMEDAY_ROOT");
    REQUIRE(root != nullptr);
    const auto folder = std::filesystem::path(root) / "scenarios";
    taxonomy = load_taxonomy(folder / "taxonomy.yaml");
    scenarios = load_catalogue(folder);
  }
  const Scenario& scenario() const { return find_scenario(scenarios, "read-only-primary"); }
  Scorecard score(const Journal& journal, size_t variant = 0) const {
    return gameday::score(scenario(), scenario().variants.at(variant), taxonomy, journal);
  }
  Scorecard score_twin(const Journal& journal) const {
    return gameday::score(scenario(), no_fault_twin(scenario().variants.at(0)), taxonomy, journal);
  }
};

inline json::object right_answer() {
  return {{"verdict", "fault"},
          {"component", "db1"},
          {"class", "role_state"},
          {"mechanism", "standby_read_only"},
          {"trigger", "maintenance"},
          {"evidence", json::array{"o1"}}};
}

inline json::object look_alike() {
  json::object answer = right_answer();
  answer["class"] = "configuration";
  answer["mechanism"] = "session_read_only";
  return answer;
}

inline json::object wrong_answer() {
  return {{"verdict", "fault"},
          {"component", "pooler"},
          {"class", "saturation"},
          {"mechanism", "pool_exhausted_demand"},
          {"trigger", "traffic_surge"},
          {"evidence", json::array{"o1"}}};
}

// One decisive look at 60 s.
inline DrillOnPaper after_looking() {
  DrillOnPaper drill;
  drill.at(60).observe("o1", "psql -h db1 -U postgres shop -c 'SELECT pg_is_in_recovery()'",
                       " pg_is_in_recovery \n-------------------\n t\n(1 row)\n");
  return drill;
}

}  // namespace gameday
