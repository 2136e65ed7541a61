// From what a terminal was sent to what a person read: small, bounded, valid UTF-8. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drill/terminal_marks.hpp"

namespace gameday {

// Bytes that are no UTF-8 become U+FFFD; so do NUL and the other control characters except tab and
// newline.
std::string valid_utf8(std::string_view bytes);

// Keeps the beginning and the end of a text that may be endless, and says how much is missing
// between them.
class BoundedText {
 public:
  explicit BoundedText(size_t head_bytes = 8192, size_t tail_bytes = 8192)
      : head_bytes_(head_bytes), tail_bytes_(tail_bytes) {}
  void add(std::string_view text);
  void clear();
  bool empty() const { return head_.empty(); }
  // Carriage returns and backspaces are resolved: a line that was written over shows its last
  // writing.
  std::string text() const;

 private:
  size_t head_bytes_, tail_bytes_;
  std::string head_, tail_;
  size_t dropped_bytes_ = 0;
};

// The line that a person sees after a line editor has written its prompt, echo, redrawings and
// cursor moves on a terminal of `columns`. Rows are joined where a line ran over the right margin.
class EchoedLine {
 public:
  explicit EchoedLine(int columns = 80) { resize(columns); }
  void resize(int columns) { columns_ = columns > 0 ? static_cast<size_t>(columns) : 80; }
  void take(const TerminalToken& token);
  void begin_input();        // what stands so far is the prompt
  std::string text() const;  // the input, without blanks at either end
  void clear();

 private:
  void put(char32_t c);
  void control(std::string_view body);
  std::u32string& row();

  size_t columns_ = 80;
  std::vector<std::u32string> rows_{1};
  std::vector<bool> wrapped_{false};  // the row continues the one above
  size_t y_ = 0, x_ = 0;
  size_t input_y_ = 0, input_x_ = 0;
};

}  // namespace gameday
