#include "drill/recording/echoed_line.hpp"

#include <algorithm>
#include <charconv>

#include "core/utf8.hpp"

namespace gameday {
namespace {

constexpr size_t kMostRows = 200;

}  // namespace

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
