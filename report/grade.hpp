// Grades a drill folder: the scenario and variant that its journal names, the scorer, and the
// documents that are left behind.
#pragma once

#include <filesystem>
#include <optional>

#include "scorer/scorer.hpp"

namespace gameday {

// The scenario that a journal's truth names, with what its seed drew. Throws a usage Error when
// there is none of that id any more.
Scenario scenario_of(const json::object& truth, const std::filesystem::path& scenarios);

// An answer in its JSON form, checked against the closed lists and the observations that the
// folder's journal holds, in the form that a journal keeps. Throws a usage Error.
json::object read_answer(const std::filesystem::path& folder,
                         const std::filesystem::path& scenarios, std::string_view text);

// What a journal is graded by: its scenario as its seed drew it, the variant or twin that was played,
// and the closed lists. Throws a usage Error when there is none of those ids any more.
struct GradingRules {
  Scenario scenario;
  Variant variant;
  Taxonomy taxonomy;
};
GradingRules grading_rules(const json::object& truth, const std::filesystem::path& scenarios);

// The whole scorecard with what it teaches. Pure.
Scorecard grade_journal(const GradingRules& rules, const Journal& journal);

// Reads the journal and scores it. The first time it also leaves diagnosis.json (when an answer was
// given), report.md, report.html and scorecard.json in the folder; later looks change nothing there.
// Pages are made with web/, which stands beside the scenarios. With `diagnosis` its answer replaces the
// recorded ones and nothing is written. Throws a usage Error when the drill has not ended or its scenario
// is unknown.
Scorecard grade_folder(const std::filesystem::path& folder, const std::filesystem::path& scenarios,
                       const std::optional<json::object>& diagnosis = std::nullopt);

// The report in Markdown, graded anew; otherwise as grade_folder.
std::string report_of(const std::filesystem::path& folder, const std::filesystem::path& scenarios);

// The report to look at: report.html in the folder, made anew only where there is none.
std::filesystem::path page_of(const std::filesystem::path& folder,
                              const std::filesystem::path& scenarios);

}  // namespace gameday
