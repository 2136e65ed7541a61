// What sentences say of repair, harm and response, held against probes, looks and desk verbs.
#include <algorithm>
#include <cmath>

#include "tests/support/sentences.hpp"

namespace gameday::testing {

bool mitigation_holds(const Reading& read, const std::string& note) {
  const auto probe = [&read](const char* set, const char* name) { return read.probe(set, name); };
  const bool served = probe("mitigation", "users_served") == "yes";
  const bool gone =
      probe("mitigation", "cause_present") == "no" && probe("retrigger", "cause_present") == "no";
  if (note == "users are not served") return probe("mitigation", "users_served") == "no";
  if (contains(note, "did not outlive")) return probe("retrigger", "users_served") == "no";
  if (contains(note, "writable primary")) return probe("", "one_writable_primary") != "yes";
  if (contains(note, "services are the same")) return probe("", "services_same") != "yes";
  if (contains(note, "while the cause stays")) return served && !gone;
  if (contains(note, "redundancy is back"))
    return served && gone && probe("", "redundancy") == "yes";
  if (contains(note, "is not back")) return served && gone && probe("", "redundancy") == "no";
  if (contains(note, "before anything was probed"))
    return probe("mitigation", "users_served").empty();
  if (contains(note, "could not be seen")) {
    for (const char* name : {"users_served", "cause_present", "redundancy"}) {
      const std::string said = probe("", name);
      if (said.empty() || said == "unknown") return true;
    }
  }
  return false;
}

// One after the other, "; " between them.
bool harms_hold(const Reading& read, std::string notes) {
  const auto of_look = [&read](const char* item) {
    return std::any_of(
        read.journal.events.begin(), read.journal.events.end(), [&](const Event& event) {
          return event.kind == events::kHarm && string_or(event.data, "item", "") == item;
        });
  };
  const std::regex restarts(R"(restarted or stopped off the causal path: ([^;]+).*)");
  const std::regex budget(
      R"((\d+) % of requests failed or were slow over (\d+) s, where the fault alone cost (\d+) %: (\d+) requests.*)");
  std::smatch m;
  bool known = false;
  if (contains(notes, "monitoring was switched")) {
    known = true;
    if (!of_look("monitoring") && read.probe("", "monitoring_intact") != "no") return false;
  }
  if (contains(notes, "access was widened")) {
    known = true;
    if (!of_look("access") && read.probe("", "access_not_widened") != "no") return false;
  }
  if (contains(notes, "two writable primaries")) {
    known = true;
    if (!of_look("second_primary")) return false;
  }
  if (contains(notes, "acknowledged orders were lost")) {
    known = true;
    if (read.lost_orders() <= 0 && read.probe("", "orders_kept") != "no") return false;
  }
  if (contains(notes, "could not be")) known = true;
  if (const size_t at = notes.find("restarted or stopped"); at != std::string::npos) {
    const std::string rest = notes.substr(at);
    const Event* looked = read.journal.last(events::kRestarts);
    if (!looked || !std::regex_match(rest, m, restarts)) return false;
    known = true;
    std::string told = m[1].str();
    const std::string all = json::serialize(looked->data);
    const std::regex one(R"((\w+)'s ([\w-]+))");
    for (std::sregex_iterator i(told.begin(), told.end(), one), none; i != none; ++i) {
      if (!contains(all, "\"host\":\"" + (*i)[1].str() + "\"") ||
          !contains(all, "\"service\":\"" + (*i)[2].str() + "\"")) {
        return false;
      }
    }
  }
  const std::regex start_of_budget(R"(\d+ % of requests failed or were slow)");
  if (std::regex_search(notes, m, start_of_budget)) {
    const std::string rest = notes.substr(static_cast<size_t>(m.position(0)));
    if (!std::regex_match(rest, m, budget)) return false;
    known = true;
    const double until = read.served >= 0 ? std::min(read.served, read.end) : read.end;
    const auto [bad, all] = read.suffered(read.start, until);
    const double share = all > 0 ? 100 * bad / all : 0;
    const double alone = std::stod(m[3]);
    if (!near(share, std::stod(m[1]), 1) || share < alone) return false;
    if (!near(bad - alone / 100 * all, std::stod(m[4]), 0.006 * all + 2)) return false;
  }
  return known;
}

bool process_holds(const Reading& read, const std::string& note) {
  const Escalation& policy = read.scenario.escalation;
  const auto right_severity = [&policy](const std::string& one) {
    return std::count(policy.severities.begin(), policy.severities.end(), one) > 0;
  };
  std::set<std::string> declared;
  for (const Event* one : read.desk("declare")) {
    declared.insert(read.taxonomy.canonical("severity", string_or(one->data, "severity", "")));
  }
  size_t right = 0, others = 0;
  std::set<std::string> teams;
  for (const Event* one : read.desk("escalate")) {
    teams.insert(read.taxonomy.canonical("team", string_or(one->data, "team", "")));
  }
  for (const std::string& team : teams) {
    const bool owns = std::count(policy.right_teams.begin(), policy.right_teams.end(), team) > 0;
    (owns ? right : others) += 1;
  }
  std::smatch m;
  if (note == "acknowledged the page") return !read.desk("ack").empty();
  if (note == "the page was not acknowledged") return read.desk("ack").empty();
  if (note == "no incident was declared") return declared.empty();
  if (std::regex_match(
          note, m,
          std::regex(
              R"((sev\d) was right(, after (sev\d) at first|; it counts, not (sev\d) later)?)"))) {
    const std::string before = m[3], later = m[4];
    return declared.contains(m[1]) && right_severity(m[1]) &&
           (before.empty() || declared.contains(before)) &&
           (later.empty() || declared.contains(later));
  }
  if (std::regex_match(note, m,
                       std::regex(R"((\w+)(?: \(.*?\))?, but the impact asks for (sev\d).*)"))) {
    return declared.contains(m[1]) && !right_severity(m[1]) && right_severity(m[2]);
  }
  if (note == "nobody was called") return teams.empty();
  if (contains(note, "owns the cause was not called")) return right == 0 && others > 0;
  if (std::regex_match(
          note, m,
          std::regex(
              R"(the owning team was called (in time|late)(, and (\d+) that do not own it:.*)?)"))) {
    return right > 0 && (!m[3].length() || std::stoul(m[3]) == others);
  }
  const auto updates = read.desk("update");
  if (note == "nobody was told how it stands") return updates.empty();
  if (std::regex_match(
          note, m,
          std::regex(
              R"((\d+) updates?(, in time and complete|(, \d+ late)?(, the next one never came)?(, \d+ without impact, action or next time)?))"))) {
    return std::stoul(m[1]) == updates.size();
  }
  return false;
}

}  // namespace gameday::testing
