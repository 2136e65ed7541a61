#include "scorer/scorer.hpp"

#include <algorithm>

#include "core/events.hpp"
#include "scorer/baselines.hpp"

namespace gameday {

namespace {

constexpr double kDiagnosisFull = 50, kRepairFull = 30, kResponseFull = 20;
constexpr double kTwinDiagnosisFull = 60, kTwinRepairFull = 20;
constexpr double kTotalAfterDataLoss = 40;
constexpr double kRevisionFactors[] = {1, 0.8, 0.65, 0.5};
constexpr double kIdentifiedFrom = 0.6;
constexpr size_t kMaxHints = 4;

struct Submission {
  int64_t seq = 0;
  double at_seconds = 0;
  Answer answer;
};

// Answers count until the truth is told.
std::vector<Submission> submissions_of(const Journal& journal, const Taxonomy& taxonomy) {
  std::vector<Submission> all;
  for (const Event& event : journal.events) {
    if (event.kind == events::kTruth) break;
    if (event.kind != events::kDiagnosis) continue;
    all.push_back({event.seq, event.at_seconds, read_answer(event.data, taxonomy)});
  }
  return all;
}

std::vector<std::string> mechanisms_of(const Answer& answer) {
  std::vector<std::string> all = answer.also;
  all.push_back(answer.mechanism);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

int changes_of(const std::vector<Submission>& submissions) {
  int changes = 0;
  for (size_t i = 1; i < submissions.size(); ++i) {
    const Answer &before = submissions[i - 1].answer, &after = submissions[i].answer;
    changes += before.component != after.component ||
               mechanisms_of(before) != mechanisms_of(after);
  }
  return changes;
}

// The cheapest hint taken before the answer sets the price: they are given in order.
void apply_hints(const Journal& journal, const Variant& variant, int64_t before_seq,
                 DiagnosisBar& bar) {
  for (const Event& event : journal.events) {
    if (event.seq >= before_seq) break;
    if (event.kind != events::kDesk || string_or(event.data, "verb", "") != "hint") continue;
    const size_t index = std::min(static_cast<size_t>(bar.hints_taken), kMaxHints - 1);
    const double listed = index < variant.hints.size() ? variant.hints[index].price : 1;
    const double price = number_or(event.data, "price", listed);
    bar.hints = std::min(bar.hints, std::clamp(price, 0.0, 1.0));
    ++bar.hints_taken;
  }
}

void add_brier(DiagnosisBar& bar) {
  if (!bar.answer.confidence) return;
  const bool right = std::any_of(
      bar.grade.fields.begin(), bar.grade.fields.end(), [](const FieldGrade& field) {
        return (field.field == "mechanism" || field.field == "verdict") && field.credit == 1;
      });
  const double miss = *bar.answer.confidence - (right ? 1 : 0);
  bar.brier = miss * miss;
}

AnswerGrade grade_twin_answer(const Answer& answer) {
  AnswerGrade grade;
  const bool right = answer.verdict == "no_fault";
  grade.raw = grade.corrected = right ? 1 : 0;
  grade.fields = {{"verdict", answer.verdict, "no_fault", grade.raw, 1,
                   right ? "right" : "nothing was broken"}};
  return grade;
}

DiagnosisBar grade_diagnosis(const Variant& variant, const Taxonomy& taxonomy,
                             const Journal& journal,
                             const std::vector<Submission>& submissions) {
  DiagnosisBar bar;
  bar.full = variant.fault_free() ? kTwinDiagnosisFull : kDiagnosisFull;
  const int64_t seq = submissions.empty() ? 0 : submissions.back().seq;
  if (!submissions.empty()) {
    bar.answered = true;
    bar.answer = submissions.back().answer;
    bar.changes = changes_of(submissions);
    bar.revisions = kRevisionFactors[std::min(bar.changes, 3)];
    apply_hints(journal, variant, seq, bar);
  }
  bar.grade = variant.fault_free() ? grade_twin_answer(bar.answer)
                                   : grade_answer(bar.answer, variant, taxonomy);
  bar.evidence = grade_evidence(bar.answer.evidence, variant.evidence, journal, seq);
  if (!bar.answered) bar.grade.raw = bar.grade.corrected = 0;
  bar.points = bar.full * bar.grade.corrected * (0.5 + 0.5 * bar.evidence.value) *
               bar.revisions * bar.hints;
  add_brier(bar);
  return bar;
}

std::optional<double> identified_at(const Variant& variant, const Taxonomy& taxonomy,
                                    const Journal& journal,
                                    const std::vector<Submission>& submissions) {
  for (const Submission& one : submissions) {
    const double corrected = variant.fault_free()
                                 ? grade_twin_answer(one.answer).corrected
                                 : grade_answer(one.answer, variant, taxonomy).corrected;
    if (corrected < kIdentifiedFrom) continue;
    const auto evidence =
        grade_evidence(one.answer.evidence, variant.evidence, journal, one.seq);
    if (evidence.value > 0) return one.at_seconds;
  }
  return std::nullopt;
}

std::string why_ungraded(const Journal& journal) {
  if (const Event* voided = journal.last(events::kVoid)) {
    return "void: " + string_or(voided->data, "why", "no reason was recorded");
  }
  if (journal.phase_at("verified") < 0) {
    return "the drill ended before users saw an effect";
  }
  return "";
}

Scorecard grade(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy,
                const Journal& journal) {
  Scorecard card;
  card.scenario = scenario.id;
  card.variant = variant.id;
  card.twin = variant.fault_free();
  card.catalogue = taxonomy.catalogue.name;
  if (const Event* truth = journal.last(events::kTruth)) {
    card.known_beforehand = bool_or(truth->data, "known_beforehand", false);
  }
  card.ungraded = why_ungraded(journal);
  if (!card.ungraded.empty()) return card;

  const std::vector<Submission> submissions = submissions_of(journal, taxonomy);
  card.diagnosis = grade_diagnosis(variant, taxonomy, journal, submissions);
  card.repair.grade = grade_repair(variant, taxonomy, journal);
  const Measure& mitigation = card.repair.grade.mitigation;
  card.repair.full = card.twin ? kTwinRepairFull : kRepairFull;
  card.repair.points =
      card.repair.full * (card.twin ? 1 : mitigation.certain) * card.repair.grade.harm.value;
  const Reached reached{identified_at(variant, taxonomy, journal, submissions),
                        mitigation.certain};
  card.response.grade =
      grade_response(scenario, taxonomy, journal, journal.phase_at("verified"), reached);
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

// A drill in which nobody does anything, with probes that all say so.
Journal uneventful(bool twin) {
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
  return journal;
}

}  // namespace

Scorecard score(const Scenario& scenario, const Variant& variant, const Taxonomy& taxonomy,
                const Journal& journal) {
  const std::string version = version_of(journal, taxonomy);
  const std::optional<Taxonomy> older =
      version == taxonomy.catalogue.name ? std::nullopt : taxonomy.as_of(version);
  const Taxonomy& rules = older ? *older : taxonomy;
  Scorecard card = grade(scenario, variant, rules, journal);
  if (rules.catalogue.name != version) {
    card = Scorecard{card.scenario, card.variant, card.twin, card.known_beforehand};
    card.ungraded = "it was recorded under catalogue " + version +
                    ", which is not known here: grade it with the release that recorded it";
    card.catalogue = version;
    return card;
  }
  card.lacks = lacks_of(journal, rules);
  card.baselines = baselines_of(scenario, variant, rules);
  card.baselines.do_nothing =
      grade(scenario, variant, rules, uneventful(variant.fault_free())).total;
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
  int64_t seq = 0;
  for (Event& event : changed.events) event.seq = ++seq;
  return changed;
}

}  // namespace gameday
