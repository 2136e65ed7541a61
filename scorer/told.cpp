// What would have told each field of the answer, by the commands of this drill or the scenario's.
#include <algorithm>
#include <sstream>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/feedback_parts.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

namespace {

// A line that is shorter than that may stand in any output.
constexpr size_t kTellingBytes = 12;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

// Whether each line of `prints` stands in the output: as a whole line, or in one when it is long
// enough to be nothing else.
bool shows(const std::string& output, const std::string& prints) {
  const auto printed = lines_of(output);
  for (const std::string& line : lines_of(prints)) {
    const bool found = std::any_of(printed.begin(), printed.end(), [&](const std::string& one) {
      return one == line || (line.size() >= kTellingBytes && one.find(line) != std::string::npos);
    });
    if (!found) return false;
  }
  return true;
}

// The first one that showed it on this host: by the same command, or by a telling line.
const Event* seen_by_somebody(const Journal& journal, const Sources& sources,
                              const Distinguisher& look) {
  const auto wanted = lines_of(look.prints);
  const bool telling = std::all_of(wanted.begin(), wanted.end(), [](const std::string& line) {
    return line.size() >= kTellingBytes;
  });
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || string_or(event.data, "host", "") != look.host) {
      continue;
    }
    if (const Source* source = sources.of(event); source && !source->counts) continue;
    const bool same = string_or(event.data, "command", "") == look.command;
    if ((same || telling) && shows(string_or(event.data, "output", ""), look.prints)) return &event;
  }
  return nullptr;
}

}  // namespace

std::vector<Told> told_of(const Variant& variant, const Journal& journal, const Scorecard& card) {
  std::vector<Told> all;
  const Sources sources(journal);
  for (const FieldGrade& field : card.diagnosis.grade.fields) {
    for (const Distinguisher& look : variant.told_by) {
      if (std::find(look.fields.begin(), look.fields.end(), field.field) == look.fields.end()) {
        continue;
      }
      Told told{field.field,  field.credit, "",           "", look.host,
                look.command, look.prints,  look.because, 0,  0};
      if (const Event* seen = seen_by_somebody(journal, sources, look)) {
        told.id = string_or(seen->data, "id", "");
        told.by = string_or(seen->data, "by", "");
        told.command = string_or(seen->data, "command", "");
        told.at_seconds = seen->at_seconds;
        told.line = seen->seq;
      }
      all.push_back(std::move(told));
    }
  }
  return all;
}

std::string told_text(const Told& told) {
  std::string printed;
  for (const std::string& line : lines_of(told.prints)) {
    printed += (printed.empty() ? "" : " and ") + ("`" + line + "`");
  }
  const std::string command = "`" + text::one_line(told.command, 300) + "`";
  if (told.id.empty()) {
    return "on " + told.host + ", " + command + " prints " + printed + ": " + told.because;
  }
  return told.id + " on " + told.host + ", " + command + ", printed " + printed + ": " +
         told.because;
}

}  // namespace gameday
