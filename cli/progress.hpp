// Progress on standard error: one plain line for each event worth telling, coloured on a terminal.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "journal/journal.hpp"

namespace gameday {

bool stderr_is_terminal();
// Colours are for terminals, and not where NO_COLOR is set.
bool use_color(int fd);

// One line for an event, without its end; empty for what is not worth telling. `origin_seconds` is
// the verified effect's moment once it is known (negative before).
std::string progress_line(const Event& event, double origin_seconds, bool color);

enum class Telling {
  kNothing,
  kLines,     // one for each event
  kLiveLine,  // the last event's, behind a prefix; gone with the object. For terminals.
};

// A listener that prints as it goes. Thread-safe.
class Progress {
 public:
  explicit Progress(Telling telling, std::string prefix = "")
      : telling_(telling), prefix_(std::move(prefix)) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void operator()(const Event& event);
  void step(const std::string& text);

 private:
  void print(const std::string& line);

  const Telling telling_;
  const std::string prefix_;
  std::mutex mutex_;
  double origin_seconds_ = -1;
};

}  // namespace gameday
