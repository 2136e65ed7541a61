// The kinds of sentences of a report that a scorecard does not have.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "scorer/answer_form.hpp"
#include "tests/support/sentences.hpp"

namespace gameday::testing {

namespace {

// Markdown as it reads; what stands as code stays as it is.
std::string read_aloud(const std::string& line) {
  std::string text;
  bool in_code = false;
  for (size_t at = 0; at < line.size(); ++at) {
    const bool escapes = !in_code && line[at] == '\\' && at + 1 < line.size();
    if (line[at] == '`' && !escapes) in_code = !in_code;
    if (escapes) ++at;
    text += line[at];
  }
  return text;
}

std::string without_code_marks(std::string text) {
  std::erase(text, '`');
  return text;
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  size_t from = row.find('|') + 1;
  for (size_t at = from; at < row.size(); ++at) {
    if (row[at] == '\\' && ++at > 0) continue;
    if (row[at] != '|') continue;
    std::string cell = row.substr(from, at - from);
    cell.erase(0, cell.find_first_not_of(' '));
    while (cell.ends_with(' ')) cell.pop_back();
    cells.push_back(read_aloud(cell));
    from = at + 1;
  }
  return cells;
}

bool interval_has(const Reading& read, const std::string& name, const std::string& key,
                  double value, double by) {
  for (const Event& event : read.journal.events) {
    if (event.kind == events::kInterval && string_or(event.data, "name", "") == name &&
        std::abs(number_or(event.data, key, -1e9) - value) <= by) {
      return true;
    }
  }
  return false;
}

// Each figure of a row of "What users met" stands in an interval of the journal.
bool row_of_users(const Reading& read, const std::vector<std::string>& cells) {
  static const std::vector<std::pair<std::string, double>> columns = {
      {"seconds", 0.051},                 {"offered", 0.51},
      {"requests_failed_percent", 0.051}, {"requests_slow_percent", 0.051},
      {"users_affected_percent", 0.051},  {"p50_ms", 0.51},
      {"p99_ms", 0.51}};
  if (cells.size() != columns.size() + 1) return false;
  for (const Event& event : read.journal.events) {
    bool all = event.kind == events::kInterval;
    for (size_t i = 0; all && i < columns.size(); ++i) {
      const double real = number_or(event.data, columns[i].first, -1e9);
      all = cells[i + 1] == "-" || near(std::stod(cells[i + 1]), real, columns[i].second);
    }
    if (all) return true;
  }
  return false;
}

// Whether an event's data hold each piece of a line; of what people and teams do only who it was.
bool said_by(const std::string& text, std::string data, bool only_who) {
  for (size_t at; (at = data.find("\\n")) != std::string::npos;) data.replace(at, 2, " ");
  const std::regex between(", |: ");
  std::sregex_token_iterator piece(text.begin(), text.end(), between, -1), none;
  if (only_who) return contains(data, text.substr(0, text.find(' ')));
  for (++piece; piece != none; ++piece) {
    std::string own = piece->str();
    own = own.substr(0, std::min({own.find('"'), own.find('\\'), own.find(" ..."), size_t{30}}));
    if (!contains(data, own)) return false;
  }
  return true;
}

// "HH:MM:SS (+x s) text": an event of that moment says it.
bool timeline_holds(const Claim& c) {
  const std::string wall = c[1], text = without_code_marks(c[3]);
  const double after = c.number(2);
  static const std::vector<std::pair<std::string, std::string>> prefixes = {
      {"phase ", events::kPhase},     {"alert ", events::kAlert},
      {"page", events::kPage},        {"harm", events::kHarm},
      {"users are", events::kServed}, {"users see", events::kVerified},
      {"void", events::kVoid},        {"diagnosis: ", events::kDiagnosis},
      {"desk: ", events::kDesk}};
  std::string kind;
  for (const auto& [prefix, of] : prefixes) {
    if (kind.empty() && text.rfind(prefix, 0) == 0) kind = of;
  }
  for (const Event& event : c.read.journal.events) {
    if (event.wall.substr(11, 8) != wall ||
        std::abs(event.at_seconds - c.read.start - after) > 0.06) {
      continue;
    }
    const bool of_kind = kind.empty() ? event.kind == events::kAnswer || event.kind == events::kAct
                                      : event.kind == kind;
    if (!of_kind) continue;
    if (kind == events::kServed) {
      return bool_or(event.data, "served", false) == !contains(text, "not served");
    }
    const std::string all = json::serialize(event.data);
    if (kind == events::kAlert) {
      if (!contains(text, string_or(event.data, "name", "")) ||
          !contains(text, string_or(event.data, "status", ""))) {
        continue;
      }
      std::smatch m;
      const std::regex often(R"(.*, (\d+) times.*)");
      if (!std::regex_match(text, m, often)) return true;
      const auto fired = std::count_if(
          c.read.journal.events.begin(), c.read.journal.events.end(), [&event](const Event& one) {
            return one.kind == events::kAlert && string_or(one.data, "status", "") == "firing" &&
                   string_or(one.data, "name", "") == string_or(event.data, "name", "");
          });
      return fired >= std::stol(m[1]);
    }
    const bool says = kind == events::kPhase
                          ? contains(all, '"' + text.substr(6, text.find(':') - 6) + '"')
                          : said_by(text, all, kind.empty());
    if (says) return true;
  }
  return false;
}

bool looked_holds(const Claim& c) {
  const Event* seen = c.read.observation(c[3]);
  return seen && seen->wall.substr(11, 8) == c[1] && string_or(seen->data, "host", "") == c[4] &&
         std::abs(seen->at_seconds - c.read.start - c.number(2)) < 0.06;
}

bool measured_holds(const Reading& read, const std::string& what, const std::string& said) {
  std::smatch m;
  if (what == "impact") {
    if (said == "not measured") return !read.journal.interval("outage");
    if (!std::regex_search(
            said, m,
            std::regex(
                R"(^([\d.]+) % of users affected \(([\d.]+) % of those who came\), ([\d.]+) % of requests failed, ([\d.]+) % slow)")))
      return false;
    return interval_has(read, "outage", "users_affected_percent", std::stod(m[1]), 0.051) &&
           interval_has(read, "outage", "requests_failed_percent", std::stod(m[3]), 0.051);
  }
  if (what == "assumed")
    return contains(said, read.scenario.load.visiting_share_reason.substr(0, 40));
  if (what == "detection") {
    if (said == "no alert fired") return !read.journal.first(events::kPage);
    return read.any_at(std::stod(said), events::kPage) ||
           read.any_at(std::stod(said), events::kAlert);
  }
  if (what == "cause") {
    return said == "not stated" ? !read.answer : read.any_at(std::stod(said), events::kDiagnosis);
  }
  if (what == "escalation") {
    return said == "nobody was called" ? read.desk("escalate").empty()
                                       : read.any_at(std::stod(said), events::kDesk);
  }
  if (what == "repair") {
    if (contains(said, "were not served again")) return read.served < 0;
    return std::regex_search(said, m, std::regex(R"(users served from ([+-][\d.]+) s on)")) &&
           std::abs(read.served - read.start - std::stod(m[1])) < 0.06;
  }
  if (what == "normal") {
    if (said.rfind("not measured", 0) == 0) return true;
    return std::regex_search(said, m, std::regex(R"(over ([\d.]+) s, p99 (\d+) ms)")) &&
           interval_has(read, "settle", "seconds", std::stod(m[1]), 0.051) &&
           interval_has(read, "settle", "p99_ms", std::stod(m[2]), 0.51);
  }
  if (what != "wrong turn") return false;
  return said == "none" || read.any_at(std::stod(said), events::kAct) ||
         read.any_at(std::stod(said), events::kObservation) ||
         read.any_at(std::stod(said), events::kDiagnosis) || !read.desk("hint").empty() ||
         read.journal.first(events::kHarm) || read.journal.first(events::kRestarts) ||
         read.lost_orders() > 0;
}

bool summary_holds(const Reading& read, const std::string& sentence) {
  std::smatch m;
  const char* field = read.twin ? "verdict" : "mechanism";
  const std::string right = read.truth(field), said = read.answered(field);
  if (std::regex_match(
          sentence, m,
          std::regex(R"(For ([\d.]+) s, ([\d.]+) % of users met an error or a slow answer\.)"))) {
    return interval_has(read, "outage", "seconds", std::stod(m[1]), 0.051) &&
           interval_has(read, "outage", "users_affected_percent", std::stod(m[2]), 0.051);
  }
  if (contains(sentence, "no score")) return read.journal.last(events::kVoid) || read.start == 0;
  if (sentence == "No cause was stated.") return !read.answer;
  if (sentence == "The stated cause was right.")
    return contains(said, right.substr(0, right.find(' ')));
  if (sentence.rfind("The stated cause was ", 0) == 0) return read.answer.has_value();
  if (sentence == "Nothing stayed broken.") return read.twin;
  if (sentence == "Acknowledged orders were lost.") {
    return read.lost_orders() > 0 || read.probe("", "orders_kept") == "no";
  }
  const bool served = read.probe("mitigation", "users_served") == "yes";
  const bool holds = read.probe("retrigger", "users_served") == "yes";
  const bool whole = served && holds && read.probe("", "cause_present") == "no" &&
                     read.probe("", "redundancy") == "yes";
  const std::string broken = "Users got answers again, but it is not true that ";
  if (sentence.rfind(broken, 0) == 0) return served && holds && mitigation_holds(read, sentence);
  if (contains(sentence, "was removed, and stayed removed")) return whole;
  if (contains(sentence, "served again, but not everything")) return served && holds && !whole;
  if (sentence == "The outage was not repaired.") return !served || !holds;
  return contains(sentence, "could not be seen in full") && !whole;
}

bool cause_holds(const Reading& read, const std::string& line) {
  const auto among = [&line](const auto& list, auto text_of) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& one) { return line == text_of(one); });
  };
  std::smatch m;
  if (line == "Nothing stayed broken.") return read.twin;
  if (line.rfind("Component ", 0) == 0) {
    for (const char* field : {"component", "class", "trigger"}) {
      if (!contains(line, "`" + read.truth(field) + "`")) return false;
    }
    return contains(line, "`" + read.variant.truth.mechanism + "`");
  }
  if (line.rfind("As documented: ", 0) == 0) {
    return read.variant.id == read.scenario.variants.front().id &&
           line == "As documented: " + read.scenario.documented.root_cause + ".";
  }
  if (line.ends_with(":")) return true;  // a heading of a list
  if (line.rfind("- ", 0) != 0) return false;
  return among(read.variant.evidence, [](const EvidenceSet& one) { return "- " + one.name; }) ||
         among(read.scenario.distractors, [](const std::string& one) { return "- " + one; }) ||
         (std::regex_match(line, m, std::regex(R"(- (.*) \(([\d.]+)\))")) &&
          std::any_of(
              read.variant.repairs.begin(), read.variant.repairs.end(), [&m](const Repair& one) {
                return one.text == m[1].str() && std::abs(one.rung - std::stod(m[2])) < 0.01;
              }));
}

std::string answer_line(const Reading& read, const std::string& raw, const std::string& line) {
  static const std::regex told(R"(- (component|class|mechanism|trigger|verdict): (.+))");
  static const std::regex sight(R"(  - [+-][\d.]+ s (\w+) on (\w+): (.*) printed (.*))");
  static const std::regex unseen(R"(- cited, but not seen on the system: (\w+): (.*))");
  static const std::regex proof(R"(- (.+?)( \(cited\))?)"), tells(R"(- (\w+): (.+))");
  const auto& kinds = scorecard_kinds();
  std::smatch m;
  if (raw[0] == '|') {
    const auto cells = cells_of(raw);
    if (cells.size() < 4 || cells[0].empty() || cells[0].rfind("---", 0) == 0) return "";
    return judge(kinds, read, "Diagnosis/" + cells[0],
                 cells[1] + ": " + cells[3] + " (truth: " + cells[2] + ")");
  }
  if (std::regex_match(line, m, told)) {
    return judge(kinds, read, "What would have told/" + m[1].str(), m[2]);
  }
  if (std::regex_match(line, m, unseen)) {
    return judge(kinds, read, "Diagnosis/", m[1].str() + ": not seen on the system: " + m[2].str());
  }
  if (std::regex_match(line, m, sight)) {
    return judge(kinds, read, "What would have told/seen",
                 m[1].str() + " on " + m[2].str() + ": x => " + without_code_marks(m[4]));
  }
  if (std::regex_match(line, m, proof)) {
    for (const EvidenceSet& set : read.variant.evidence) {
      if (set.name == m[1].str())
        return m[2].length() && read.cited().empty() ? "nothing was cited" : "";
    }
    if (std::regex_match(line, m, tells)) {
      return judge(kinds, read, "What would have told/", m[1].str() + ": " + m[2].str());
    }
  }
  const std::string asked = "Nobody asked. The question: ";
  if (line.rfind(asked, 0) == 0) {
    return judge(kinds, read, "What would have told/not asked", line.substr(asked.size()));
  }
  return judge(kinds, read, "Diagnosis/note", line);
}

std::string header_line(const Reading& read, const std::string& line) {
  std::smatch m;
  const Event* truth = read.journal.last(events::kTruth);
  const auto fact = [&](bool holds) { return holds ? std::string() : "not what the journal says"; };
  if (line.rfind("# ", 0) == 0) return fact(line == "# " + read.scenario.ticket);
  if (std::regex_match(line, m,
                       std::regex(R"(- scenario: (\S+), variant (\S*?)(, without its fault)?)"))) {
    return fact(m[1] == read.scenario.id && m[2] == read.variant.id &&
                (m[3].length() > 0) == read.twin);
  }
  if (line.rfind("- began: ", 0) == 0) {
    const std::string wall = read.journal.events.front().wall;
    return fact(line == "- began: " + wall.substr(0, 10) + " " + wall.substr(11, 8) + " UTC");
  }
  if (std::regex_match(line, m, std::regex(R"(- engine: (\w*), stack ready in ([\d.]+) s)"))) {
    const Event* stack = read.journal.first(events::kStack);
    return fact(stack && string_or(stack->data, "engine", "") == m[1].str() &&
                std::abs(number_or(stack->data, "ready_seconds", -1) - std::stod(m[2])) < 0.006);
  }
  if (std::regex_match(line, m, std::regex(R"(- seed: (\d+))"))) {
    return fact(truth && number_or(truth->data, "seed", -1) == std::stod(m[1]));
  }
  if (line == "- the scenario was known beforehand")
    return fact(bool_or(truth->data, "known_beforehand", false));
  if (contains(line, "tutor mode")) return fact(bool_or(truth->data, "tutor", false));
  if (contains(line, "**no score**"))
    return fact(read.journal.last(events::kVoid) || read.start == 0);
  // The figures are those of the scorecard below, which is checked by itself.
  const std::regex bar(R"(- (diagnosis|repair|response|total): .*[\d.]+.* of \d+)");
  return std::regex_match(line, bar) ? "" : "of no known kind";
}

std::string body_line(const Reading& read, const std::string& section, const std::string& raw) {
  const std::string line = read_aloud(raw);
  const auto fact = [](bool holds) {
    return holds ? std::string() : "not borne out, or of no known kind";
  };
  const std::regex moment(R"(- (\d\d:\d\d:\d\d) \(([+-][\d.]+) s\) (.*))");
  const std::regex look(R"(- (\d\d:\d\d:\d\d) \(([+-][\d.]+) s\) (\w+) on (\w+): .*)");
  const std::vector<Kind> moments = {{"Timeline", moment, timeline_holds},
                                     {"What was looked at", look, looked_holds}};
  std::smatch m;
  if (section == "Summary") {
    std::string rest = line;
    const std::regex one(R"(^(.*?[a-z]\.)(?: (.*))?$)");
    while (std::regex_match(rest, m, one)) {
      if (!summary_holds(read, m[1])) return "not borne out: " + m[1].str();
      rest = m[2].str();
    }
    return rest.empty() ? "" : "of no known kind: " + rest;
  }
  if (section == "What was right, and what would have told") return answer_line(read, raw, line);
  if (section == "Lessons" || section.rfind("Wrong turns", 0) == 0) {
    if (line == "None was seen.") return fact(read.desk("hint").empty());
    std::string text = line.substr(std::min<size_t>(2, line.size()));
    const std::regex cost(R"((.*) \[-[\d.]+\])");
    if (section == "Lessons" && std::regex_match(text, m, cost)) text = m[1].str();
    return judge(scorecard_kinds(), read, section.substr(0, section.find(',')) + "/", text);
  }
  if (section == "Documented beside measured") {
    if (raw[0] != '|') {
      return fact(contains(line, "Source: " + read.scenario.documented.source));
    }
    const auto cells = cells_of(raw);
    if (cells.at(0).empty() || cells[0].rfind("---", 0) == 0) return "";
    return fact(measured_holds(read, cells[0], cells.at(2)));
  }
  if (section == "Timeline" || section == "What was looked at") {
    if (line.rfind("Times are UTC", 0) == 0 || line.rfind("What shells showed", 0) == 0) return "";
    if (line == "- and more, in journal.jsonl") return fact(read.journal.events.size() > 200);
    if (line == "No command was recorded.") return fact(!read.journal.first(events::kObservation));
    return judge(moments, read, section, line);
  }
  if (section == "The cause") return fact(cause_holds(read, line));
  if (section == "What would prevent it") {
    const auto& wanted = read.scenario.documented.prevention;
    return fact(line == "The outage's own document asks for:" ||
                std::count(wanted.begin(), wanted.end(), line.substr(2)) > 0);
  }
  if (section == "What users met") {
    if (std::regex_match(line, m,
                         std::regex(R"(Orders acknowledged: (\d+), lost: (\d+|unknown))"))) {
      const Event* orders = read.journal.last(events::kOrders);
      const double lost = orders ? number_or(orders->data, "lost", -1) : -1;
      return fact(orders && number_or(orders->data, "acknowledged", -1) == std::stod(m[1]) &&
                  (m[2] == "unknown" ? lost < 0 : lost == std::stod(m[2])));
    }
    const auto cells = cells_of(raw);
    if (cells.empty() || cells[0] == "interval" || cells[0].rfind("---", 0) == 0) return "";
    return fact(row_of_users(read, cells));
  }
  return "in a section of no known kind: " + section;
}

}  // namespace

std::vector<std::string> untrue_in_report(const std::string& report, const Reading& read) {
  std::vector<std::string> untrue;
  std::istringstream lines(report);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || section == "Scorecard") continue;
    if (line.rfind("## ", 0) == 0) {
      section = line.substr(3);
      continue;
    }
    const std::string why =
        section.empty() ? header_line(read, read_aloud(line)) : body_line(read, section, line);
    if (!why.empty()) untrue.push_back(section + ": " + line + ": " + why);
  }
  return untrue;
}

}  // namespace gameday::testing
