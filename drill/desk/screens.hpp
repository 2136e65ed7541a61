// What a trainee is shown: the opening screen, the map, normal in numbers, a page. Pure text, each
// within 80 columns. Nothing here knows the scenario or its cause.
#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "sandbox/topology.hpp"

namespace gameday {

// Where the trainee finds the change log, on the workstation.
inline constexpr const char* kChangeLogPath = "/var/log/changes/changelog";

struct Dashboard {
  std::string name;
  std::string url;
};

struct BriefFacts {
  double objective_ms = 500;
  double time_box_minutes = 30;
  json::object normal;  // the interval object of the baseline; may be empty
};

// One screen of at most 24 lines.
std::string brief_screen(const Topology& topology, const BriefFacts& facts);

std::string map_screen(const Topology& topology);
json::array map_document(const Topology& topology);

// `normal` is the interval object of the baseline; empty: it is not measured yet.
std::string normal_screen(const json::object& normal, double objective_ms);

// `page` is the data of a page event.
std::string page_screen(const json::object& page, const std::vector<Dashboard>& dashboards);
// The same in one line, for a terminal that is in use.
std::string page_line(const json::object& page);

// The end of an alert in one line; `alert` is the data of an alert event.
std::string resolved_line(const json::object& alert);

std::string dashboard_screen(const std::vector<Dashboard>& dashboards);

}  // namespace gameday
