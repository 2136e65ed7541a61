#include "report/measured.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/error.hpp"
#include "journal/events.hpp"
#include "journal/journal.hpp"

namespace gameday {

namespace fs = std::filesystem;

namespace {

json::object manifest_of(const fs::path& folder) {
  std::ifstream stream(folder / "manifest.json", std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  const json::value value = parse_json(text.str(), "manifest");
  return value.is_object() ? value.as_object() : json::object{};
}

std::optional<double> figure_of(const fs::path& folder, const std::string& figure) {
  const Journal journal = read_journal(folder / "journal.jsonl");
  const Event* outage = journal.interval("outage");
  const json::value* value = outage ? outage->data.if_contains(figure) : nullptr;
  if (journal.last(events::kVoid) || !value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

}  // namespace

std::optional<Measured> last_measured(const fs::path& drills, const std::string& scenario,
                                      const std::string& variant, const std::string& figure) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(drills, error), end; !error && entry != end;
       entry.increment(error)) {
    folders.push_back(entry->path());
  }
  // Their names begin with the date.
  std::sort(folders.rbegin(), folders.rend());
  for (const fs::path& folder : folders) {
    try {
      const json::object manifest = manifest_of(folder);
      const bool ours = string_or(manifest, "mode", "") == "replay" &&
                        string_or(manifest, "scenario", "") == scenario &&
                        string_or(manifest, "variant", "") == variant &&
                        !bool_or(manifest, "twin", true);
      if (!ours) continue;
      if (const auto percent = figure_of(folder, figure)) return Measured{folder, *percent};
    } catch (const std::exception&) {
      continue;  // a drill that still runs, or one that was damaged
    }
  }
  return std::nullopt;
}

}  // namespace gameday
