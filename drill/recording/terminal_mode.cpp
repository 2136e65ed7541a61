#include "drill/recording/terminal_mode.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "core/error.hpp"

namespace gameday {
namespace {

// Signal handlers can reach nothing but such variables.
std::atomic<int> raw_fd{-1};
termios saved_mode;
std::atomic<int> window_fd{-1};

constexpr std::array kDeadlySignals = {SIGTERM, SIGHUP, SIGINT,  SIGQUIT, SIGABRT,
                                       SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, kDeadlySignals.size()> earlier_actions;
struct sigaction earlier_window_action;

void give_back() {
  const int fd = raw_fd.exchange(-1);
  if (fd >= 0) ::tcsetattr(fd, TCSANOW, &saved_mode);
}

extern "C" void give_back_and_die(int signal) {
  give_back();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

extern "C" void note_window(int) {
  const int error = errno;
  const int fd = window_fd.load();
  // A full pipe says the same already.
  if (fd >= 0 && ::write(fd, "w", 1) < 0) errno = error;
  errno = error;
}

}  // namespace

std::optional<TerminalSize> terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_col, size.ws_row};
}

RawMode::RawMode(int fd) {
  termios mode;
  if (!::isatty(fd) || ::tcgetattr(fd, &mode) != 0) return;
  static const bool registered = [] { return std::atexit(give_back) == 0; }();
  if (!registered || raw_fd.load() >= 0) return;
  saved_mode = mode;
  raw_fd = fd;
  // Whoever handles a signal himself is expected to unwind, which gives the terminal back as well.
  for (size_t i = 0; i < kDeadlySignals.size(); ++i) {
    ::sigaction(kDeadlySignals[i], nullptr, &earlier_actions[i]);
    if (earlier_actions[i].sa_handler == SIG_DFL) ::signal(kDeadlySignals[i], give_back_and_die);
  }
  ::cfmakeraw(&mode);
  // What was typed ahead stays: TCSANOW throws nothing away.
  active_ = true;
  if (::tcsetattr(fd, TCSANOW, &mode) != 0) release();
}

RawMode::~RawMode() { release(); }

void RawMode::release() {
  if (!active_) return;
  active_ = false;
  give_back();
  for (size_t i = 0; i < kDeadlySignals.size(); ++i) {
    struct sigaction current;
    ::sigaction(kDeadlySignals[i], nullptr, &current);
    if (current.sa_handler == give_back_and_die) {
      ::sigaction(kDeadlySignals[i], &earlier_actions[i], nullptr);
    }
  }
}

WindowWatch::WindowWatch() : pipe_(make_pipe()) {
  ::fcntl(pipe_.reader.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(pipe_.writer.get(), F_SETFL, O_NONBLOCK);
  window_fd = pipe_.writer.get();
  struct sigaction action{};
  action.sa_handler = note_window;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, &earlier_window_action);
}

WindowWatch::~WindowWatch() {
  ::sigaction(SIGWINCH, &earlier_window_action, nullptr);
  window_fd = -1;
}

void WindowWatch::clear() {
  char buffer[64];
  while (::read(fd(), buffer, sizeof buffer) > 0) continue;
}

}  // namespace gameday
