// One JSON object a line on a descriptor that may be a slow pipe: the sending loop never waits for
// its reader. What does not fit is kept, up to a limit; beyond it, droppable lines are dropped.
#pragma once

#include <string>

#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday {

class ReportStream {
 public:
  explicit ReportStream(int fd) : fd_(fd) {}

  // Writes {"key": value}. `droppable`: may be lost when the reader has stopped reading.
  void line(std::string_view key, json::value value, bool droppable);
  // Writes what can be written without waiting.
  void flush();
  // Waits for the reader until the deadline; what is left then is lost.
  void flush_until(Deadline deadline);
  // The reader is gone: nothing will ever be read again.
  bool broken() const { return broken_; }

 private:
  bool write_some(int wait_ms);

  const int fd_;
  std::string pending_;
  bool broken_ = false;
};

}  // namespace gameday
