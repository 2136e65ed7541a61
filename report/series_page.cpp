#include "report/series_page.hpp"

#include "report/drill_page.hpp"

namespace gameday {

namespace {

constexpr size_t kMostEntries = 25;

}  // namespace

json::object series_entry(const DrillRecord& record, const json::array& figures,
                          const std::string& verdict, const std::string& folder) {
  json::object whole = drill_page_data(record);
  json::object entry{{"figures", figures}, {"verdict", verdict}, {"folder", folder}};
  for (const char* key : {"scene", "score", "answers", "seconds", "end", "shades", "objective_ms"}) {
    entry[key] = std::move(whole[key]);
  }
  entry["rows"] = std::move(whole["document"].as_object()["rows"]);
  json::array lanes;
  for (json::value& lane : whole["lanes"].as_array()) {
    const std::string name = string_or(lane.as_object(), "name", "");
    if (name == "alerts" || name == "documented team") lanes.push_back(std::move(lane));
  }
  entry["lanes"] = std::move(lanes);
  return entry;
}

std::string series_page(const json::array& entries, const PageFiles& files) {
  HtmlPage page = files.page("series.js");
  page.title = "Documented outages, replayed";
  json::array shown(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(
                                                           std::min(entries.size(), kMostEntries)));
  for (const json::value& entry : shown) {
    const json::object& one = entry.as_object();
    page.without_scripts.push_back(word(one.at("scene").as_object(), "scenario") + ": " +
                                   word(one, "verdict"));
  }
  page.data = json::object{{"left_out", entries.size() - shown.size()}, {"entries", std::move(shown)}};
  return html_page(page);
}

}  // namespace gameday
