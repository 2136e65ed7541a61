#include "scorer/response.hpp"

#include <algorithm>
#include <set>

#include "journal/events.hpp"
#include "scorer/suffering.hpp"

namespace gameday {

namespace {

constexpr double kDetectWeight = 0.2, kIdentifyWeight = 0.3, kMitigateWeight = 0.3,
                 kResolveWeight = 0.2;
constexpr double kMitigatedFrom = 0.4;
constexpr double kPerformed = 1, kWithSome = 0.75, kWithMajor = 0.4, kUnable = 0;
constexpr size_t kRunsForPar = 3;
constexpr size_t kFreeCalls = 2;  // of teams that do not own the cause

bool is_verb(const Event& event, std::string_view verb) {
  return event.kind == events::kDesk && string_or(event.data, "verb", "") == verb;
}

// The first use of a desk verb from `start` on that passes a test.
template <typename Test>
const Event* first_verb(const Journal& journal, std::string_view verb, double start, Test test) {
  for (const Event& event : journal.events) {
    if (event.at_seconds >= start && is_verb(event, verb) && test(event)) return &event;
  }
  return nullptr;
}

const Event* first_verb(const Journal& journal, std::string_view verb, double start) {
  return first_verb(journal, verb, start, [](const Event&) { return true; });
}

Moment moment_of(const Event& event) { return {event.at_seconds, event.seq}; }

std::optional<Moment> resolved_at(const Journal& journal, double start) {
  if (const Event* resolve = first_verb(journal, "resolve", start)) return moment_of(*resolve);
  for (const Event& event : journal.events) {
    if (event.kind == events::kProbe && string_or(event.data, "set", "") == "mitigation") {
      return moment_of(event);  // nobody stood down: the moment it was confirmed
    }
  }
  return std::nullopt;
}

StepTime step(const std::string& name, double weight, const std::optional<Moment>& reached,
              double start, double limit, double par) {
  StepTime time{name, weight, std::nullopt, 0, 0, par};
  if (!reached) return time;
  time.line = reached->line;
  time.seconds = std::max(0.0, reached->at_seconds - start);
  time.credit = std::clamp((limit - *time.seconds) / (limit - par), 0.0, 1.0);
  return time;
}

// The median of what experts took for a step; 0 until there are enough of them: nothing is made up.
double par_of(const std::vector<const ExpertRun*>& runs, double ExpertRun::*step) {
  if (runs.size() < kRunsForPar) return 0;
  std::vector<double> seconds;
  for (const ExpertRun* run : runs) seconds.push_back(run->*step);
  std::sort(seconds.begin(), seconds.end());
  const size_t middle = seconds.size() / 2;
  return seconds.size() % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
}

double rating_of_delay(double minutes, double limit_minutes) {
  if (minutes <= limit_minutes) return kPerformed;
  return minutes <= 2 * limit_minutes ? kWithSome : kWithMajor;
}

ProcessItem grade_acknowledged(const Escalation& policy, const Journal& journal, double start) {
  const Event* page = nullptr;
  for (const Event& event : journal.events) {
    const bool is_page = event.kind == events::kPage && !of_unknown_origin(event.data);
    if (is_page && event.at_seconds >= start && !page) page = &event;
  }
  const double since = page ? page->at_seconds : start;
  const Event* ack = first_verb(journal, "ack", start);
  if (!ack) return {"acknowledged", kUnable, "the page was not acknowledged", {}};
  const double minutes = (ack->at_seconds - since) / 60;
  return {"acknowledged", rating_of_delay(minutes, policy.ack_within_minutes),
          "acknowledged the page", {ack->seq}};
}

ProcessItem grade_severity(const Escalation& policy, const Taxonomy& taxonomy,
                           const Journal& journal, double start) {
  const Event* declared = first_verb(journal, "declare", start);
  if (!declared) return {"severity", kUnable, "no incident was declared", {}};
  // What stands when the first update is due is what was declared; older versions took the first word.
  const double firm = taxonomy.catalogue.counts_corrections
                          ? declared->at_seconds + policy.first_update_minutes * 60
                          : declared->at_seconds;
  const Event* last = declared;
  for (const Event& event : journal.events) {
    if (event.at_seconds < start || !is_verb(event, "declare")) continue;
    last = &event;
    if (event.at_seconds <= firm) declared = &event;
  }
  const auto is_right = [&](const Event& event) {
    const std::string severity =
        taxonomy.canonical("severity", string_or(event.data, "severity", ""));
    return std::find(policy.severities.begin(), policy.severities.end(), severity) !=
           policy.severities.end();
  };
  const std::string first = string_or(declared->data, "severity", "");
  const std::string final_one = string_or(last->data, "severity", "");
  if (is_right(*declared)) {
    return {"severity", kPerformed,
            first + " was right" +
                (final_one == first ? "" : "; it counts, not " + final_one + " later"),
            {declared->seq}};
  }
  if (is_right(*last)) {
    return {"severity", kWithSome, final_one + " was right, after " + first + " at first",
            {declared->seq, last->seq}};
  }
  const auto with_meaning = [&taxonomy](const std::string& name) {
    for (const TaxonomyValue& value : taxonomy.values("severity")) {
      if (value.name == taxonomy.canonical("severity", name)) return name + " (" + value.help + ")";
    }
    return name;
  };
  std::string right;
  for (const std::string& one : policy.severities) {
    right += (right.empty() ? "" : " or ") + with_meaning(one);
  }
  return {"severity", kWithMajor, with_meaning(final_one) + ", but the impact asks for " + right,
          {last->seq}};
}

bool owns_the_cause(const Escalation& policy, const std::string& team) {
  return std::find(policy.right_teams.begin(), policy.right_teams.end(), team) !=
         policy.right_teams.end();
}

// Whoever was called at night and could do nothing about it.
std::set<std::string> teams_called_in_vain(const Escalation& policy, const Taxonomy& taxonomy,
                                           const Journal& journal, double start) {
  std::set<std::string> teams;
  for (const Event& event : journal.events) {
    if (event.at_seconds < start || !is_verb(event, "escalate")) continue;
    const std::string team = taxonomy.canonical("team", string_or(event.data, "team", ""));
    if (!owns_the_cause(policy, team)) teams.insert(team);
  }
  return teams;
}

ProcessItem grade_escalation(const Escalation& policy, const Taxonomy& taxonomy,
                             const Journal& journal, double start) {
  const auto is_right = [&](const Event& event) {
    return owns_the_cause(policy,
                          taxonomy.canonical("team", string_or(event.data, "team", "")));
  };
  const Event* any = first_verb(journal, "escalate", start);
  const Event* right = first_verb(journal, "escalate", start, is_right);
  if (!any) return {"escalation", kUnable, "nobody was called", {}};
  if (!right) {
    return {"escalation", kWithMajor, "the team that owns the cause was not called", {any->seq}};
  }
  const bool in_time = (right->at_seconds - start) / 60 <= policy.within_minutes;
  ProcessItem item{"escalation", in_time ? kPerformed : kWithSome,
                   in_time ? "the owning team was called in time" : "the owning team was called late",
                   {right->seq}};
  if (!taxonomy.catalogue.counts_calls) return item;
  const std::set<std::string> others = teams_called_in_vain(policy, taxonomy, journal, start);
  if (others.size() <= kFreeCalls) return item;
  item.rating = std::min(item.rating, others.size() == kFreeCalls + 1 ? kWithSome : kWithMajor);
  item.note += ", and " + std::to_string(others.size()) + " that do not own it:";
  for (const std::string& team : others) item.note += " " + team;
  return item;
}

bool is_complete(const Event& update) {
  return !string_or(update.data, "impact", "").empty() &&
         !string_or(update.data, "action", "").empty() &&
         number_or(update.data, "next_minutes", 0) > 0;
}

// The first update in time, then never a longer silence than the policy's, until the end.
ProcessItem grade_updates(const Escalation& policy, const Journal& journal, double start,
                          double end) {
  const Event* declared = first_verb(journal, "declare", start);
  double since = declared ? declared->at_seconds : start;
  double allowed = policy.first_update_minutes * 60;
  int updates = 0, late = 0, incomplete = 0;
  std::vector<int64_t> lines;
  for (const Event& event : journal.events) {
    if (event.at_seconds < start || event.at_seconds > end || !is_verb(event, "update")) continue;
    ++updates;
    lines.push_back(event.seq);
    late += event.at_seconds - since > allowed;
    incomplete += !is_complete(event);
    since = event.at_seconds;
    allowed = policy.update_every_minutes * 60;
  }
  if (updates == 0) return {"updates", kUnable, "nobody was told how it stands", {}};
  const bool missing = end - since > allowed;
  std::string note = std::to_string(updates) + (updates == 1 ? " update" : " updates");
  if (late > 0) note += ", " + std::to_string(late) + " late";
  if (missing) note += ", the next one never came";
  if (incomplete > 0) {
    note += ", " + std::to_string(incomplete) + " without impact, action or next time";
  }
  const int flaws = late + missing + incomplete;
  if (flaws == 0) note += ", in time and complete";
  return {"updates", flaws == 0 ? kPerformed : flaws == 1 ? kWithSome : kWithMajor, note, lines};
}

}  // namespace

std::optional<Moment> served_from(const Journal& journal, double start) {
  const double settle = journal.phase_at("settle");
  std::optional<Moment> since;
  for (const Event& event : journal.events) {
    if (event.kind != events::kServed || event.at_seconds < start) continue;
    if (bool_or(event.data, "served", false)) {
      if (!since) since = Moment{number_or(event.data, "since", event.at_seconds), event.seq};
    } else if (settle < 0 || event.at_seconds < settle) {
      since.reset();  // later, the restart of the re-trigger is ours: nobody's failing
    }
  }
  return since;
}

std::optional<double> served_at(const Journal& journal, double start) {
  const auto since = served_from(journal, start);
  return since ? std::optional(since->at_seconds) : std::nullopt;
}

ResponseGrade grade_response(const Scenario& scenario, const Taxonomy& taxonomy,
                             const Journal& journal, double start, const Reached& reached) {
  ResponseGrade grade;
  const double limit = taxonomy.time_box_seconds;
  // A page may come before a user sees the effect, and is answered then.
  const double inject = journal.phase_at("inject");
  const double from = taxonomy.catalogue.counts_onset && inject >= 0 ? inject : start;
  const Event* declared = first_verb(journal, "declare", from);
  std::optional<Moment> detected, mitigated, resolved;
  if (declared) detected = moment_of(*declared);
  if (reached.mitigation >= kMitigatedFrom) mitigated = served_from(journal, start);
  if (reached.mitigation == 1) resolved = resolved_at(journal, start);
  std::vector<const ExpertRun*> runs;
  for (const ExpertRun& run : taxonomy.expert_runs) {
    if (run.scenario == scenario.id) runs.push_back(&run);
  }
  grade.expert_runs = runs.size();
  grade.time_is_provisional = runs.size() < kRunsForPar;
  const auto timed = [&](const char* name, double weight, const std::optional<Moment>& reached_at,
                         double ExpertRun::*step_of_run) {
    grade.steps.push_back(
        step(name, weight, reached_at, start, limit, par_of(runs, step_of_run)));
  };
  timed("detect", kDetectWeight, detected, &ExpertRun::detect);
  timed("identify", kIdentifyWeight, reached.identified, &ExpertRun::identify);
  timed("mitigate", kMitigateWeight, mitigated, &ExpertRun::mitigate);
  timed("resolve", kResolveWeight, resolved, &ExpertRun::resolve);
  for (const StepTime& one : grade.steps) grade.time += one.weight * one.credit;

  const Escalation& policy = scenario.escalation;
  grade.items = {grade_acknowledged(policy, journal, from),
                 grade_severity(policy, taxonomy, journal, from)};
  if (!policy.right_teams.empty()) {
    grade.items.push_back(grade_escalation(policy, taxonomy, journal, from));
  }
  grade.items.push_back(grade_updates(policy, journal, from, end_of_response(journal, start)));
  for (const ProcessItem& item : grade.items) {
    grade.process += item.rating / static_cast<double>(grade.items.size());
  }
  return grade;
}

}  // namespace gameday
