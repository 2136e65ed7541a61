// What a person sees on a terminal line that a line editor wrote. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drill/recording/terminal_marks.hpp"

namespace gameday {

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
