#include "scorer/scorer.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/baselines.hpp"
#include "scorer/machine_dips.hpp"

namespace gameday {

namespace {

constexpr double kRepairFull = 30, kTwinRepairFull = 20, kResponseFull = 20;
constexpr double kTotalAfterDataLoss = 40;
constexpr size_t kLongestNotice = 400;

std::string why_ungraded(const Journal& journal) {
  if (const Event* voided = journal.last(events::kVoid)) {
    return "void: " + string_or(voided->data, "why", "no reason was recorded");
  }
  if (journal.phase_at("verified") < 0) {
    return "the drill ended before users saw an effect";
  }
  return "";
}

Scorecard heading_of(const Scenario& scenario, const Variant& variant, const Journal& journal) {
  Scorecard card;
  card.scenario = scenario.id;
  card.variant = variant.id;
  card.twin = variant.fault_free();
  if (const Event* truth = journal.last(events::kTruth)) {
    card.known_beforehand = bool_or(truth->data, "known_beforehand", false);
    card.tutor = bool_or(truth->data, "tutor", false);
  }
  return card;
}

Scorecard grade(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy,
                const Journal& journal) {
  Scorecard card = heading_of(scenario, variant, journal);
  card.catalogue = taxonomy.catalogue.name;
  card.ungraded = why_ungraded(journal);
  if (const Event* voided = journal.last(events::kVoid)) {
    card.void_kind = string_or(voided->data, "kind", "unknown");
  }
  if (!card.ungraded.empty()) return card;

  const std::vector<Submission> submissions = submissions_of(journal, taxonomy);
  card.diagnosis = grade_diagnosis(variant, taxonomy, journal, submissions);
  const auto spared = without_machine_dips(journal, taxonomy.catalogue);
  const Journal& judged = spared ? spared->journal : journal;
  card.repair.grade = grade_repair(variant, taxonomy, judged);
  if (spared) {
    card.repair.grade.harm.not_assessed.push_back(
        "what users met in " + text::fixed(spared->seconds, 0) +
        " s in which other programs kept this machine busy");
  }
  const Measure& mitigation = card.repair.grade.mitigation;
  card.repair.full = card.twin ? kTwinRepairFull : kRepairFull;
  card.repair.points =
      card.repair.full * (card.twin ? 1 : mitigation.certain) * card.repair.grade.harm.value;
  const Submission* identified = identification(variant, taxonomy, journal, submissions);
  Reached reached;
  if (identified) reached.identified = Moment{identified->at_seconds, identified->line};
  reached.mitigation = mitigation.certain;
  card.response.grade =
      grade_response(scenario, taxonomy, judged, journal.phase_at("verified"), reached);
  const ResponseGrade& response = card.response.grade;
  card.response.full = kResponseFull;
  card.response.points = card.twin
                             ? kResponseFull * response.process
                             : kResponseFull / 2 * (response.time + response.process);
  card.total = card.diagnosis.points + card.repair.points + card.response.points;
  card.capped = card.repair.grade.harm.data_lost && card.total > kTotalAfterDataLoss;
  if (card.capped) card.total = kTotalAfterDataLoss;
  return card;
}

// The catalogue version that a journal is graded by for ever: the one it names.
std::string version_of(const Journal& journal, const Taxonomy& taxonomy) {
  const Event* truth = journal.last(events::kTruth);
  if (!truth) return taxonomy.catalogue.name;  // cut off: it is graded for the first time
  return string_or(truth->data, "catalogue", taxonomy.unnamed_version);
}

// What an older journal, or one that was cut off, does not say.
std::vector<std::string> lacks_of(const Journal& journal, const Taxonomy& taxonomy) {
  std::vector<std::string> lacks;
  if (journal.truncated) lacks.push_back("its last line, which was cut off");
  const Event* truth = journal.last(events::kTruth);
  if (!truth) {
    lacks.push_back("its end: whatever follows was never written");
  } else if (!truth->data.if_contains("catalogue")) {
    lacks.push_back("the catalogue version that it was recorded under: graded by version " +
                    taxonomy.catalogue.name);
  }
  const ProbeResults probes(journal);
  for (const auto& [set, text] : {std::pair{"baseline", "outside probes before the fault"},
                                  {"mitigation", "outside probes after the repair"},
                                  {"retrigger", "outside probes after the restart of services"}}) {
    if (!probes.ran(set)) lacks.push_back(text);
  }
  if (!journal.first(events::kRestarts)) lacks.push_back("which services were restarted");
  if (!journal.first(events::kSecond)) lacks.push_back("what users met, second by second");
  return lacks;
}

std::vector<std::string> noticed_in(const Journal& journal) {
  std::string pages;
  for (const Event& event : journal.events) {
    if (event.kind != events::kPage || !of_unknown_origin(event.data)) continue;
    pages += (pages.empty() ? "" : ", ") + string_or(event.data, "id", "") + " " +
             text::one_line(string_or(event.data, "summary", ""), 80);
    if (pages.size() > kLongestNotice) {
      pages += ", and more";
      break;
    }
  }
  if (pages.empty()) return {};
  return {"pages of unknown origin, which Prometheus did not have and nobody can cite: " + pages};
}

// A drill in which nobody says anything, with probes that all say so; every component was restarted
// if asked for.
Journal silent_drill(bool twin, const std::vector<TaxonomyValue>& restarted) {
  Journal journal;
  const auto add = [&journal](const char* kind, json::object data) {
    Event event;
    event.seq = static_cast<int64_t>(journal.events.size()) + 1;
    event.kind = kind;
    event.data = std::move(data);
    journal.events.push_back(std::move(event));
  };
  add(events::kPhase, {{"name", "verified"}});
  for (const char* name : {"users_served", "redundancy", "one_writable_primary", "services_same",
                           "monitoring_intact", "access_not_widened", "orders_kept"}) {
    const bool good = twin || std::string_view(name) == "monitoring_intact" ||
                      std::string_view(name) == "access_not_widened" ||
                      std::string_view(name) == "orders_kept";
    add(events::kProbe, {{"set", "mitigation"}, {"name", name}, {"result", good ? "yes" : "no"}});
  }
  json::array services;
  for (const TaxonomyValue& component : restarted) {
    services.push_back(json::object{{"host", component.name}, {"service", component.name}});
  }
  add(events::kRestarts, {{"services", services}, {"unknown", json::array{}}});
  return journal;
}

}  // namespace

Scorecard score(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy,
                const Journal& journal) {
  const std::string version = version_of(journal, taxonomy);
  const std::optional<Taxonomy> older =
      version == taxonomy.catalogue.name ? std::nullopt : taxonomy.as_of(version);
  const Taxonomy& rules = older ? *older : taxonomy;
  if (rules.catalogue.name != version) {
    Scorecard none = heading_of(scenario, variant, journal);
    none.catalogue = version;
    none.ungraded = "it was recorded under catalogue " + version +
                    ", which is not known here: grade it with the release that recorded it";
    return none;
  }
  Scorecard card = grade(scenario, variant, rules, journal);
  card.lacks = lacks_of(journal, rules);
  card.noticed = noticed_in(journal);
  card.baselines = baselines_of(scenario, variant, rules);
  card.baselines.do_nothing =
      grade(scenario, variant, rules, silent_drill(card.twin, {})).total;
  card.baselines.restart_everything =
      grade(scenario, variant, rules, silent_drill(card.twin, rules.components)).total;
  return card;
}

Journal with_answer(const Journal& journal, const json::object& diagnosis) {
  double at_seconds = -1;
  for (const Event& event : journal.events) {
    if (event.kind == events::kDiagnosis) at_seconds = event.at_seconds;
  }
  for (const char* phase : {"settle", "down"}) {
    if (at_seconds < 0) at_seconds = journal.phase_at(phase);
  }
  Journal changed;
  changed.truncated = journal.truncated;
  bool placed = false;
  const auto place = [&](double at) {
    Event answer;
    answer.seq = 0;  // no line of the journal: the others keep theirs
    answer.at_seconds = at;
    answer.kind = events::kDiagnosis;
    answer.data = diagnosis;
    changed.events.push_back(std::move(answer));
    placed = true;
  };
  for (const Event& event : journal.events) {
    const bool late = at_seconds >= 0 && event.at_seconds > at_seconds;
    if (!placed && (late || event.kind == events::kTruth)) {
      place(at_seconds >= 0 ? at_seconds : event.at_seconds);
    }
    if (event.kind != events::kDiagnosis) changed.events.push_back(event);
  }
  if (!placed) place(changed.events.empty() ? 0 : changed.events.back().at_seconds);
  return changed;
}

}  // namespace gameday
