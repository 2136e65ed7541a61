#include "report/grade.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "journal/events.hpp"
#include "journal/folder.hpp"
#include "journal/observation.hpp"
#include "report/drill_page.hpp"
#include "report/report.hpp"
#include "scorer/answer_form.hpp"

namespace gameday {

namespace {

Variant variant_of(const Scenario& scenario, const json::object& truth) {
  const std::string id = string_or(truth, "variant", "");
  for (const Variant& variant : scenario.variants) {
    if (variant.id != id) continue;
    return bool_or(truth, "twin", false) ? no_fault_twin(variant) : variant;
  }
  throw usage_error("score: " + scenario.id + " has no variant " + id +
                    " any more: grade it with the release that recorded it");
}

}  // namespace

Scenario scenario_of(const json::object& truth, const std::filesystem::path& scenarios) {
  const json::value* seed = truth.if_contains("seed");
  const uint64_t drawn = seed && seed->is_number() ? seed->to_number<uint64_t>() : kListingSeed;
  const std::string file = string_or(truth, "file", "");
  return named_scenario(scenarios, file.empty() ? string_or(truth, "scenario", "") : file, drawn);
}

GradingRules grading_rules(const json::object& truth, const std::filesystem::path& scenarios) {
  GradingRules rules;
  rules.scenario = scenario_of(truth, scenarios);
  rules.variant = variant_of(rules.scenario, truth);
  rules.taxonomy = load_taxonomy(scenarios / "taxonomy.yaml");
  return rules;
}

Scorecard grade_journal(const GradingRules& rules, const Journal& journal) {
  Scorecard card = score(rules.scenario, rules.variant, rules.taxonomy, journal);
  card.feedback = feedback_of(rules.variant, rules.taxonomy, journal, card);
  return card;
}

json::object read_answer(const std::filesystem::path& folder,
                         const std::filesystem::path& scenarios, std::string_view text) {
  std::vector<Observation> observations;
  for (const Event& event : read_journal(folder / "journal.jsonl").events) {
    if (event.kind != events::kObservation) continue;
    Observation observation;
    observation.id = string_or(event.data, "id", "");
    observation.command = string_or(event.data, "command", "");
    observations.push_back(observation);
  }
  const Taxonomy taxonomy = load_taxonomy(scenarios / "taxonomy.yaml");
  return to_json(checked(parse_diagnosis(text), taxonomy, observations));
}

namespace {

std::filesystem::path write_page(const std::filesystem::path& folder,
                                 const std::filesystem::path& scenarios, const GradingRules& rules,
                                 const Journal& journal, const Scorecard& card) {
  const auto page = folder / "report.html";
  const auto casts = read_casts(folder / "recordings", kCastBytes);
  write_file(page, drill_page({rules.scenario, rules.variant, journal, card, casts},
                              PageFiles(scenarios.parent_path() / "web")));
  return page;
}

}  // namespace

Scorecard grade_folder(const std::filesystem::path& folder, const std::filesystem::path& scenarios,
                       const std::optional<json::object>& diagnosis) {
  Journal journal = read_journal(folder / "journal.jsonl");
  const Event* truth = journal.last(events::kTruth);
  if (!truth) {
    throw usage_error("score: " + folder.string() +
                      (is_held(folder)
                           ? ": the drill still runs: --wait waits for its end"
                           : ": the drill was killed before it could say the truth"));
  }
  const GradingRules rules = grading_rules(truth->data, scenarios);
  if (diagnosis) journal = with_answer(journal, *diagnosis);
  Scorecard card = grade_journal(rules, journal);
  if (diagnosis || std::filesystem::exists(folder / "scorecard.json")) return card;
  write_file(folder / "report.md", report_markdown(rules.scenario, journal, card));
  if (const Event* answer = journal.last(events::kDiagnosis)) {
    write_file(folder / "diagnosis.json", pretty(answer->data));
  }
  write_page(folder, scenarios, rules, journal, card);
  write_file(folder / "scorecard.json", pretty(to_json(card)));  // last: it says that all is there
  return card;
}

std::string report_of(const std::filesystem::path& folder, const std::filesystem::path& scenarios) {
  const Scorecard card = grade_folder(folder, scenarios);
  const Journal journal = read_journal(folder / "journal.jsonl");
  return report_markdown(scenario_of(journal.last(events::kTruth)->data, scenarios), journal, card);
}

std::filesystem::path page_of(const std::filesystem::path& folder,
                              const std::filesystem::path& scenarios) {
  const Scorecard card = grade_folder(folder, scenarios);
  if (std::filesystem::exists(folder / "report.html")) return folder / "report.html";
  const Journal journal = read_journal(folder / "journal.jsonl");
  const GradingRules rules = grading_rules(journal.last(events::kTruth)->data, scenarios);
  return write_page(folder, scenarios, rules, journal, card);
}

}  // namespace gameday
