#include "cli/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace gameday {

namespace {

std::atomic<int> signal_pipe{-1};
std::atomic<int> signals_seen{0};
constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

// Handlers, not a blocked mask: a mask would be inherited by every program that is started.
void on_signal(int number) {
  if (signals_seen.fetch_add(1) > 0) ::_exit(128 + number);
  const char byte = static_cast<char>(number);
  const ssize_t ignored = ::write(signal_pipe.load(), &byte, 1);
  static_cast<void>(ignored);
}

}  // namespace

StopOnSignal::StopOnSignal(Bell& bell) : pipe_(make_pipe()) {
  signals_seen = 0;
  signal_pipe = pipe_.writer.get();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : kStopSignals) ::sigaction(number, &action, nullptr);
  waiter_ = std::thread([this, &bell] {
    char byte = 0;
    ssize_t count = -1;
    while ((count = ::read(pipe_.reader.get(), &byte, 1)) < 0 && errno == EINTR) {
    }
    if (count == 1 && byte != 0) bell.stop(byte == SIGINT ? "interrupted" : "terminated");
  });
}

StopOnSignal::~StopOnSignal() {
  for (const int number : kStopSignals) ::signal(number, SIG_DFL);
  const char none = 0;
  const ssize_t ignored = ::write(pipe_.writer.get(), &none, 1);
  static_cast<void>(ignored);
  waiter_.join();
}

}  // namespace gameday
