#include "tests/web/pages.hpp"

#include <algorithm>
#include <filesystem>

#include "journal/events.hpp"
#include "tests/support/program.hpp"

namespace gameday::testing {

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(project_root() / "tests/fixtures")) {
    // Those of `questions` are observations of several drills.
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".jsonl" && name != "questions") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Journal fixture(const std::string& name) {
  return read_journal(project_root() / "tests/fixtures" / (name + ".jsonl"));
}

std::string page_of(const Journal& journal, const std::vector<CastFile>& casts) {
  const GradingRules rules =
      grading_rules(journal.last(events::kTruth)->data, project_root() / "scenarios");
  const Scorecard card = grade_journal(rules, journal);
  return drill_page({rules.scenario, rules.variant, journal, card, casts},
                    PageFiles(project_root() / "web"));
}

std::string series_of(const std::vector<std::string>& names) {
  json::array entries;
  for (const std::string& name : names) {
    const Journal journal = fixture(name);
    const GradingRules rules =
        grading_rules(journal.last(events::kTruth)->data, project_root() / "scenarios");
    const Scorecard card = grade_journal(rules, journal);
    const json::array figures = {json::object{{"name", "users_affected_percent"}, {"documented", 62},
                                              {"at_most", false}, {"measured", 61.3}}};
    entries.push_back(series_entry({rules.scenario, rules.variant, journal, card, {}}, figures,
                                   "as documented", name));
  }
  return series_page(entries, PageFiles(project_root() / "web"));
}

namespace {

// Before the truth, which is last but one.
void put_in(Journal& journal, const char* kind, double at_seconds, json::object data) {
  Event event = journal.events.back();
  event.kind = kind;
  event.at_seconds = at_seconds;
  event.data = std::move(data);
  const auto place = std::find_if(journal.events.begin(), journal.events.end(), [&](const Event& other) {
    return other.at_seconds > at_seconds;
  });
  journal.events.insert(place, std::move(event));
  int64_t seq = 0;
  for (Event& each : journal.events) each.seq = ++seq;
}

json::object observation(const char* id, double started, double ended, const std::string& command,
                         const std::string& output) {
  return {{"id", id}, {"host", "ops"}, {"by", "trainee"}, {"command", command}, {"output", output},
          {"status", 0}, {"started", started}, {"ended", ended}, {"cast", "1-ops.cast"}};
}

}  // namespace

TypedDrill typed_drill(const std::string& text) {
  TypedDrill drill;
  drill.journal = fixture("expert");
  const double opened = drill.journal.phase_at("verified") + 4;
  put_in(drill.journal, events::kTerminal, opened,
         {{"cast", "1-ops.cast"}, {"host", "ops"}, {"by", "trainee"}, {"opened", opened}});
  put_in(drill.journal, events::kObservation, opened + 2,
         observation("o5", opened + 1, opened + 2, "echo first", "FIRST\n"));
  put_in(drill.journal, events::kObservation, opened + 4,
         observation("o6", opened + 3, opened + 4, "cat " + text, "SECOND " + text));
  put_in(drill.journal, events::kDesk, opened + 5,
         {{"verb", "note"}, {"by", "trainee"}, {"text", text}});
  std::string cast = R"({"version": 2, "width": 60, "height": 12})" "\n";
  const auto print = [&cast](double at, const std::string& bytes) {
    cast += "[" + std::to_string(at) + ", \"o\", " + json::serialize(json::value(bytes)) + "]\n";
  };
  print(0.5, "$ ");
  print(1.0, "echo first\r\n");
  print(1.9, "FIRST\r\n$ ");
  print(3.2, "cat\r\n");
  print(3.9, "SECOND \x1b[31mred\x1b[0m\r\n$ ");
  print(64, "THIRD\r\n$ ");
  drill.casts = {{"1-ops.cast", cast + "[65.0, \"o\", \"to", 0}};
  drill.casts[0].bytes = drill.casts[0].content.size();
  return drill;
}

}  // namespace gameday::testing
