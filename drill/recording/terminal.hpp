// Relays a program's terminal in a host to a person: bytes both ways, sizes, notices, recording.
// The program's terminal is its own; the person's is never lent to it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "drill/recording/recorder.hpp"
#include "drill/recording/terminal_notices.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// The person's end of a relay. One thread uses it.
class TerminalPeer {
 public:
  struct Received {
    std::string input;
    std::optional<TerminalSize> size;
    bool input_ended = false;  // no more will be typed (a pipe at its end)
    bool gone = false;         // nobody is there any more
  };
  virtual ~TerminalPeer() = default;
  virtual int fd() const = 0;                  // readable: call receive
  virtual int size_fd() const { return -1; }   // readable: call receive, too; -1: there is none
  // Does not block when fd() is readable, or when has_received() says so.
  virtual Received receive(bool size_changed) = 0;
  // Something came before the relay began and waits to be received.
  virtual bool has_received() const { return false; }
  virtual void send(std::string_view bytes) = 0;
};

struct RelayEnd {
  enum Why { kEnded, kStopped, kGone } why = kEnded;
  int status = 0;  // of the program, when it ended
};

struct RelayOptions {
  Recording* recording = nullptr;
  Notices* notices = nullptr;
  size_t first_notice = 0;  // notices up to this number are known to the person already
  NoticeWeaver::Style style;
  int stop_fd = -1;         // becomes readable: leave when the program is quiet, within 0.5 s
};

// Returns when the program ends, the person is gone, or stop_fd became readable. Throws Error when
// the recording cannot be written. The caller's Terminal still exists then.
RelayEnd relay_terminal(Terminal& terminal, TerminalPeer& peer, const RelayOptions& options);

struct AttachOptions {
  std::string by = "trainee";
  Notices* notices = nullptr;
  int stop_fd = -1;
  int in = 0, out = 1;  // the person's terminal, or pipes
};

// A shell on `host` on the person's own terminal until the shell ends or stop_fd becomes readable.
// Raw mode is taken back on every way out. Without a terminal on both ends it works as a pipe: the
// shell gets a wide, plain terminal, escape sequences are taken out of its output, and the end of
// input ends it. Recorded as `<n>-<host>.cast`. Throws Error.
RelayEnd attach_terminal(Host& host, Recorder& recorder, const AttachOptions& options);

// The size of a terminal whose reader is a pipe: wide, for nobody wraps lines there.
inline constexpr TerminalSize kPipeSize{500, 50};

// The shell that a person gets on a host, watched, with the environment for this kind of terminal.
Command shell_command(const std::string& term);

}  // namespace gameday
