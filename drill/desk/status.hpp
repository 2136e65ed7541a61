// The desk's longer answers as text and as documents: what was said so far and what was seen. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "drill/desk/incident.hpp"
#include "journal/observation.hpp"

namespace gameday {

// The wall clock's time, "13:20:45", at a machine second of the journal.
using WallAt = std::function<std::string(double at_seconds)>;

// When something was, as people are told it everywhere: "13:20:45 (+9 s)", the seconds after the
// first page. Without a page only the time.
std::string moment_text(const DeskState& state, double at_seconds, const WallAt& wall_at);

std::string status_screen(const DeskState& state, double now_seconds, size_t observations,
                          const WallAt& wall_at);
json::object status_document(const DeskState& state, double now_seconds, size_t observations);

// Observations and notes in the order of time.
std::string notes_screen(const DeskState& state, const std::vector<Observation>& observations,
                         bool with_output, const WallAt& wall_at);
json::object notes_document(const DeskState& state, const std::vector<Observation>& observations);

json::object taxonomy_document(const Taxonomy& taxonomy);

}  // namespace gameday
