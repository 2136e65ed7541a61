#include "scorer/feedback.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/feedback_parts.hpp"
#include "scorer/losses.hpp"
#include "scorer/machine_dips.hpp"
#include "scorer/restart.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

namespace {

using text::fixed;

constexpr double kLongestPause = 120;  // between two commands that belong together
constexpr double kHelpsWithin = 15;    // a restart that users profit from does so by then
constexpr size_t kCommandHint = 2;     // the third hint says which command
constexpr size_t kMostTurns = 50;
// Whoever is there looks at the whole company.
constexpr const char* kNeutralHosts[] = {"ops", "mon", "clients", "desk"};
// Every request passes these, by the names of components.
constexpr const char* kPassed[] = {"lb", "web", "web1", "web2", "pooler", "router", "db1"};

std::vector<Proof> proofs_of(const Variant& variant, const Journal& journal,
                             const EvidenceGrade& evidence) {
  std::vector<Proof> proofs;
  const Sources sources(journal);
  std::vector<std::string> cited = evidence.matched;
  cited.insert(cited.end(), evidence.outside.begin(), evidence.outside.end());
  for (const EvidenceSet& set : variant.evidence) {
    Proof proof{set.name, {}, set.all.size(), set.name == evidence.best_set};
    for (const EvidencePredicate& predicate : set.all) {
      auto sight = first_sight(predicate, journal, sources, cited);
      if (sight) proof.sights.push_back(std::move(*sight));
    }
    proofs.push_back(std::move(proof));
  }
  return proofs;
}

std::vector<std::string> tells_of(const Variant& variant, const Taxonomy& taxonomy,
                                  const Answer& answer) {
  std::vector<std::string> names = variant.truth.also;
  names.insert(names.begin(), variant.truth.mechanism);
  if (!answer.mechanism.empty() && answer.mechanism != variant.truth.mechanism) {
    names.push_back(answer.mechanism);
  }
  std::vector<std::string> lines;
  for (const std::string& name : names) {
    for (const TaxonomyValue& value : taxonomy.mechanisms) {
      if (value.name == name) lines.push_back(name + ": " + value.tells);
    }
  }
  return lines;
}

// web1 and web2, db1 and db2: whoever looks at one compares it with the other.
bool has_a_sibling_in(const std::set<std::string>& path, const std::string& host) {
  const auto kind_of = [](const std::string& name) {
    return name.substr(0, name.find_last_not_of("0123456789") + 1);
  };
  return std::any_of(path.begin(), path.end(),
                     [&](const std::string& name) { return kind_of(name) == kind_of(host); });
}

bool is_one_of(const std::string& name, const char* const* begin, const char* const* end) {
  return std::find(begin, end, name) != end;
}

// The first thing that anybody did after a command began, other than looking at a page.
double next_act_at(const Journal& journal, const Event& command, double began) {
  double next = std::numeric_limits<double>::infinity();
  for (const Event& event : journal.events) {
    const bool look = event.kind == events::kObservation &&
                      string_or(event.data, "host", "") != "desk";
    if (!look && event.kind != events::kDesk && event.kind != events::kDiagnosis) continue;
    const double at = look ? number_or(event.data, "started", event.at_seconds) : event.at_seconds;
    if (event.seq != command.seq && at > began) next = std::min(next, at);
  }
  return next;
}

// Commands on hosts that lie not between the cause and the users, before the cause was known. Their
// cost is the time that they ran, each until the next act at most.
void add_looks_elsewhere(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                         double start, double known, std::vector<WrongTurn>& turns) {
  const std::set<std::string> path = components_on_the_path(variant, taxonomy);
  std::string at_host;
  double last = 0;
  int commands = 0;
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || event.at_seconds < start) continue;
    const double began = number_or(event.data, "started", event.at_seconds);
    if (began >= known) return;
    const bool goes_on = !at_host.empty() && began - last <= kLongestPause;
    const std::string host = string_or(event.data, "host", "");
    const std::string component = taxonomy.canonical("component", host);
    last = event.at_seconds;
    if (is_one_of(host, std::begin(kNeutralHosts), std::end(kNeutralHosts)) || host.empty() ||
        is_one_of(component, std::begin(kPassed), std::end(kPassed)) || path.contains(component) ||
        has_a_sibling_in(path, host)) {
      at_host.clear();
      continue;
    }
    if (host != at_host || !goes_on) {
      turns.push_back({began, 0, "", 0, {}, {}});
      commands = 0;
    }
    at_host = host;
    ++commands;
    const double ended = number_or(event.data, "ended", event.at_seconds);
    const double until = std::min({ended, known, next_act_at(journal, event, began)});
    turns.back().seconds += std::max(0.0, until - began);
    turns.back().meanwhile += suffering_between(journal, began, until);
    turns.back().lines.push_back(event.seq);
    turns.back().what = std::to_string(commands) + (commands == 1 ? " command" : " commands") +
                        " on " + host + ", which is not on the way from the cause to the users";
  }
}

// What scripted people believed, and changed in vain.
void add_beliefs(const Variant& variant, const Journal& journal, std::vector<WrongTurn>& turns) {
  WrongTurn* open = nullptr;
  for (const Event& event : journal.events) {
    if (event.kind != events::kAct) continue;
    const double began = number_or(event.data, "started", event.at_seconds);
    if (open) open->seconds = std::max(0.0, began - open->from);
    open = nullptr;
    const json::value* belief = event.data.if_contains("belief");
    const std::string cls =
        belief && belief->is_object() ? string_or(belief->as_object(), "class", "") : "";
    const bool in_vain = string_or(event.data, "act", "") == "change";
    const bool wrong = !cls.empty() && cls != variant.truth.cls;
    if (!wrong && !in_vain) continue;
    const std::string target = string_or(event.data, "target", "");
    turns.push_back({began, 0,
                     string_or(event.data, "who", "somebody") +
                         (in_vain ? " changed " + target + " in vain"
                                  : " looked at " + target + ", suspecting " + cls),
                     0, {}, {event.seq}});
    open = &turns.back();
  }
}

void add_wrong_answers(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                       const Scorecard& card, std::vector<WrongTurn>& turns) {
  const std::vector<Submission> submissions = submissions_of(journal, taxonomy);
  const auto losses = losses_of(card);
  const double lost = losses.contains("revisions") ? losses.at("revisions") : 0;
  for (size_t i = 0; i + 1 < submissions.size(); ++i) {
    const Submission &one = submissions[i], &next = submissions[i + 1];
    const bool changed = std::find(card.diagnosis.change_lines.begin(),
                                   card.diagnosis.change_lines.end(),
                                   next.line) != card.diagnosis.change_lines.end();
    if (!changed) continue;
    const double worth =
        variant.fault_free() ? 0 : grade_answer(one.answer, variant, taxonomy).corrected;
    turns.push_back({one.at_seconds, next.at_seconds - one.at_seconds,
                     "the answer " + one.answer.component + " " + one.answer.mechanism +
                         ", worth " + fixed(100 * worth, 0) + " % and given up later",
                     lost / std::max(1, card.diagnosis.changes), {}, {one.line, next.line}});
  }
}

// Restarts, of whatever, by a recorded command, that users got nothing from. Not those of a repair.
void add_restarts(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                  double start, std::vector<WrongTurn>& turns) {
  const auto first = first_act_at(journal, start);
  const auto served = served_at(journal, start);
  for (const RestartSeen& seen : restarts_seen(journal)) {
    const bool after_somebody = seen.at && first && *seen.at + kToldWithin > *first;
    if (!after_somebody || *seen.at < start) continue;
    const bool helped = served && *served >= *seen.at - 1 && *served - *seen.at <= kHelpsWithin;
    if (helped || (served && *seen.at > *served)) continue;
    const Event* behind = command_of_restart(journal, seen);
    if (!behind || made_by_a_repair(variant, taxonomy, journal, seen) ||
        !served_no_better(journal, *seen.at, kHelpsWithin)) {
      continue;
    }
    std::vector<int64_t> lines = {behind->seq, seen.line};
    turns.push_back({*seen.at, 0,
                     seen.host + "'s " + seen.service +
                         " was restarted, and users were served no better",
                     0, {}, std::move(lines)});
  }
}

void add_costs(const Journal& journal, double start, const Scorecard& card,
               std::vector<WrongTurn>& turns) {
  const double mended =
      card.repair.full * (card.twin ? 1 : card.repair.grade.mitigation.certain);
  for (const HarmItem& item : card.repair.grade.harm.items) {
    const double at = item.since >= 0 ? item.since : end_of_response(journal, start);
    turns.push_back({at, item.seconds, "harm: " + item.note, mended * std::min(1.0, item.penalty), {},
                     item.lines});
  }
  const auto losses = losses_of(card);
  if (card.diagnosis.hints_taken == 0) return;
  for (const Event& event : journal.events) {
    if (event.seq != card.diagnosis.hint_lines.back()) continue;
    turns.push_back({event.at_seconds, 0,
                     std::to_string(card.diagnosis.hints_taken) + " hints taken, up to here",
                     losses.at("hints"), {}, card.diagnosis.hint_lines});
  }
}

}  // namespace

Feedback feedback_of(const Variant& variant, const Taxonomy& taxonomy, const Journal& whole,
                     const Scorecard& card) {
  const auto spared = without_machine_dips(whole, taxonomy.catalogue);
  const Journal& journal = spared ? spared->journal : whole;
  Feedback feedback;
  const double start = journal.phase_at("verified");
  if (start < 0 || !card.ungraded.empty()) return feedback;
  feedback.start = start;
  feedback.proofs = proofs_of(variant, journal, card.diagnosis.evidence);
  if (variant.hints.size() > kCommandHint) feedback.question = variant.hints[kCommandHint].text;
  feedback.told = told_of(variant, journal, card);
  feedback.tells = tells_of(variant, taxonomy, card.diagnosis.answer);
  const std::vector<Submission> submissions = submissions_of(journal, taxonomy);
  const Submission* known = identification(variant, taxonomy, journal, submissions);
  std::vector<WrongTurn>& turns = feedback.wrong_turns;
  const bool scripted = journal.first(events::kAct) != nullptr;
  if (scripted) {
    add_beliefs(variant, journal, turns);
  } else {
    add_looks_elsewhere(variant, taxonomy, journal, start,
                        known ? known->at_seconds : end_of_response(journal, start), turns);
  }
  add_wrong_answers(variant, taxonomy, journal, card, turns);
  add_restarts(variant, taxonomy, journal, start, turns);
  add_costs(journal, start, card, turns);
  std::stable_sort(turns.begin(), turns.end(),
                   [](const WrongTurn& a, const WrongTurn& b) { return a.from < b.from; });
  if (turns.size() > kMostTurns) turns.resize(kMostTurns);
  for (WrongTurn& turn : turns) {
    if (turn.meanwhile.seconds > 0) continue;
    turn.meanwhile = suffering_between(journal, turn.from, turn.from + turn.seconds);
  }
  feedback.lessons = lessons_of(variant, journal, card, feedback);
  return feedback;
}

std::string wrong_turn_text(const WrongTurn& turn, double start) {
  std::string line = text::since(turn.from, start);
  if (turn.seconds >= 0.05) line += ", for " + fixed(turn.seconds, 1) + " s";
  line += ": " + turn.what;
  if (turn.points > 0.05) line += " [-" + fixed(turn.points, 1) + "]";
  if (turn.meanwhile.bad > 0) {
    line += "; meanwhile " + fixed(turn.meanwhile.bad, 0) + " requests failed or were slow";
  }
  return line;
}

json::object to_json(const Feedback& feedback) {
  json::array proofs, turns, told, lessons;
  for (const Told& one : feedback.told) {
    told.push_back(json::object{{"field", one.field},
                                {"observation", one.id},
                                {"host", one.host},
                                {"command", one.command},
                                {"prints", one.prints},
                                {"because", one.because},
                                {"line", one.line}});
  }
  for (const Lesson& one : feedback.lessons) {
    lessons.push_back(json::object{{"text", one.text},
                                   {"points", rounded(one.points, 2)},
                                   {"lines", json::array(one.lines.begin(), one.lines.end())}});
  }
  for (const Proof& proof : feedback.proofs) {
    json::array sights;
    for (const Sight& sight : proof.sights) {
      sights.push_back(json::object{{"observation", sight.id},
                                    {"by", sight.by},
                                    {"host", sight.host},
                                    {"command", sight.command},
                                    {"shown", sight.shown},
                                    {"line", sight.line}});
    }
    proofs.push_back(json::object{{"name", proof.name},
                                  {"parts", proof.parts},
                                  {"cited", proof.cited},
                                  {"seen", sights}});
  }
  for (const WrongTurn& turn : feedback.wrong_turns) {
    turns.push_back(json::object{{"at_seconds", rounded(turn.from - feedback.start, 2)},
                                 {"seconds", rounded(turn.seconds, 2)},
                                 {"what", turn.what},
                                 {"points", rounded(turn.points, 2)},
                                 {"requests_bad", turn.meanwhile.bad},
                                 {"lines", json::array(turn.lines.begin(), turn.lines.end())}});
  }
  json::array tells(feedback.tells.begin(), feedback.tells.end());
  return {{"proofs", proofs}, {"question", feedback.question}, {"tells", tells},
          {"told", told}, {"wrong_turns", turns}, {"lessons", lessons}};
}

}  // namespace gameday
