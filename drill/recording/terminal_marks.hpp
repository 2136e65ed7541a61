// Reads a terminal's output byte by byte: text, escape sequences, and among these the marks of
// shell integration (OSC 133 as FinalTerm, kitty and WezTerm write it; OSC 633 E and P as VS Code
// does). Sequences and UTF-8 characters that are cut by a chunk's end are held until complete, so
// whatever was handed on may be followed by anything.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gameday {

struct Mark {
  enum Kind {
    kPromptStart,   // 133;A
    kInputStart,    // 133;B: the prompt is written, the person types
    kOutputStart,   // 133;C: the command runs
    kFinished,      // 133;D[;status]
    kCommandLine,   // 633;E;text: what will run
    kProperty,      // 633;P;Name=value
  };
  Kind kind = kPromptStart;
  std::string aid;             // who writes the marks: tells a shell from the shell inside it
  std::string server;          // of a database client's prompt: the one it talks to
  bool continuation = false;   // k=s: a further line of the same input
  std::optional<int> status;   // of kFinished
  std::optional<double> wall;  // when the shell wrote it, in wall-clock seconds
  std::string text;            // the command line, or the property's name
  std::string value;           // the property's value
};

// Nothing when the body of an OSC sequence is no mark.
std::optional<Mark> parse_mark(std::string_view osc_body);

struct TerminalToken {
  enum Kind { kText, kCsi, kOsc, kOther };
  Kind kind = kText;
  std::string_view raw;   // all bytes
  std::string_view body;  // of kCsi: parameters and final byte; of kOsc: between ] and its end
};

class TerminalScanner {
 public:
  using Sink = std::function<void(const TerminalToken&)>;
  // Hands on every complete token. Views live for the length of the call.
  void feed(std::string_view bytes, const Sink& sink);
  // Hands on what was held back, as it is.
  void finish(const Sink& sink);

 private:
  std::string pending_;
};

}  // namespace gameday
