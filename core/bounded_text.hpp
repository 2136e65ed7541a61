// A program's output, as much of it as is worth keeping. Pure.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

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

}  // namespace gameday
