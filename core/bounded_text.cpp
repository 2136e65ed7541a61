#include "core/bounded_text.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace gameday {

namespace {

// A line in which the cursor went back: pagers do that at the right margin and for bold letters.
void append_resolved(std::string& resolved, std::string_view line) {
  const size_t begin = resolved.size();
  for (const char byte : line) {
    if (byte != '\b') {
      resolved += byte;
      continue;
    }
    while (resolved.size() > begin && (resolved.back() & 0xc0) == 0x80) resolved.pop_back();
    if (resolved.size() > begin) resolved.pop_back();
  }
}

// Each line as it last stood: "10 %\r20 %\r\n" reads "20 %".
std::string resolve_returns(const std::string& text) {
  std::string resolved;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t end = text.find('\n', from);
    std::string_view line = std::string_view(text).substr(from, end - from);
    while (line.ends_with('\r')) line.remove_suffix(1);
    const size_t last = line.rfind('\r');
    if (last != std::string_view::npos) line.remove_prefix(last + 1);
    append_resolved(resolved, line);
    if (end == std::string::npos) break;
    resolved += '\n';
    from = end + 1;
  }
  return resolved;
}

}  // namespace

void BoundedText::add(std::string_view text) {
  const size_t room = head_bytes_ - std::min(head_bytes_, head_.size());
  const bool into_head = tail_.empty() && dropped_bytes_ == 0;
  if (into_head) {
    size_t part = std::min(room, text.size());
    // The head ends between two characters.
    while (part < text.size() && part > 0 && (text[part] & 0xc0) == 0x80) --part;
    head_ += text.substr(0, part);
    text.remove_prefix(part);
  }
  tail_ += text;
  if (tail_.size() > 2 * tail_bytes_) {
    size_t excess = tail_.size() - tail_bytes_;
    while (excess < tail_.size() && (tail_[excess] & 0xc0) == 0x80) ++excess;
    tail_.erase(0, excess);
    dropped_bytes_ += excess;
  }
}

void BoundedText::clear() {
  head_.clear();
  tail_.clear();
  dropped_bytes_ = 0;
}

std::string BoundedText::text() const {
  std::string_view tail = tail_;
  size_t dropped = dropped_bytes_;
  if (tail.size() > tail_bytes_) {
    size_t excess = tail.size() - tail_bytes_;
    while (excess < tail.size() && (tail[excess] & 0xc0) == 0x80) ++excess;
    tail.remove_prefix(excess);
    dropped += excess;
  }
  std::string joined = head_;
  if (dropped > 0) joined += "\n[… " + std::to_string(dropped) + " bytes left out …]\n";
  joined += tail;
  return valid_utf8(resolve_returns(joined));
}

}  // namespace gameday
