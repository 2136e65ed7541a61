// What people read after a drill: the scorecard in the terminal, the report in Markdown, and the
// table that sets what is documented beside what was measured. Pure: texts from data.
#pragma once

#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/scorer.hpp"

namespace gameday {

// The three bars, then what was asked field by field, the total last. `width` in characters; color
// adds ANSI sequences.
std::string scorecard_text(const Scenario& scenario, const Scorecard& card, bool color,
                           size_t width = 80);

// impact, what it assumes (when it does), detection, wrong turn, cause, escalation, repair, normal. Measured times are machine
// seconds from the verified effect.
struct ComparisonRow {
  std::string what, documented, measured;
};
std::vector<ComparisonRow> compare(const Scenario& scenario, const Journal& journal);
std::string comparison_table(const Scenario& scenario, const Journal& journal, size_t width = 100);

// What an interval of the workload was, in words.
std::string interval_name(const std::string& name);

// The whole report as Markdown.
std::string report_markdown(const Scenario& scenario, const Journal& journal,
                            const Scorecard& card);

}  // namespace gameday
