// The commands of workload/protocol.hpp, parsed.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace gameday {

struct LoadCommand {
  enum class Verb { kInterval, kRate, kFinish };
  Verb verb = Verb::kFinish;
  std::string name;   // kInterval
  double factor = 1;  // kRate
};

// Throws a usage Error for anything else.
LoadCommand parse_load_command(std::string_view line);

// Lines from a descriptor as they arrive.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  // Reads once; blocks when nothing is there. False at the end of the stream. Throws Error on a
  // read error or an endless line.
  bool read_once();
  // The next whole line; at the end of the stream what is left counts as one.
  std::optional<std::string> take_line();
  bool ended() const { return ended_; }
  int fd() const { return fd_; }

 private:
  const int fd_;
  std::string pending_;
  bool ended_ = false;
};

}  // namespace gameday
