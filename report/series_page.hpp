// Several replays on one page, side by side: documented beside measured, and what users met. It tells
// causes.
#pragma once

#include "report/drill_record.hpp"
#include "report/page_files.hpp"

namespace gameday {

// One replay as such a page shows it, without its recordings and outputs. Pure. `figures`:
// [{name, documented, at_most, measured}]; `verdict`: as documented, or why not; `folder` is where its
// record is, as a link from the page.
json::object series_entry(const DrillRecord& record, const json::array& figures,
                          const std::string& verdict, const std::string& folder);

// The page of these entries, the first 25 of them.
std::string series_page(const json::array& entries, const PageFiles& files);

}  // namespace gameday
