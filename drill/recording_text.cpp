#include "drill/recording_text.hpp"

#include <algorithm>
#include <charconv>

namespace gameday {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr size_t kMostRows = 200;

// Decodes one character at the front; a byte that begins none counts as one U+FFFD.
char32_t take_character(std::string_view& bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  size_t length = 1;
  char32_t value = first;
  if (first >= 0x80) {
    length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (first >= 0xf5 || length > bytes.size()) length = 0;
    value = length == 4 ? first & 0x07 : length == 3 ? first & 0x0f : first & 0x1f;
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xc0) != 0x80) {
        length = 0;
        break;
      }
      value = value << 6 | (next & 0x3f);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (length == 0 || overlong || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
      bytes.remove_prefix(1);
      return kReplacement;
    }
  }
  bytes.remove_prefix(length);
  return value;
}

void append_utf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
}

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

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const char32_t c = take_character(bytes);
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    append_utf8(text, control ? kReplacement : c);
  }
  return text;
}

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

void EchoedLine::clear() {
  rows_.assign(1, {});
  wrapped_.assign(1, false);
  y_ = x_ = input_y_ = input_x_ = 0;
}

void EchoedLine::begin_input() {
  input_y_ = y_;
  input_x_ = x_;
}

std::u32string& EchoedLine::row() {
  while (rows_.size() <= y_) {
    rows_.emplace_back();
    wrapped_.push_back(false);
  }
  std::u32string& cells = rows_[y_];
  if (cells.size() < x_) cells.resize(x_, U' ');
  return cells;
}

void EchoedLine::put(char32_t c) {
  if (c == '\b') {
    if (x_ > 0) --x_;
  } else if (c == '\r') {
    x_ = 0;
  } else if (c == '\n') {
    y_ = std::min(y_ + 1, kMostRows - 1);
    row();
  } else if (c >= 0x20 && c != 0x7f) {
    if (x_ >= columns_ && y_ + 1 < kMostRows) {
      ++y_;
      x_ = 0;
      row();
      wrapped_[y_] = true;
    }
    std::u32string& cells = row();
    if (x_ < cells.size()) cells[x_] = c;
    else cells.push_back(c);
    x_ = std::min(x_ + 1, columns_);
  }
}

// The cursor movements and erasures that line editors use; others change no text.
void EchoedLine::control(std::string_view body) {
  if (body.empty()) return;
  size_t count = 0;
  const std::string_view digits = body.substr(0, body.size() - 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const size_t n = std::clamp<size_t>(count, 1, 1000);
  std::u32string& cells = row();
  switch (body.back()) {
    case 'A': y_ -= std::min(n, y_); break;
    case 'B': y_ = std::min(y_ + n, kMostRows - 1); break;
    case 'C': x_ = std::min(x_ + n, columns_); break;
    case 'D': x_ -= std::min(n, x_); break;
    case 'G': x_ = std::min(n - 1, columns_); break;
    case 'K':
      if (count == 0) cells.resize(std::min(x_, cells.size()));
      if (count == 1) std::fill_n(cells.begin(), std::min(x_, cells.size()), U' ');
      if (count == 2) cells.clear();
      break;
    case 'J':
      if (count != 0) break;
      cells.resize(std::min(x_, cells.size()));
      rows_.resize(y_ + 1);
      wrapped_.resize(y_ + 1);
      break;
    case 'P':
      if (x_ < cells.size()) cells.erase(x_, n);
      break;
    case '@':
      cells.insert(std::min(x_, cells.size()), n, U' ');
      cells.resize(std::min(cells.size(), columns_));
      break;
    default: break;
  }
}

void EchoedLine::take(const TerminalToken& token) {
  if (token.kind == TerminalToken::kCsi) control(token.body);
  if (token.kind != TerminalToken::kText) return;
  std::string_view bytes = token.raw;
  while (!bytes.empty()) put(take_character(bytes));
}

std::string EchoedLine::text() const {
  std::string joined;
  for (size_t y = input_y_; y < rows_.size(); ++y) {
    if (y > input_y_ && !wrapped_[y]) joined += '\n';
    for (size_t x = y == input_y_ ? input_x_ : 0; x < rows_[y].size(); ++x) {
      append_utf8(joined, rows_[y][x]);
    }
  }
  const size_t from = joined.find_first_not_of(" \n");
  if (from == std::string::npos) return "";
  return joined.substr(from, joined.find_last_not_of(" \n") - from + 1);
}

}  // namespace gameday
