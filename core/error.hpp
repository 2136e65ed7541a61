// The one exception type of Gameday: something could not be done, and the person at the terminal
// must be told what, where, why and what to do. Outcomes that a drill expects (a refused
// connection, a time-out, a 503) are data, never an Error.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace gameday {

// Decides the exit code of the command that fails with it.
enum class ErrorKind {
  kFailed = 1,   // the drill or the check failed
  kUsage = 2,    // wrong usage or bad input
  kMachine = 3,  // this machine cannot do it; the message names the remedy
};

class Error : public std::runtime_error {
 public:
  // `message` reads "subsystem: what was attempted: why: what to do", on one line.
  explicit Error(const std::string& message, ErrorKind kind = ErrorKind::kFailed)
      : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

inline Error usage_error(const std::string& message) { return Error(message, ErrorKind::kUsage); }
inline Error machine_error(const std::string& message) {
  return Error(message, ErrorKind::kMachine);
}

// The record of a drill (its journal, a recording) refused what happened: what cannot be recorded cannot
// be graded, so the drill must end.
class RecordError : public Error {
 public:
  using Error::Error;
};

// Throws Error "what: strerror(errno)"; call it right after the failed call.
[[noreturn]] void throw_errno(std::string_view what, ErrorKind kind = ErrorKind::kFailed);

}  // namespace gameday
