// The scorecard as a JSON document, for people's scripts and for scorecard.json.
#include "scorer/scorer.hpp"

namespace gameday {

namespace {

json::array list_to_json(const std::vector<std::string>& lines) {
  json::array list;
  for (const std::string& line : lines) list.emplace_back(line);
  return list;
}

json::value optional_to_json(const std::optional<double>& value, int digits) {
  return value ? json::value(rounded(*value, digits)) : json::value(nullptr);
}

json::value known_to_json(double value, bool known) {
  return known ? json::value(rounded(value, 3)) : json::value("unknown");
}

json::array lines_to_json(const std::vector<int64_t>& lines) {
  return json::array(lines.begin(), lines.end());
}

json::object harm_item_to_json(const HarmItem& item) {
  return {{"item", item.item},
          {"penalty", rounded(item.penalty, 3)},
          {"known", item.known},
          {"note", item.note},
          {"lines", lines_to_json(item.lines)}};
}

// Points are null where there is no score, so that nobody takes them for a zero.
json::value points_to_json(const Scorecard& card, double points) {
  return card.ungraded.empty() ? json::value(rounded(points, 1)) : json::value(nullptr);
}

json::object diagnosis_to_json(const Scorecard& card) {
  const DiagnosisBar& bar = card.diagnosis;
  json::object fields;
  for (const FieldGrade& field : bar.grade.fields) {
    fields[field.field] = json::object{{"answer", field.answer},
                                       {"truth", field.truth},
                                       {"credit", rounded(field.credit, 3)},
                                       {"weight", field.weight},
                                       {"feedback", field.feedback}};
  }
  json::array not_seen;
  for (const NotSeen& one : bar.evidence.not_seen) {
    not_seen.push_back(json::object{{"observation", one.id}, {"why", one.why}});
  }
  return {{"points", points_to_json(card, bar.points)},
          {"of", bar.full},
          {"answered", bar.answered},
          {"verdict", bar.answer.verdict},
          {"raw", rounded(bar.grade.raw, 3)},
          {"corrected", rounded(bar.grade.corrected, 3)},
          {"evidence", rounded(bar.evidence.value, 3)},
          {"evidence_set", bar.evidence.best_set},
          {"not_seen_on_the_system", not_seen},
          {"revisions", bar.revisions},
          {"hints", bar.hints},
          {"hints_taken", bar.hints_taken},
          {"confidence", optional_to_json(bar.answer.confidence, 3)},
          {"brier", optional_to_json(bar.brier, 3)},
          {"fields", fields},
          {"feedback", list_to_json(bar.grade.feedback)}};
}

json::object repair_to_json(const Scorecard& card) {
  const RepairGrade& grade = card.repair.grade;
  json::value mitigation, harm;  // null: there is no score
  if (card.ungraded.empty()) {
    mitigation = card.twin
                     ? json::value("not asked")
                     : known_to_json(grade.mitigation.certain, grade.mitigation.known);
    harm = known_to_json(grade.harm.value, grade.harm.known);
  }
  json::array harm_items;
  for (const HarmItem& item : grade.harm.items) harm_items.push_back(harm_item_to_json(item));
  return {{"points", points_to_json(card, card.repair.points)},
          {"of", card.repair.full},
          {"mitigation", mitigation},
          {"harm", harm},
          {"data_lost", grade.harm.data_lost},
          {"mitigation_notes", list_to_json(grade.mitigation.notes)},
          {"harm_items", harm_items},
          {"harm_not_assessed", list_to_json(grade.harm.not_assessed)}};
}

json::object response_to_json(const Scorecard& card) {
  const ResponseGrade& grade = card.response.grade;
  json::object steps, items;
  for (const StepTime& step : grade.steps) {
    steps[step.step] = json::object{{"seconds", optional_to_json(step.seconds, 2)},
                                    {"credit", rounded(step.credit, 3)},
                                    {"par", grade.time_is_provisional ? json::value(nullptr)
                                                                      : rounded(step.par, 1)}};
  }
  for (const ProcessItem& item : grade.items) {
    items[item.item] = json::object{{"rating", item.rating}, {"note", item.note}};
  }
  return {{"points", points_to_json(card, card.response.points)},
          {"of", card.response.full},
          {"time", rounded(grade.time, 3)},
          {"time_par", grade.time_is_provisional ? "provisional" : "measured"},
          {"expert_runs", grade.expert_runs},
          {"process", rounded(grade.process, 3)},
          {"steps", steps},
          {"items", items}};
}

}  // namespace

json::object to_json(const Scorecard& card) {
  json::object object;
  object["total"] = points_to_json(card, card.total);
  object["scenario"] = card.scenario;
  object["variant"] = card.variant;
  object["twin"] = card.twin;
  object["known_beforehand"] = card.known_beforehand;
  object["tutor"] = card.tutor;
  if (!card.ungraded.empty()) object["ungraded"] = card.ungraded;
  if (!card.void_kind.empty()) object["void"] = card.void_kind;
  object["diagnosis"] = diagnosis_to_json(card);
  object["repair"] = repair_to_json(card);
  object["response"] = response_to_json(card);
  object["capped"] = card.capped;
  object["catalogue"] = card.catalogue;
  object["lacks"] = list_to_json(card.lacks);
  if (!card.noticed.empty()) object["noticed"] = list_to_json(card.noticed);
  const Baselines& baselines = card.baselines;
  object["baselines"] = json::object{
      {"constant_answer", rounded(baselines.constant_answer, 1)},
      {"constant_answer_mean", rounded(baselines.constant_answer_mean, 1)},
      {"random_answer", rounded(baselines.random_answer, 1)},
      {"right_answer_without_evidence", rounded(baselines.right_answer_without_evidence, 1)},
      {"do_nothing", rounded(baselines.do_nothing, 1)},
      {"restart_everything", rounded(baselines.restart_everything, 1)}};
  object["feedback"] = to_json(card.feedback);
  return object;
}

}  // namespace gameday
