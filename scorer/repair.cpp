#include "scorer/repair.hpp"

#include <algorithm>
#include <map>

#include "core/events.hpp"

namespace gameday {

namespace {

constexpr double kServed = 0.4, kNeutralised = 0.7, kRemoved = 1.0;
constexpr double kMonitoringPenalty = 0.5, kAccessPenalty = 0.4;

enum class Result { kYes, kNo, kUnknown, kNotRun };

// The last result of every probe of a set. What the baseline already found wrong cannot be blamed
// on anyone, nor be passed: it is unknown.
class Probes {
 public:
  explicit Probes(const Journal& journal) {
    for (const Event& event : journal.events) {
      if (event.kind != events::kProbe) continue;
      const std::string result = string_or(event.data, "result", "");
      results_[string_or(event.data, "set", "")][string_or(event.data, "name", "")] =
          result == "yes" ? Result::kYes : result == "no" ? Result::kNo : Result::kUnknown;
    }
  }

  bool ran(const std::string& set) const { return results_.contains(set); }

  Result at(const std::string& set, const std::string& name) const {
    const Result own = raw(set, name);
    // The cause is never there before the fault.
    if (own == Result::kNotRun || name == "cause_present") return own;
    const Result before = raw("baseline", name);
    return before == Result::kNo || before == Result::kUnknown ? Result::kUnknown : own;
  }

  // Before and after the re-trigger: the worse of the two.
  Result worst(const std::string& name) const {
    const Result first = at("mitigation", name), second = at("retrigger", name);
    for (const Result bad : {Result::kNo, Result::kUnknown}) {
      if (first == bad || second == bad) return bad;
    }
    return first;
  }

 private:
  Result raw(const std::string& set, const std::string& name) const {
    const auto found = results_.find(set);
    if (found == results_.end()) return Result::kNotRun;
    const auto result = found->second.find(name);
    return result == found->second.end() ? Result::kNotRun : result->second;
  }

  std::map<std::string, std::map<std::string, Result>> results_;
};

Measure certain(double value, const std::string& why) { return {value, true, {why}, {}}; }
Measure unknown(double at_least, const std::string& why) { return {at_least, false, {why}, {}}; }

Measure grade_mitigation(const Probes& probes) {
  if (!probes.ran("mitigation")) return unknown(0, "the drill ended before anything was probed");
  const Result served = probes.at("mitigation", "users_served");
  if (served == Result::kNo) return certain(0, "users are not served");
  if (served != Result::kYes) return unknown(0, "whether users are served could not be seen");
  const Result again = probes.at("retrigger", "users_served");
  if (again == Result::kNo) return certain(0, "it did not outlive a restart of the services");
  if (again != Result::kYes) {
    return unknown(0, "whether it outlives a restart of the services could not be seen");
  }
  for (const auto& [name, text] :
       {std::pair{"one_writable_primary", "there is exactly one writable primary"},
        {"services_same", "the services are the same as before"}}) {
    const Result result = probes.worst(name);
    if (result == Result::kNo) return certain(0, std::string("it is not true that ") + text);
    if (result != Result::kYes) return unknown(0, std::string("could not be seen: ") + text);
  }
  const Result cause = probes.at("mitigation", "cause_present");
  const Result cause_again = probes.at("retrigger", "cause_present");
  if (cause == Result::kYes || cause_again == Result::kYes) {
    return certain(kServed, "users are served again while the cause stays");
  }
  if (cause != Result::kNo || cause_again == Result::kUnknown) {
    return unknown(kServed, "users are served; whether the cause is gone could not be seen");
  }
  const Result redundancy = probes.worst("redundancy");
  if (redundancy == Result::kYes) return certain(kRemoved, "the cause is gone, redundancy is back");
  if (redundancy == Result::kNo) {
    return certain(kNeutralised, "the cause is gone, redundancy is not back");
  }
  return unknown(kNeutralised, "the cause is gone; whether redundancy is back could not be seen");
}

// Whether every acknowledged order is still there: the probe, or the workload's look-up at the end.
Result orders_kept(const Probes& probes, const Journal& journal) {
  Result result = probes.worst("orders_kept");
  const Event* orders = journal.last(events::kOrders);
  if (!orders) return result;
  const bool looked_up = orders->data.if_contains("lost") != nullptr;
  if (number_or(orders->data, "lost", 0) > 0) return Result::kNo;
  if (!looked_up || number_or(orders->data, "unknown", 0) > 0) {
    return result == Result::kNo ? result : Result::kUnknown;
  }
  return result == Result::kNotRun ? Result::kYes : result;
}

void penalise(Measure& harm, Result result, double penalty, const std::string& what,
              const std::string& note) {
  if (result == Result::kNo) {
    harm.certain -= penalty;
    harm.notes.push_back(note);
  } else if (result == Result::kUnknown) {
    harm.certain -= penalty;
    harm.known = false;
    harm.notes.push_back("could not be seen: " + what);
  } else if (result == Result::kNotRun) {
    harm.not_assessed.push_back("whether " + what);
  }
}

}  // namespace

RepairGrade grade_repair(const Journal& journal) {
  const Probes probes(journal);
  RepairGrade grade;
  grade.mitigation = grade_mitigation(probes);
  Measure& harm = grade.harm;
  harm.certain = 1;
  penalise(harm, probes.worst("monitoring_intact"), kMonitoringPenalty, "monitoring is intact",
           "monitoring was switched off or changed");
  penalise(harm, probes.worst("access_not_widened"), kAccessPenalty, "access is not widened",
           "access was widened");
  const Result orders = orders_kept(probes, journal);
  penalise(harm, orders, 1, "every acknowledged order is kept", "acknowledged orders were lost");
  grade.data_lost = orders == Result::kNo;
  harm.not_assessed.push_back("restarts off the causal path");
  harm.not_assessed.push_back("error budget beyond doing nothing");
  harm.certain = std::max(0.0, harm.certain);
  return grade;
}

}  // namespace gameday
