// The kinds of sentences of a scorecard, and of those that a report has in common with it.
#include <algorithm>
#include <cmath>

#include "scorer/answer_form.hpp"
#include "tests/support/sentences.hpp"

namespace gameday::testing {

namespace {


bool no_harm_seen(const Claim& c) {
  for (const char* name : {"monitoring_intact", "access_not_widened", "orders_kept"}) {
    if (c.read.probe("", name) == "no") return false;
  }
  return !c.read.journal.first(events::kHarm) && c.read.lost_orders() == 0;
}

bool step_holds(const Claim& c, const std::string& step, const std::string& when) {
  const Reading& read = c.read;
  const bool mended = read.probe("mitigation", "users_served") == "yes" &&
                      read.probe("retrigger", "users_served") == "yes";
  if (when == "never") {
    if (step == "detect") return read.desk("declare").empty();
    if (step == "mitigate") {
      return !mended || read.probe("", "one_writable_primary") != "yes" ||
             read.probe("", "services_same") != "yes";
    }
    if (step == "resolve")
      return !mended || read.probe("", "cause_present") != "no" ||
             read.probe("", "redundancy") != "yes" || read.probe("", "services_same") != "yes";
    return true;  // a cause stated without a proof, or not near enough, is graded above
  }
  const double at = std::stod(when);
  if (step == "mitigate") return mended && read.any_at(at, events::kServed);
  if (step == "identify") return read.any_at(at, events::kDiagnosis);
  if (step == "detect") return read.any_at(at, events::kDesk) && !read.desk("declare").empty();
  return read.any_at(at, events::kDesk) || read.any_at(at, events::kProbe);
}

bool turn_holds(const Claim& c, double at, double seconds, std::string what) {
  const Reading& read = c.read;
  std::smatch m;
  const double from = read.start + at;
  if (std::regex_match(what, m,
                       std::regex(R"((.*); meanwhile (\d+) requests failed or were slow)"))) {
    if (read.suffered(from - 2, read.end).first + 1 < std::stod(m[2])) return false;
    what = m[1].str();
  }
  if (std::regex_match(what, m, std::regex(R"((.*) \[-[\d.]+\])"))) what = m[1].str();
  if (std::regex_match(what, m,
                       std::regex(R"((\d+) commands? on (\w+), which is not on the way .*)"))) {
    size_t count = 0;
    for (const Event& event : read.journal.events) {
      count +=
          event.kind == events::kObservation && string_or(event.data, "host", "") == m[2].str();
    }
    return count >= std::stoul(m[1]) && !read.variant.truth.causal_path.contains(m[2].str()) &&
           m[2].str() != read.variant.truth.component && read.any_at(at, events::kObservation);
  }
  if (std::regex_match(what, m,
                       std::regex(R"(the answer (\w*) (\w*), worth (\d+) % and given up later)"))) {
    for (const Event& event : read.journal.events) {
      const bool this_one =
          event.kind == events::kDiagnosis && near(event.at_seconds, from, 0.06) &&
          read.taxonomy.canonical("mechanism", string_or(event.data, "mechanism", "")) ==
              m[2].str();
      if (this_one) return read.any_at(at + seconds, events::kDiagnosis);
    }
    return false;
  }
  if (std::regex_match(
          what, m,
          std::regex(R"((\w+)'s ([\w-]+) was restarted, and users were served no better)"))) {
    const auto before = read.suffered(from - 5, from - 1),
               after = read.suffered(from + 1, from + 15);
    const double was = before.second > 0 ? before.first / before.second : 0;
    const double is = after.second > 0 ? after.first / after.second : 1;
    return is >= was - 0.1 && harms_hold(read, "restarted or stopped off the causal path: " +
                                                   m[1].str() + "'s " + m[2].str());
  }
  if (what.rfind("harm: ", 0) == 0) return harms_hold(read, what.substr(6));
  if (std::regex_match(what, m, std::regex(R"((\d+) hints taken, up to here)"))) {
    return read.desk("hint").size() == std::stoul(m[1]);
  }
  if (std::regex_match(
          what, m,
          std::regex(R"((.+) (?:changed|looked at) (\S+?)(?: in vain|, suspecting (\w+)))"))) {
    for (const Event& event : read.journal.events) {
      if (event.kind == events::kAct && string_or(event.data, "who", "") == m[1].str() &&
          string_or(event.data, "target", "") == m[2].str() &&
          (m[3].length() == 0 || contains(json::serialize(event.data), m[3].str()))) {
        return read.any_at(at, events::kAct);
      }
    }
  }
  return false;
}

bool lesson_holds(const Claim& c) {
  const Reading& read = c.read;
  std::string text = c[0], tells;
  std::smatch m;
  if (const size_t at = text.find(" What tells it: "); at != std::string::npos) {
    tells = text.substr(at + 16, text.size() - at - 17);
    text.resize(at);
    bool told = false;
    for (const char* field : {"component", "class", "mechanism", "trigger", "verdict"}) {
      told = told || has_told(c, field, tells);
    }
    if (!told) return false;
  }
  if (std::regex_match(text, m,
                       std::regex(R"(The (\w+) was (.+?), (?:and none was stated|not (.+))\.)"))) {
    const std::string said = m[3];
    return m[2].str() == read.truth(m[1]) &&
           said.substr(0, said.find(" + ")) == read.answered(m[1]) && said != read.truth(m[1]);
  }
  if (text.rfind("State a cause before the end", 0) == 0) {
    return text.ends_with(": none was stated.") && !read.answer;
  }
  if (std::regex_match(
          text, m,
          std::regex(
              R"(Cite a proof with the answer: (none was cited|what was cited is ([\d.]+) of one)\.)"))) {
    return m[2].length() ? !read.cited().empty() && std::stod(m[2]) < 1 : read.cited().empty();
  }
  if (std::regex_match(text, m, std::regex(R"(Keep theories in .* mechanism (\d+) times?\.)"))) {
    return changes_of_mind(read) == std::stoul(m[1]);
  }
  if (std::regex_match(text, m, std::regex(R"(Ask the machines, .* before a hint: (\d+) .*)"))) {
    return read.desk("hint").size() == std::stoul(m[1]);
  }
  if (std::regex_match(
          text, m,
          std::regex(
              R"(Remove the cause, .* stays away: (.+?)\. A repair that was accepted: (.+)\.)"))) {
    const auto& repairs = read.variant.repairs;
    return mitigation_holds(read, m[1]) &&
           std::any_of(repairs.begin(), repairs.end(),
                       [&m](const Repair& one) { return one.text == m[2].str(); });
  }
  if (std::regex_match(text, m, std::regex(R"((Acknowledge|Declare|Call|Tell) [^:]+: (.+)\.)"))) {
    return process_holds(read, m[2]);
  }
  if (std::regex_match(text, m,
                       std::regex(R"((Leave the rest) [^:]+: (.+)\.)"))) {
    return mitigation_holds(read, m[2]);
  }
  if (std::regex_match(text, m, std::regex(
      R"((Leave|Open|Make|Delete|Restart|Weigh) [^:]+: (.+)\.)"))) {
    return harms_hold(read, m[2]);
  }
  if (std::regex_match(
          text, m,
          std::regex(R"(Follow a failing request .*: (\d+) s went to another place: (.+)\.)"))) {
    for (const Event& event : read.journal.events) {
      const double began = number_or(event.data, "started", event.at_seconds);
      if (event.kind == events::kObservation &&
          turn_holds(c, began - read.start, std::stod(m[1]), m[2])) {
        return true;
      }
    }
  }
  return false;
}

size_t expert_runs(const Reading& read) {
  return static_cast<size_t>(
      std::count_if(read.taxonomy.expert_runs.begin(), read.taxonomy.expert_runs.end(),
                    [&read](const ExpertRun& run) { return run.scenario == read.scenario.id; }));
}

bool lack_holds(const Claim& c) {
  const std::string what = c[1];
  const Event* truth = c.read.journal.last(events::kTruth);
  if (contains(what, "cut off")) return c.read.journal.truncated;
  if (contains(what, "never written")) return !truth;
  if (contains(what, "catalogue version")) return truth && !truth->data.if_contains("catalogue");
  if (contains(what, "before the fault")) return c.read.probe("baseline", "redundancy").empty();
  if (contains(what, "after the repair")) return c.read.probe("mitigation", "users_served").empty();
  if (contains(what, "after the restart")) return c.read.probe("retrigger", "users_served").empty();
  if (contains(what, "services were restarted")) return !c.read.journal.first(events::kRestarts);
  if (contains(what, "second by second")) return !c.read.journal.first(events::kSecond);
  return false;
}

bool always(const Claim&) { return true; }

bool truth_says(const Claim& c, const char* key) {
  const Event* truth = c.read.journal.last(events::kTruth);
  return truth && bool_or(truth->data, key, false);
}

}  // namespace

const std::vector<Kind>& scorecard_kinds() {
  using R = std::regex;
  static const std::vector<Kind> kinds = {
      {"/", R("Scorecard  (.*)"), [](const Claim& c) { return c[1] == c.read.scenario.ticket; }},
      {"/", R("Points that an item cost stand behind it, as in \\[-1\\.5\\]\\."), always},
      {"/no score", R("(.*)"),
       [](const Claim& c) {
         return c.read.journal.last(events::kVoid) || c.read.journal.phase_at("verified") < 0;
       }},
      {".*/",
       R("(Diagnosis|Repair|Response|What would have told|Lessons|Wrong turns|For comparison)"),
       always},
      {"bar", R("partly unknown|times provisional|capped: orders were lost"),
       [](const Claim& c) {
         if (c[0] == "times provisional") return expert_runs(c.read) < 3;
         return c[0] == "partly unknown" || c.read.lost_orders() > 0 ||
                c.read.probe("", "orders_kept") == "no";
       }},
      {"Diagnosis/answer", R("no diagnosis was submitted"),
       [](const Claim& c) { return !c.read.answer; }},
      {"Diagnosis/note", R("(.+?)(?: What rules it out: (.+)\\.)?"),
       [](const Claim& c) {
         if (c[0] == "Something was broken.") return !c.read.twin;
         for (const Misdiagnosis& one : c.read.variant.misdiagnoses) {
           const bool fits =
               (one.component.empty() || one.component == c.read.answered("component")) &&
               (one.cls.empty() || one.cls == c.read.answered("class")) &&
               (one.mechanism.empty() || one.mechanism == c.read.answered("mechanism"));
           if (fits && one.feedback == c[1] && one.killed_by == c[2]) return true;
         }
         return false;
       }},
      {"Diagnosis/evidence",
       R("none was cited|([\\d.]+) of a sufficient set(?:: (.+?))?(?: \\((\\d+) of its (\\d+) "
         "parts\\))?(?:; less ([\\d.]+) for more than three others)?(?:; \\w+ was not recorded)*"),
       evidence_holds},
      {"Diagnosis/", R("(\\w+): not seen on the system: .+"),
       [](const Claim& c) {
         const auto ids = c.read.cited();
         return c.read.observation(c[1]) && std::count(ids.begin(), ids.end(), c[1]) > 0;
       }},
      {"Diagnosis/revisions", R("(\\d+), times [\\d.]+"),
       [](const Claim& c) { return changes_of_mind(c.read) == std::stoul(c[1]); }},
      {"Diagnosis/hints", R("(\\d+) taken, times ([\\d.]+)"),
       [](const Claim& c) {
         const auto hints = c.read.desk("hint");
         return hints.size() == std::stoul(c[1]) &&
                near(number_or(hints.back()->data, "price", 0), c.number(2), 0.006);
       }},
      {"Diagnosis/confidence", R("([\\d.]+): the answer's error by it is ([\\d.]+), .*"),
       [](const Claim& c) {
         return c.read.answer &&
                near(number_or(*c.read.answer, "confidence", -1), c.number(1), 0.006) &&
                c.number(2) <= 1;
       }},
      {"Repair/mitigation", R("(?:unknown \\(at least )?([\\d.]+)\\)?: (.+)"),
       [](const Claim& c) { return mitigation_holds(c.read, c[2]); }},
      {"Repair/harm", R("none seen"), no_harm_seen},
      {"Repair/harm", R("(?:unknown \\(at least )?([\\d.]+)\\)?: (.+)"),
       [](const Claim& c) { return harms_hold(c.read, c[2]); }},
      {"Repair/", R("not looked at, and free: (.+)"),
       [](const Claim& c) {
         const CatalogueVersion& rules = c.read.taxonomy.catalogue;
         const bool restarts = !rules.judges_restarts || !c.read.journal.last(events::kRestarts);
         return !contains(c[1], "restarts off") || restarts;
       }},
      {"Repair/", R("acknowledged orders were lost: the total is at most 40"),
       [](const Claim& c) {
         return c.read.lost_orders() > 0 || c.read.probe("", "orders_kept") == "no";
       }},
      {"Response/detect", R("(never|\\+[\\d.]+) ?s?: the incident declared(?: \\(par \\d+ s\\))?"),
       [](const Claim& c) { return step_holds(c, "detect", c[1]); }},
      {"Response/identify",
       R("(never|\\+[\\d.]+) ?s?: the cause stated, with proof(?: \\(par \\d+ s\\))?"),
       [](const Claim& c) { return step_holds(c, "identify", c[1]); }},
      {"Response/mitigate",
       R("(never|\\+[\\d.]+) ?s?: users served again, to stay so(?: \\(par \\d+ s\\))?"),
       [](const Claim& c) { return step_holds(c, "mitigate", c[1]); }},
      {"Response/resolve",
       R("(never|\\+[\\d.]+) ?s?: the incident closed, repaired for good(?: \\(par \\d+ s\\))?"),
       [](const Claim& c) { return step_holds(c, "resolve", c[1]); }},
      {"Response/",
       R("times are provisional: of three expert runs to compare with, (\\d+) are recorded"),
       [](const Claim& c) { return expert_runs(c.read) == std::stoul(c[1]); }},
      {"Response/(acknowledged|severity|escalation|updates)", R("(.+)"),
       [](const Claim& c) { return process_holds(c.read, c[1]); }},
      {"What would have told/", R("(\\w+): (.+)"),
       [](const Claim& c) {
         for (const TaxonomyValue& one : c.read.taxonomy.mechanisms) {
           if (one.name == c[1]) return one.tells == c[2];
         }
         return false;
       }},
      {"What would have told/cited", R("(\\w+) on (\\w+): (.*?) => (.*)"),
       [](const Claim& c) { return sight_holds(c, true); }},
      {"What would have told/seen", R("(\\w+) on (\\w+): (.*?) => (.*)"),
       [](const Claim& c) { return sight_holds(c, false); }},
      {"What would have told/not asked", R("(.*)"),
       [](const Claim& c) {
         return c.read.variant.hints.size() > 2 && c[1] == c.read.variant.hints[2].text;
       }},
      {"Lessons/", R("(.+)"), lesson_holds},
      {"Wrong turns/", R("([+-][\\d.]+) s(?:, for ([\\d.]+) s)?: (.+)"),
       [](const Claim& c) {
         return turn_holds(c, c.number(1), c[2].empty() ? 0 : c.number(2), c[3]);
       }},
      {".*/noticed", R("pages of unknown origin, .*: (\\w+) .*"),
       [](const Claim& c) {
         return std::any_of(
             c.read.journal.events.begin(), c.read.journal.events.end(), [&c](const Event& event) {
               return event.kind == events::kPage && string_or(event.data, "id", "") == c[1] &&
                      string_or(event.data, "origin", "") == "unknown";
             });
       }},
      {"For comparison/",
       R("doing nothing earns [\\d.]+, restarting everything [\\d.]+(?:; a random answer [\\d.]+, "
         "the best fixed answer, given without a look, [\\d.]+, the right answer without evidence "
         "[\\d.]+)?"),
       always},
      {"For comparison/", R("this record lacks (.+)"), lack_holds},
      {"For comparison/", R("the scenario was known beforehand"),
       [](const Claim& c) { return truth_says(c, "known_beforehand"); }},
      {"For comparison/", R("tutor mode: every answer was told right or wrong"),
       [](const Claim& c) { return truth_says(c, "tutor"); }},
  };
  static const std::vector<Kind> all = [] {
    std::vector<Kind> every = kinds;
#define FIELD(name)                                                                         \
  every.push_back({"Diagnosis/" name, R("(.+?): (.+?)(?: \\(truth: (.+)\\))?"),             \
                   [](const Claim& c) { return field_holds(c, name, c[1], c[2], c[3]); }}); \
  every.push_back({"What would have told/" name, R("(.+)"),                                 \
                   [](const Claim& c) { return has_told(c, name, c[1]); }});
    FIELD("component")
    FIELD("class")
    FIELD("mechanism")
    FIELD("trigger")
    FIELD("verdict")
#undef FIELD
    return every;
  }();
  return all;
}

}  // namespace gameday::testing
