#include "report/drill_page.hpp"

#include <algorithm>

#include "journal/events.hpp"
#include "report/drill_account.hpp"
#include "report/drill_figures.hpp"
#include "report/drill_lanes.hpp"
#include "report/report.hpp"
#include "scorer/answer_form.hpp"

namespace gameday {

namespace {

// So that a page without recordings stays below 600 KB whatever was played.
constexpr size_t kMostRows = 1800, kMostItems = 150, kTextBytes = 180'000, kMostLines = 40,
                 kMostTexts = 60;

json::array texts(const std::vector<std::string>& list) {
  json::array all;
  for (const std::string& text : list) {
    if (all.size() < kMostTexts) all.emplace_back(shortened(text, 1000));
  }
  return all;
}

json::object scene(const DrillRecord& record, double start) {
  const Journal& journal = record.journal;
  const Scorecard& card = record.card;
  json::object scene{{"ticket", shortened(record.scenario.ticket, 300)},
                     {"scenario", card.scenario},
                     {"variant", card.variant},
                     {"twin", card.twin},
                     {"replay", journal.first(events::kAct) != nullptr},
                     {"start", rounded(start, 3)},
                     {"began", journal.events.empty() ? "" : journal.events.front().wall},
                     {"engine", journal.value(events::kStack, "engine")},
                     {"seed", journal.value(events::kTruth, "seed")},
                     {"known", card.known_beforehand},
                     {"tutor", card.tutor},
                     {"catalogue", card.catalogue},
                     {"ended", journal.value(events::kEnd, "reason")},
                     {"truncated", journal.truncated}};
  return scene;
}

json::object score_of(const Scorecard& card) {
  json::array bars;
  const auto add = [&bars](const char* name, double points, double full) {
    bars.push_back(json::object{{"name", name}, {"points", rounded(points, 1)}, {"full", full}});
  };
  add("Diagnosis", card.diagnosis.points, card.diagnosis.full);
  add("Repair", card.repair.points, card.repair.full);
  add("Response", card.response.points, card.response.full);
  return {{"total", rounded(card.total, 1)},
          {"ungraded", card.ungraded},
          {"capped", card.capped},
          {"provisional", card.response.grade.time_is_provisional},
          {"bars", std::move(bars)},
          {"nothing", rounded(card.baselines.do_nothing, 1)},
          {"constant", rounded(card.baselines.constant_answer, 1)},
          {"unproved", rounded(card.baselines.right_answer_without_evidence, 1)},
          {"noticed", texts(card.noticed)},
          {"lacks", texts(card.lacks)}};
}

json::object lessons(const DrillRecord& record, double start) {
  const Scorecard& card = record.card;
  json::array fields, proofs, turns, not_seen;
  for (const FieldGrade& field : card.diagnosis.grade.fields) {
    fields.push_back(json::object{{"field", field.field}, {"said", field.answer},
                                  {"truth", field.truth}, {"credit", rounded(field.credit, 2)},
                                  {"why", shortened(field.feedback, 600)}});
  }
  for (const Proof& proof : card.feedback.proofs) {
    json::array sights;
    for (const Sight& sight : proof.sights) {
      sights.push_back(json::object{{"id", sight.id}, {"by", sight.by}, {"host", sight.host},
                                    {"command", shortened(sight.command, 400)},
                                    {"shown", shortened(sight.shown, 400)},
                                    {"t", from_start(sight.at_seconds, start)},
                                    {"line", sight.line}});
    }
    proofs.push_back(json::object{{"name", proof.name}, {"cited", proof.cited},
                                  {"sights", std::move(sights)}});
  }
  for (const WrongTurn& turn : card.feedback.wrong_turns) {
    if (turns.size() >= kMostTexts) break;
    turns.push_back(json::object{{"t", from_start(turn.from, start)},
                                 {"seconds", rounded(turn.seconds, 1)},
                                 {"what", shortened(turn.what, 400)},
                                 {"points", rounded(turn.points, 1)},
                                 {"lines", json::array(turn.lines.begin(), turn.lines.end())}});
  }
  for (const NotSeen& one : card.diagnosis.evidence.not_seen) {
    not_seen.push_back(json::object{{"id", one.id}, {"why", shortened(one.why, 400)}});
  }
  return {{"fields", std::move(fields)},
          {"notes", texts(card.diagnosis.grade.feedback)},
          {"tells", texts(card.feedback.tells)},
          {"question", shortened(card.feedback.question, 1000)},
          {"proofs", std::move(proofs)},
          {"turns", std::move(turns)},
          {"not_seen", std::move(not_seen)}};
}

json::object document(const DrillRecord& record) {
  const Scenario& scenario = record.scenario;
  json::array rows, timeline, proofs, repairs;
  for (const ComparisonRow& row : compare(scenario, record.journal)) {
    rows.push_back(json::object{{"what", row.what}, {"documented", shortened(row.documented, 1000)},
                                {"measured", shortened(row.measured, 1000)}});
  }
  for (const DocumentedEvent& event : scenario.documented.timeline) {
    timeline.push_back(json::object{{"at", event.at.text}, {"event", event.event},
                                    {"text", event.text}});
  }
  for (const EvidenceSet& set : record.variant.evidence) proofs.emplace_back(set.name);
  for (const Repair& repair : record.variant.repairs) {
    repairs.push_back(json::object{{"text", repair.text}, {"rung", repair.rung}});
  }
  return {{"rows", std::move(rows)},
          {"timeline", std::move(timeline)},
          {"source", scenario.documented.source},
          {"note", shortened(scenario.documented.note, 1500)},
          {"documented_variant", record.variant.id == scenario.variants.front().id},
          {"proofs", std::move(proofs)},
          {"repairs", std::move(repairs)},
          {"distractors", texts(scenario.distractors)}};
}

// Recordings, each with the moment that its times count from; null where the journal does not say.
json::array recordings(const DrillRecord& record, double start, std::vector<std::string>& notes) {
  CastList list = casts_for_page(record.casts, kCastBytes);
  notes.insert(notes.end(), list.notes.begin(), list.notes.end());
  for (json::value& one : list.casts) {
    json::object& cast = one.as_object();
    cast["opened"] = nullptr;
    for (const Event& event : record.journal.events) {
      if (event.kind != events::kTerminal) continue;
      if (string_or(event.data, "cast", "") != string_or(cast, "name", "")) continue;
      cast["opened"] = from_start(number_or(event.data, "opened", event.at_seconds), start);
      cast["host"] = string_or(event.data, "host", "");
      cast["by"] = string_or(event.data, "by", "");
    }
  }
  return std::move(list.casts);
}

}  // namespace

json::object drill_page_data(const DrillRecord& record) {
  const double start = start_of(record.journal);
  Lanes lanes = lanes_of(record, start, kMostItems, kTextBytes);
  std::vector<std::string> notes = std::move(lanes.notes);
  json::object seconds = second_columns(record.journal, start, kMostRows);
  if (const double every = number_or(seconds, "every", 1); every > 1) {
    notes.push_back("a point of the plots stands for " + std::to_string(static_cast<int>(every)) +
                    " seconds: counts are their mean, latencies their worst");
  }
  if (record.journal.truncated) notes.push_back("the journal's last line was cut off by a crash");
  const json::array lost = lost_points(record);
  json::object data{{"scene", scene(record, start)},
                    {"score", score_of(record.card)},
                    {"answers", answers_of(record, start)},
                    {"lost", lost},
                    {"lines", named_lines(record, lost, kMostLines)},
                    {"objective_ms", record.scenario.load.objective_ms},
                    {"seconds", std::move(seconds)},
                    {"end", last_moment(record.journal, start)},
                    {"shades", shades(record.journal, start)},
                    {"phases", phases(record.journal, start)},
                    {"lanes", std::move(lanes.lanes)},
                    {"observations", std::move(lanes.observations)},
                    {"lessons", lessons(record, start)},
                    {"document", document(record)},
                    {"intervals", interval_rows(record.journal)}};
  data["casts"] = recordings(record, start, notes);
  data["notes"] = texts(notes);
  return data;
}

std::string drill_page(const DrillRecord& record, const PageFiles& files) {
  HtmlPage page = files.page("report.js");
  json::object data = drill_page_data(record);
  page.title = "Drill: " + shortened(record.scenario.ticket, 200);
  for (const json::value& answer : data["answers"].as_array()) {
    page.without_scripts.push_back(string_or(answer.as_object(), "question", "") + ": " +
                                   string_or(answer.as_object(), "answer", ""));
  }
  if (!data["casts"].as_array().empty()) files.add_player(page);
  page.data = std::move(data);
  return html_page(page);
}

}  // namespace gameday
