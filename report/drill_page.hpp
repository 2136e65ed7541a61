// The report of one drill as a page: what broke, who was hurt, what was done when, where points were
// lost and what to do better; for managers, trainees and instructors. It tells the truth: only of a
// drill that has ended.
#pragma once

#include "report/drill_record.hpp"
#include "report/page_files.hpp"

namespace gameday {

// Bytes of a page's recordings, and how much of each file is worth reading for that.
inline constexpr size_t kCastBytes = 7'000'000;

// What the page shows, as web/report.js reads it. Pure.
json::object drill_page_data(const DrillRecord& record);

// The page: at most 600 KB without recordings, 8 MB with. The same record gives the same bytes.
std::string drill_page(const DrillRecord& record, const PageFiles& files);

}  // namespace gameday
