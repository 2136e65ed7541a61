// What the desk and its thin client say to one another over a Unix stream socket: frames of one
// byte of kind, four bytes of length (little-endian) and a bounded payload. The client knows
// nothing: it sends its arguments and does what it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

enum class FrameKind : char {
  // client to desk
  kCall = 'A',      // first, once: the JSON of a Call
  kLine = 'L',      // the answer to a question, without its end of line
  kInput = 'I',     // bytes typed; empty: there will be no more
  kWindow = 'W',    // the terminal's new size: {"columns", "rows"}
  // desk to client
  kOut = 'O',       // for standard output
  kErr = 'E',       // for standard error
  kQuestion = 'Q',  // a prompt: print it, read one line, answer with kLine
  kRaw = 'R',       // put the terminal into raw mode and relay it
  kStream = 'S',    // relay standard input as it is
  kExit = 'X',      // last: the exit code, in decimal
};

inline constexpr size_t kFrameLimit = 1 << 20;  // bytes of payload

struct Frame {
  FrameKind kind;
  std::string payload;
};

// Cuts a byte stream into frames. A frame that is too long or of an unknown kind throws Error;
// the stream is of no use after that.
class FrameReader {
 public:
  void feed(std::string_view bytes) { pending_ += bytes; }
  std::optional<Frame> next();
  // True when no part of a frame is waiting for its rest.
  bool at_boundary() const { return pending_.empty(); }

 private:
  std::string pending_;
};

std::string encode_frame(FrameKind kind, std::string_view payload);

// Sends the payload, in several frames when it is longer than one may be. Throws Error when the
// other side is gone.
void send_frame(int fd, FrameKind kind, std::string_view payload);

// Waits for one frame. Nothing: the other side closed between two frames. Throws Error for a
// stream that ends inside a frame, a bad frame, or a deadline that passed.
std::optional<Frame> receive_frame(int fd, FrameReader& reader,
                                   std::optional<Deadline> deadline = std::nullopt);

// Who calls, with what, from which kind of terminal.
struct Call {
  std::vector<std::string> argv;  // without the program's name
  bool tty = false;               // standard input and output are a terminal
  TerminalSize size;
  std::string term = "dumb";
  std::optional<std::string> file;  // what the argument after --file names, read by the client
};

std::string encode_call(const Call& call);
// Throws a usage Error for anything but a call of reasonable size.
Call decode_call(std::string_view payload);

std::string encode_size(TerminalSize size);
// Clamped to what a terminal can be (1 to 1000); throws a usage Error when it is not a size.
TerminalSize decode_size(std::string_view payload);

// Where the desk listens in a host.
inline constexpr const char* kDeskSocket = "/run/desk.sock";

// A listening Unix stream socket at `path`, for its owner only; an old socket there is replaced.
// Throws a machine Error.
UniqueFd listen_at(const std::string& path);
// A connection to the desk at `path`. Throws Error.
UniqueFd connect_to(const std::string& path);

}  // namespace gameday
