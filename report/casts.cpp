#include "report/casts.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "core/error.hpp"
#include "report/html_page.hpp"

namespace gameday {

namespace {

constexpr size_t kMostCasts = 200;

struct ReadCast {
  std::string name;
  json::object header;
  json::array events;
  std::vector<size_t> sizes;  // of each event in the page
  size_t size = 0;
  uint64_t kept_file_bytes = 0, file_bytes = 0;
  size_t broken_lines = 0;
};

json::value parsed(std::string_view line) {
  try {
    return parse_json(line, "cast");
  } catch (const Error&) {
    return nullptr;
  }
}

bool is_event(const json::value& value) {
  if (!value.is_array()) return false;
  const json::array& event = value.as_array();
  return event.size() == 3 && event[0].is_number() && event[1].is_string() && event[2].is_string();
}

// Without its header it has no size to be shown in.
bool read_header(std::string_view line, ReadCast& cast) {
  const json::value header = parsed(line);
  if (!header.is_object()) return false;
  cast.header = header.as_object();
  return number_or(cast.header, "version", 0) == 2;
}

bool read_cast(const CastFile& file, ReadCast& cast) {
  cast.name = file.name;
  cast.file_bytes = file.bytes;
  std::string_view rest = file.content;
  bool is_first = true;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (is_first) {
      if (!read_header(line, cast)) return false;
      is_first = false;
      continue;
    }
    json::value event = parsed(line);
    // What was cut by the reader is no torn line.
    if (!is_event(event)) {
      cast.broken_lines += end != std::string_view::npos || file.bytes == file.content.size();
      continue;
    }
    cast.sizes.push_back(script_json(event).size() + 1);
    cast.size += cast.sizes.back();
    cast.events.push_back(std::move(event));
  }
  return !is_first;
}

// The length to which the longest must be cut so that all fit.
size_t common_limit(const std::vector<ReadCast>& casts, size_t budget) {
  std::vector<size_t> sizes;
  for (const ReadCast& cast : casts) sizes.push_back(cast.size);
  std::sort(sizes.begin(), sizes.end());
  size_t left = budget;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const size_t share = left / (sizes.size() - i);
    if (sizes[i] > share) return share;
    left -= sizes[i];
  }
  return budget;
}

json::object for_page(ReadCast& cast, size_t limit, std::vector<std::string>& notes) {
  size_t kept = 0, size = 0;
  while (kept < cast.events.size() && size + cast.sizes[kept] <= limit) size += cast.sizes[kept++];
  const double whole = static_cast<double>(std::max<size_t>(1, cast.size));
  const bool all = kept == cast.events.size() && cast.kept_file_bytes == cast.file_bytes;
  const auto read = static_cast<double>(cast.kept_file_bytes);
  const uint64_t cut =
      all ? 0 : cast.file_bytes - static_cast<uint64_t>(read * static_cast<double>(size) / whole);
  if (cut > 0) {
    notes.push_back(cast.name + ": only its beginning is in this page, about " +
                    std::to_string(cut / 1024) + " KiB of it are in recordings/ only");
  }
  if (cast.broken_lines > 0) {
    notes.push_back(cast.name + ": torn: " + std::to_string(cast.broken_lines) +
                    " lines of it cannot be read");
  }
  cast.events.resize(kept);
  return {{"name", cast.name},
          {"width", std::clamp(number_or(cast.header, "width", 80), 1.0, 1000.0)},
          {"height", std::clamp(number_or(cast.header, "height", 24), 1.0, 500.0)},
          {"events", std::move(cast.events)},
          {"cut", cut}};
}

}  // namespace

std::vector<CastFile> read_casts(const std::filesystem::path& folder, size_t most_bytes) {
  std::vector<CastFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".cast" || !entry.is_regular_file(error)) continue;
    CastFile file;
    file.name = entry.path().filename().string();
    file.bytes = entry.file_size(error);
    std::ifstream stream(entry.path(), std::ios::binary);
    file.content.resize(std::min<uint64_t>(file.bytes, most_bytes));
    stream.read(file.content.data(), static_cast<std::streamsize>(file.content.size()));
    file.content.resize(static_cast<size_t>(std::max<std::streamsize>(0, stream.gcount())));
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const CastFile& a, const CastFile& b) {
    const int first = std::atoi(a.name.c_str()), second = std::atoi(b.name.c_str());
    return first != second ? first < second : a.name < b.name;
  });
  return files;
}

CastList casts_for_page(const std::vector<CastFile>& files, size_t budget_bytes) {
  CastList list;
  std::vector<ReadCast> casts;
  for (const CastFile& file : files) {
    ReadCast cast;
    cast.kept_file_bytes = file.content.size();
    if (casts.size() == kMostCasts) {
      list.notes.push_back(std::to_string(files.size() - kMostCasts) +
                           " more recordings are in recordings/ only");
      break;
    }
    if (read_cast(file, cast)) casts.push_back(std::move(cast));
    else list.notes.push_back(file.name + ": no recording: it does not begin with its header");
  }
  const size_t limit = common_limit(casts, budget_bytes);
  for (ReadCast& cast : casts) list.casts.push_back(for_page(cast, limit, list.notes));
  return list;
}

}  // namespace gameday
