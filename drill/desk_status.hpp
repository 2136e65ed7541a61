// The desk's longer answers as text and as documents: what was said so far and what was seen. Pure.
#pragma once

#include <string>
#include <vector>

#include "drill/desk_book.hpp"

namespace gameday {

// "12:30" of minutes and seconds.
std::string minutes_text(double seconds);
// 15, 2.5: without zeroes that say nothing.
std::string plain_number(double value);

std::string status_screen(const DeskState& state, double now_seconds, size_t observations);
json::object status_document(const DeskState& state, double now_seconds, size_t observations);

// Observations and notes in the order of time.
std::string notes_screen(const DeskState& state, const std::vector<Observation>& observations,
                         bool with_output);
json::object notes_document(const DeskState& state, const std::vector<Observation>& observations);

json::object taxonomy_document(const Taxonomy& taxonomy);

}  // namespace gameday
