// Progress on standard error: one plain line for each event worth telling, coloured on a terminal.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "core/journal.hpp"

namespace gameday {

bool stderr_is_terminal();
// Colours are for terminals, and not where NO_COLOR is set.
bool use_color(int fd);

// One line for an event, without its end; empty for what is not worth telling. `origin_seconds` is
// the verified effect's moment once it is known (negative before).
std::string progress_line(const Event& event, double origin_seconds, bool color);

// A listener that prints as it goes. Thread-safe.
class Progress {
 public:
  explicit Progress(bool quiet) : quiet_(quiet) {}
  void operator()(const Event& event);
  void step(const std::string& text);

 private:
  const bool quiet_;
  std::mutex mutex_;
  double origin_seconds_ = -1;
};

}  // namespace gameday
