// The user's own terminal: its size, and raw mode that is always taken back.
#pragma once

#include <optional>

#include "core/fd.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

// The size of the terminal behind `fd`; nothing when it is none, or says 0.
std::optional<TerminalSize> terminal_size(int fd);

// Raw mode from construction to destruction; nothing happens when `fd` is no terminal. Also exit()
// and the signals that end a process by default (TERM, HUP, INT, QUIT, ABRT, SEGV, BUS, FPE, ILL)
// give the terminal back before they do their work. One at a time in a process.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  bool active() const { return active_; }

 private:
  void release();

  bool active_ = false;
};

// While it lives, its descriptor becomes readable when the window changes its size. One at a time.
class WindowWatch {
 public:
  WindowWatch();
  ~WindowWatch();
  WindowWatch(const WindowWatch&) = delete;
  WindowWatch& operator=(const WindowWatch&) = delete;
  int fd() const { return pipe_.reader.get(); }
  void clear();

 private:
  Pipe pipe_;
};

}  // namespace gameday
