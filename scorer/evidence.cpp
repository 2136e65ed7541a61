#include "scorer/evidence.hpp"

#include <algorithm>
#include <functional>
#include <regex>
#include <unordered_map>

#include "journal/events.hpp"
#include "scorer/source.hpp"

namespace gameday {

namespace {

// std::regex recurses per character: what it is given is bounded.
constexpr size_t kMaxLineBytes = 1000;
constexpr size_t kMaxLines = 2000;
constexpr int kFreeCitations = 3;
constexpr double kPenaltyPerCitation = 0.1;

struct CitedLook {
  std::string id, host;
  std::vector<std::string> commands, output;  // by lines; where nobody watched
  const Source* source = nullptr;             // where somebody did
  int64_t line = 0;                           // of the journal
  std::string not_seen;                       // on the system, and why; empty: it counts
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t from = 0;
  while (from < text.size() && lines.size() < kMaxLines) {
    const size_t end = std::min(text.find('\n', from), text.size());
    std::string line = text.substr(from, std::min(end - from, kMaxLineBytes));
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    from = end + 1;
  }
  return lines;
}

// Whether a line shows something typed at a prompt of psql: a whole session that was recorded as
// one command. The prompt names the server, so the line is kept as it is.
bool is_typed_at_prompt(const std::string& line) {
  constexpr size_t kLongestPrompt = 60;
  for (const char* prompt : {"=# ", "=> ", "-# ", "-> "}) {
    const size_t at = line.find(prompt);
    if (at != std::string::npos && at > 0 && at <= kLongestPrompt) return true;
  }
  return false;
}

CitedLook read_observation(const json::object& data, int64_t journal_line,
                             const Source* source = nullptr) {
  CitedLook seen;
  seen.line = journal_line;
  seen.id = string_or(data, "id", "");
  seen.host = string_or(data, "host", "");
  if (source) {
    if (!source->counts) seen.not_seen = source->why;
    seen.source = source;
    return seen;
  }
  const std::string command = string_or(data, "command", "");
  seen.commands = lines_of(command);
  seen.output = lines_of(string_or(data, "output", ""));
  // A command over several lines is also one statement.
  if (seen.commands.size() > 1) {
    std::string joined = command.substr(0, kMaxLineBytes);
    std::replace(joined.begin(), joined.end(), '\n', ' ');
    seen.commands.push_back(joined);
  }
  // A statement that was typed into a client: which server it asked is a part of it.
  const std::string within = string_or(data, "within", "");
  if (!within.empty()) {
    for (std::string& line : seen.commands) line = within + " " + line;
  }
  if (command.find("psql") != std::string::npos && !seen.commands.empty()) {
    const std::string session = seen.commands.front();
    for (const std::string& printed : seen.output) {
      if (!is_typed_at_prompt(printed)) continue;
      seen.commands.push_back((session + " " + printed).substr(0, kMaxLineBytes));
    }
  }
  return seen;
}

// std::regex asks the locale for every letter of a search that ignores case, which costs more than
// the search itself. Commands and their output are compared as ASCII.
struct AsciiTraits : std::regex_traits<char> {
  char translate_nocase(char letter) const {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
};
using Pattern = std::basic_regex<char, AsciiTraits>;

// Compiling costs more than searching, and one scenario's patterns are asked of many journals.
const Pattern& compiled(const std::string& pattern) {
  static thread_local std::unordered_map<std::string, Pattern> known;
  auto found = known.find(pattern);
  if (found == known.end()) {
    constexpr auto kFlags = std::regex_constants::ECMAScript | std::regex_constants::icase |
                            std::regex_constants::nosubs;
    found = known.emplace(pattern, Pattern(pattern, kFlags)).first;
  }
  return found->second;
}

bool any_line(const std::vector<std::string>& lines, const std::string& pattern) {
  if (pattern.empty()) return true;
  const Pattern& expression = compiled(pattern);
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::regex_search(line, expression);
  });
}

bool matches(const std::string& text, const std::string& pattern) {
  return pattern.empty() || std::regex_search(text, compiled(pattern));
}

// The lines that may show what a predicate asks for: of the answers to what it asks.
std::vector<ToldLine> told_to(const EvidencePredicate& predicate, const CitedLook& seen) {
  std::vector<ToldLine> told;
  if (!seen.not_seen.empty() || !matches(seen.host, predicate.host)) return told;
  if (!seen.source) {
    if (!any_line(seen.commands, predicate.command)) return told;
    for (const std::string& line : seen.output) told.push_back({line, line});
    return told;
  }
  const bool any = predicate.command.empty();
  const std::function<bool(const std::string&)> asks = [&predicate](const std::string& text) {
    return matches(text, predicate.command);
  };
  for (const Reply& reply : seen.source->replies) {
    const std::vector<ToldLine> of_it = told_lines_of(reply, any ? nullptr : asks);
    told.insert(told.end(), of_it.begin(), of_it.end());
  }
  return told;
}

bool holds(const EvidencePredicate& predicate, const CitedLook& seen) {
  if (!seen.source) {
    return any_line({seen.host}, predicate.host) && any_line(seen.commands, predicate.command) &&
           any_line(seen.output, predicate.output);
  }
  const std::vector<ToldLine> told = told_to(predicate, seen);
  return std::any_of(told.begin(), told.end(), [&](const ToldLine& line) {
    return matches(line.text, predicate.output);
  });
}

// The line that shows it, the first one when any would do; of a long line what is around the match.
std::string shown_by(const EvidencePredicate& predicate, const CitedLook& seen) {
  constexpr size_t kShort = 110, kBefore = 40;
  for (const auto& [text, printed] : told_to(predicate, seen)) {
    if (printed.find_first_not_of(" \t") == std::string::npos) continue;
    if (!matches(text, predicate.output)) continue;
    std::smatch match;
    if (!predicate.output.empty()) std::regex_search(printed, match, compiled(predicate.output));
    if (match.empty()) return printed;
    if (printed.size() <= kShort || predicate.output.empty()) return printed;
    size_t from = static_cast<size_t>(match.position(0));
    from = from > kBefore ? printed.find(' ', from - kBefore) : 0;
    if (from == std::string::npos) from = static_cast<size_t>(match.position(0));
    return (from > 0 ? "..." : "") + printed.substr(from);
  }
  return "";
}

std::optional<Sight> sight_of(const EvidencePredicate& predicate, const json::object& data,
                              const Event& event, const Source* source) {
  const CitedLook seen = read_observation(data, event.seq, source);
  if (!holds(predicate, seen)) return std::nullopt;
  const std::string by = string_or(event.data, "by", string_or(event.data, "team", ""));
  return Sight{seen.id, by, seen.host, string_or(data, "command", ""), shown_by(predicate, seen),
               event.at_seconds, event.seq};
}

// `in_any`: which citations belong to some set.
EvidenceGrade grade_set(const EvidenceSet& set, const std::vector<CitedLook>& cited,
                        const std::vector<bool>& in_any, size_t unknown) {
  EvidenceGrade grade;
  std::vector<bool> used(cited.size(), false);
  size_t met = 0;
  for (const EvidencePredicate& predicate : set.all) {
    bool is_met = false;
    for (size_t i = 0; i < cited.size(); ++i) {
      if (!holds(predicate, cited[i])) continue;
      is_met = true;
      used[i] = true;
    }
    met += is_met;
  }
  for (size_t i = 0; i < cited.size(); ++i) {
    const bool belongs = used[i] || in_any[i];
    (belongs ? grade.matched : grade.outside).push_back(cited[i].id);
    if (belongs) grade.matched_lines.push_back(cited[i].line);
  }
  if (met > 0) grade.best_set = set.name;
  const int outside = static_cast<int>(grade.outside.size() + unknown);
  const double fraction = static_cast<double>(met) / static_cast<double>(set.all.size());
  grade.met = met;
  grade.parts = set.all.size();
  grade.penalty = kPenaltyPerCitation * std::max(0, outside - kFreeCitations);
  grade.value = std::clamp(fraction - grade.penalty, 0.0, 1.0);
  return grade;
}

}  // namespace

EvidenceGrade grade_evidence(const std::vector<std::string>& cited,
                             const std::vector<EvidenceSet>& sets, const Journal& journal,
                             size_t before, bool spares_other_sets) {
  EvidenceGrade best;
  if (cited.empty()) return best;
  const Sources sources(journal);
  std::vector<CitedLook> found;
  std::vector<std::string> unknown;
  const auto end =
      journal.events.begin() + static_cast<long>(std::min(before, journal.events.size()));
  for (const std::string& id : cited) {
    const auto event = std::find_if(journal.events.begin(), end, [&](const Event& one) {
      return one.kind == events::kObservation && string_or(one.data, "id", "") == id;
    });
    if (event == end) {
      unknown.push_back(id);
    } else {
      found.push_back(read_observation(event->data, event->seq, sources.of(*event)));
    }
  }
  for (const CitedLook& seen : found) best.outside.push_back(seen.id);
  std::vector<bool> in_any(found.size(), false);
  for (size_t i = 0; spares_other_sets && i < found.size(); ++i) {
    in_any[i] = std::any_of(sets.begin(), sets.end(), [&](const EvidenceSet& set) {
      return std::any_of(set.all.begin(), set.all.end(), [&](const EvidencePredicate& predicate) {
        return holds(predicate, found[i]);
      });
    });
  }
  for (const EvidenceSet& set : sets) {
    EvidenceGrade grade = grade_set(set, found, in_any, unknown.size());
    if (grade.value > best.value) best = std::move(grade);
  }
  best.unknown = std::move(unknown);
  for (const CitedLook& seen : found) {
    if (!seen.not_seen.empty()) best.not_seen.push_back({seen.id, seen.not_seen});
  }
  return best;
}

std::optional<Sight> first_sight(const EvidencePredicate& predicate, const Journal& journal,
                                 const Sources& sources, const std::vector<std::string>& cited) {
  std::optional<Sight> first;
  const auto look_at = [&](const json::object& data, const Event& event) {
    const std::string id = string_or(data, "id", "");
    const bool is_cited = std::find(cited.begin(), cited.end(), id) != cited.end();
    if (first && !is_cited) return;
    auto sight = sight_of(predicate, data, event, sources.of(event));
    if (!sight) return;
    first = std::move(sight);
    first->cited = is_cited;
  };
  for (const Event& event : journal.events) {
    if (event.kind == events::kObservation) {
      look_at(event.data, event);
    } else if (const json::value* looks = event.data.if_contains("looked");
               looks && looks->is_array() && event.kind == events::kAnswer) {
      for (const json::value& look : looks->as_array()) {
        if (look.is_object()) look_at(look.as_object(), event);
      }
    }
    if (first && (first->cited || cited.empty())) break;
  }
  return first;
}

}  // namespace gameday
