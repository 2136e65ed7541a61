// Pages for tests: of the drills in tests/fixtures, and of one with recordings and hostile texts.
#pragma once

#include <string>
#include <vector>

#include "report/drill_page.hpp"
#include "report/grade.hpp"
#include "report/series_page.hpp"

namespace gameday::testing {

std::vector<std::string> fixture_names();
Journal fixture(const std::string& name);

// The page of a journal with these recordings, made with the files of web/.
std::string page_of(const Journal& journal, const std::vector<CastFile>& casts = {});

// The page of replays, made of these fixtures.
std::string series_of(const std::vector<std::string>& names);

// The expert's drill, typed into a terminal: observation o2 is its first command and o3 its last, as
// "1-ops.cast" shows them, with a quiet minute between them. `text` stands in a note, a command and
// its output.
struct TypedDrill {
  Journal journal;
  std::vector<CastFile> casts;
};
TypedDrill typed_drill(const std::string& text);

}  // namespace gameday::testing
