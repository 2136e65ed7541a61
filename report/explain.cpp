#include "report/explain.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace gameday {

namespace {

using text::fixed;

constexpr double kNoPoints = 1e-9;

class Account {
 public:
  explicit Account(std::string bar) : bar_(std::move(bar)) {}

  void add(const std::string& item, double points, const std::string& how,
           std::vector<int64_t> lines) {
    reasons_.push_back({bar_, item, points, how, std::move(lines)});
  }
  // Nothing to say of what changed nothing.
  void add_unless_nothing(const std::string& item, double points, const std::string& how,
                          const std::vector<int64_t>& lines) {
    if (std::abs(points) > kNoPoints) add(item, points, how, lines);
  }
  const std::vector<Reason>& reasons() const { return reasons_; }

 private:
  std::string bar_;
  std::vector<Reason> reasons_;
};

std::vector<int64_t> line_of(int64_t line) { return {line}; }

void account_for_fields(Account& account, const DiagnosisBar& bar) {
  double sum = 0;
  for (const FieldGrade& field : bar.grade.fields) {
    sum += field.weight * field.credit;
    const std::string said = field.answer.empty() ? "nothing" : field.answer;
    account.add(field.field, bar.full * field.weight * field.credit,
                said + ": " + fixed(field.credit, 2) + " of " +
                    fixed(bar.full * field.weight, 1),
                line_of(bar.line));
  }
  account.add_unless_nothing("cap", bar.full * (bar.grade.raw - sum),
                             "a wrong mechanism or a known wrong answer bounds the diagnosis at " +
                                 fixed(bar.grade.raw, 2),
                             line_of(bar.line));
  account.add_unless_nothing("constant", bar.full * (bar.grade.corrected - bar.grade.raw),
                             "what an answer without looking earns is taken off: " +
                                 fixed(bar.grade.raw, 2) + " becomes " +
                                 fixed(bar.grade.corrected, 2),
                             line_of(bar.line));
}

std::vector<Reason> account_for_diagnosis(const DiagnosisBar& bar) {
  Account account("diagnosis");
  if (!bar.answered) {
    account.add("answer", 0, "none was given", {});
    return account.reasons();
  }
  account_for_fields(account, bar);
  const double right = bar.full * bar.grade.corrected;
  const double proof = 0.5 + 0.5 * bar.evidence.value;
  std::vector<int64_t> proof_lines = bar.evidence.matched_lines;
  proof_lines.push_back(bar.line);
  const std::string set = bar.evidence.best_set.empty() ? "" : " (" + bar.evidence.best_set + ")";
  account.add("evidence", right * (proof - 1),
              fixed(bar.evidence.value, 2) + " of a proof" + set + ": times " + fixed(proof, 2),
              proof_lines);
  account.add_unless_nothing("revisions", right * proof * (bar.revisions - 1),
                             std::to_string(bar.changes) + " changes of component or mechanism: "
                             "times " + fixed(bar.revisions, 2), bar.change_lines);
  account.add_unless_nothing("hints", right * proof * bar.revisions * (bar.hints - 1),
                             std::to_string(bar.hints_taken) + " taken: times " +
                                 fixed(bar.hints, 2), bar.hint_lines);
  return account.reasons();
}

std::vector<Reason> account_for_repair(const Scorecard& card) {
  Account account("repair");
  const Measure& mitigation = card.repair.grade.mitigation;
  const HarmGrade& harm = card.repair.grade.harm;
  const double mended = card.repair.full * (card.twin ? 1 : mitigation.certain);
  if (card.twin) {
    account.add("mitigation", mended, "not asked: nothing was broken", {});
  } else {
    std::string how = mitigation.known ? "" : "unknown, at least ";
    how += fixed(mitigation.certain, 2);
    for (const std::string& note : mitigation.notes) how += ": " + note;
    account.add("mitigation", mended, how, mitigation.lines);
  }
  double left = 1;
  for (const HarmItem& item : harm.items) {
    const double taken = std::min(left, item.penalty);
    left -= taken;
    account.add(item.item, -mended * taken,
                (item.known ? "" : "unknown, the worst is assumed: ") + item.note, item.lines);
  }
  return account.reasons();
}

std::vector<Reason> account_for_response(const Scorecard& card) {
  Account account("response");
  const ResponseGrade& grade = card.response.grade;
  const double half = card.response.full / 2;
  if (!card.twin) {
    for (const StepTime& step : grade.steps) {
      const std::string how =
          step.seconds ? fixed(*step.seconds, 1) + " s: " + fixed(step.credit, 2) + " of " +
                             fixed(half * step.weight, 1)
                       : "never reached";
      account.add(step.step, half * step.weight * step.credit, how,
                  step.seconds ? line_of(step.line) : std::vector<int64_t>());
    }
  }
  const double each = (card.twin ? card.response.full : half) /
                      static_cast<double>(std::max<size_t>(1, grade.items.size()));
  for (const ProcessItem& item : grade.items) {
    account.add(item.item, each * item.rating,
                item.note + ": " + fixed(item.rating, 2) + " of " + fixed(each, 1), item.lines);
  }
  return account.reasons();
}

std::string lines_text(const std::vector<int64_t>& lines) {
  std::string text;
  for (const int64_t line : lines) {
    text += (text.empty() ? "" : ", ") + (line == 0 ? "given afterwards" : std::to_string(line));
  }
  if (text.empty()) return "";
  return std::string(lines.size() == 1 ? " [line " : " [lines ") + text + "]";
}

}  // namespace

std::vector<Reason> explain(const Scorecard& card) {
  std::vector<Reason> all;
  if (!card.ungraded.empty()) return all;
  for (const auto& reasons : {account_for_diagnosis(card.diagnosis), account_for_repair(card),
                              account_for_response(card)}) {
    all.insert(all.end(), reasons.begin(), reasons.end());
  }
  double sum = 0;
  for (const Reason& reason : all) sum += reason.points;
  if (card.capped) {
    std::vector<int64_t> lines;
    for (const HarmItem& item : card.repair.grade.harm.items) {
      if (item.item == "orders") lines = item.lines;
    }
    all.push_back({"total", "cap", card.total - sum, "orders were lost: at most 40", lines});
  }
  return all;
}

std::string explanation_text(const Scorecard& card, size_t width) {
  constexpr size_t kLeft = 24;
  if (!card.ungraded.empty()) return "no score: " + card.ungraded + "\n";
  std::string out, bar;
  for (const Reason& reason : explain(card)) {
    if (reason.bar != bar) out += reason.bar + "\n";
    bar = reason.bar;
    const double shown = std::abs(reason.points) < 0.005 ? 0 : reason.points;  // never a -0.00
    std::string points = (shown >= 0 ? "+" : "") + fixed(shown, 2);
    points.insert(0, points.size() < 7 ? 7 - points.size() : 0, ' ');
    std::string label = "  " + text::pad(reason.item, 13) + points + "  ";
    const size_t room = width > kLeft + 20 ? width - kLeft : 20;
    for (const std::string& part : text::wrap(reason.how + lines_text(reason.lines), room)) {
      out += label + part + "\n";
      label = std::string(kLeft, ' ');
    }
  }
  return out + "total" + text::pad("", 12) + fixed(card.total, 2) + "\n";
}

json::array explanation_to_json(const Scorecard& card) {
  json::array all;
  for (const Reason& reason : explain(card)) {
    all.push_back(json::object{{"bar", reason.bar},
                               {"item", reason.item},
                               {"points", rounded(reason.points, 3)},
                               {"how", reason.how},
                               {"lines", json::array(reason.lines.begin(), reason.lines.end())}});
  }
  return all;
}

}  // namespace gameday
