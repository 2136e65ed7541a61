// Recordings of terminals (asciicast version 2) as a page holds them. Pure, but for read_casts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace gameday {

// A file of recordings/, of which only the beginning may have been read.
struct CastFile {
  std::string name;     // "1-ops.cast"
  std::string content;
  uint64_t bytes = 0;   // of the whole file
};

// Every *.cast of a folder, in the order of their numbers, each up to `most_bytes`. None when the
// folder cannot be read.
std::vector<CastFile> read_casts(const std::filesystem::path& folder, size_t most_bytes);

struct CastList {
  json::array casts;               // {name, width, height, events: [[seconds, kind, text]], cut}
  std::vector<std::string> notes;  // what is missing and why, a line each
};

// All of them in at most `budget_bytes` of a page: the noisiest are cut to the same length, and `cut`
// is how many bytes of the file are not there. A line that is no event, as a torn last one, is left
// out; a file without a header is left out whole. Both are noted.
CastList casts_for_page(const std::vector<CastFile>& files, size_t budget_bytes);

}  // namespace gameday
