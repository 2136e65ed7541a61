#include "scorer/probe_results.hpp"

#include <algorithm>

#include "journal/events.hpp"

namespace gameday {

ProbeResults::ProbeResults(const Journal& journal) {
  for (const Event& event : journal.events) {
    if (event.kind != events::kProbe) continue;
    const std::string result = string_or(event.data, "result", "");
    found_[string_or(event.data, "set", "")][string_or(event.data, "name", "")] = {
        result == "yes"  ? Result::kYes
        : result == "no" ? Result::kNo
                         : Result::kUnknown,
        event.seq, string_or(event.data, "detail", "")};
  }
}

const ProbeResults::Found* ProbeResults::find(const std::string& set,
                                              const std::string& name) const {
  const auto results = found_.find(set);
  if (results == found_.end()) return nullptr;
  const auto result = results->second.find(name);
  return result == results->second.end() ? nullptr : &result->second;
}

Result ProbeResults::at(const std::string& set, const std::string& name) const {
  const Found* own = find(set, name);
  if (!own) return Result::kNotRun;
  // The cause is never there before the fault.
  if (name == "cause_present") return own->result;
  const Found* before = find("baseline", name);
  const bool was_good = !before || before->result == Result::kYes;
  return was_good ? own->result : Result::kUnknown;
}

Result ProbeResults::worst(const std::string& name) const {
  const Result first = at("mitigation", name), second = at("retrigger", name);
  for (const Result bad : {Result::kNo, Result::kUnknown}) {
    if (first == bad || second == bad) return bad;
  }
  return first;
}

std::vector<int64_t> ProbeResults::lines(const std::vector<std::string>& names) const {
  std::vector<int64_t> lines;
  for (const char* set : {"mitigation", "retrigger"}) {
    for (const std::string& name : names) {
      const Found* found = find(set, name);
      if (found) lines.push_back(found->line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string ProbeResults::detail(const std::string& name, Result result) const {
  for (const char* set : {"mitigation", "retrigger"}) {
    const Found* found = find(set, name);
    if (found && found->result == result && !found->detail.empty()) return found->detail;
  }
  return "";
}

}  // namespace gameday
