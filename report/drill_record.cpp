#include "report/drill_record.hpp"

namespace gameday {

double start_of(const Journal& journal) {
  for (const char* phase : {"verified", "inject", "respond"}) {
    if (const double at = journal.phase_at(phase); at >= 0) return at;
  }
  return 0;
}

std::string shortened(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string word(const json::object& data, const char* key) { return string_or(data, key, ""); }

std::string parts_joined(const std::vector<std::string>& parts, const char* between) {
  std::string all;
  for (const std::string& part : parts) {
    if (!part.empty()) all += (all.empty() ? "" : between) + part;
  }
  return all;
}

}  // namespace gameday
