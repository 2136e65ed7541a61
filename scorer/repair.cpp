#include "scorer/repair.hpp"

namespace gameday {

namespace {

constexpr double kServed = 0.4, kNeutralised = 0.7, kRemoved = 1.0;

// Users are served, and something that the fault had spared is not as it was.
const std::string kNotTrue = "it is not true that ";

Measure certain(double value, const std::string& why) { return {value, true, {why}, {}}; }
Measure unknown(double at_least, const std::string& why) { return {at_least, false, {why}, {}}; }

Measure grade_mitigation(const ProbeResults& probes) {
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
    if (result == Result::kNo) return certain(0, kNotTrue + text);
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

}  // namespace

bool leaves_something_broken(const Measure& mitigation) {
  return mitigation.known && !mitigation.notes.empty() &&
         mitigation.notes.front().starts_with(kNotTrue);
}

RepairGrade grade_repair(const Variant& variant, const Taxonomy& taxonomy,
                         const Journal& journal) {
  const ProbeResults probes(journal);
  RepairGrade grade;
  grade.mitigation = grade_mitigation(probes);
  grade.mitigation.lines = probes.lines(
      {"users_served", "cause_present", "redundancy", "one_writable_primary", "services_same"});
  grade.harm = grade_harm(variant, taxonomy, journal, probes);
  return grade;
}

}  // namespace gameday
