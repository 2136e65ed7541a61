#include "drill/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/error.hpp"
#include "drill/terminal_mode.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostTypedAhead = 64 * 1024;
constexpr std::chrono::milliseconds kQuiet = 150ms;
constexpr std::chrono::milliseconds kLookAtProgram = 500ms;

class Relay {
 public:
  Relay(Terminal& terminal, TerminalPeer& peer, const RelayOptions& options)
      : terminal_(terminal), peer_(peer), options_(options),
        weaver_(options.style, options.first_notice) {
    const int flags = ::fcntl(terminal.master(), F_GETFL);
    ::fcntl(terminal.master(), F_SETFL, flags | O_NONBLOCK);
    if (options.notices) {
      subscription_ = std::make_unique<Notices::Subscription>(*options.notices);
      take_notices();  // what came before the subscription
    }
  }

  RelayEnd run() {
    while (!end_) wait_once();
    if (end_->why != RelayEnd::kGone) say(weaver_.finish());
    if (options_.recording) {
      options_.recording->finish(end_->why == RelayEnd::kEnded ? std::optional(end_->status)
                                                               : std::nullopt);
    }
    return *end_;
  }

 private:
  void wait_once() {
    const bool listen = !input_ended_ && typed_.size() < kMostTypedAhead;
    std::array<pollfd, 5> fds{{
        {listen ? peer_.fd() : -1, POLLIN, 0},
        {peer_.size_fd(), POLLIN, 0},
        {terminal_.master(), static_cast<short>(typed_.empty() ? POLLIN : POLLIN | POLLOUT), 0},
        {subscription_ ? subscription_->fd() : -1, POLLIN, 0},
        {options_.stop_fd, POLLIN, 0},
    }};
    const auto limit = input_ended_ ? kQuiet : kLookAtProgram;
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) throw_errno("terminal: poll");
    if (ready < 0) return;
    if (fds[4].revents != 0) {
      end_ = RelayEnd{RelayEnd::kStopped, 0};
      return;
    }
    if (ready == 0) tell_end_of_input();
    look_at_program(ready == 0);
    if (ready == 0 || end_) return;
    if (fds[2].revents & POLLOUT) write_typed();
    if (fds[2].revents & (POLLIN | POLLHUP | POLLERR)) read_program();
    if (fds[0].revents != 0) read_person(false);
    if (fds[1].revents != 0 && !end_) read_person(true);
    if (fds[3].revents != 0 && !end_) {
      subscription_->clear();
      take_notices();
    }
  }

  void read_program() {
    char buffer[16384];
    const ssize_t count = ::read(terminal_.master(), buffer, sizeof buffer);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      // The last program on the terminal closed it; its status follows at once.
      end_ = RelayEnd{RelayEnd::kEnded, terminal_.wait(deadline_in(5s)).value_or(129)};
      return;
    }
    const std::string_view bytes(buffer, static_cast<size_t>(count));
    if (options_.recording) options_.recording->output(bytes);
    say(weaver_.feed(bytes));
  }

  void read_person(bool size_changed) {
    TerminalPeer::Received received = peer_.receive(size_changed);
    if (received.size) {
      terminal_.resize(*received.size);
      if (options_.recording) options_.recording->resize(*received.size);
    }
    typed_ += received.input;
    if (received.input_ended) {
      input_ended_ = true;
      // A last line without its end is a line all the same.
      if (!received.input.empty()) last_typed_ = received.input.back();
      if (last_typed_ != '\n' && last_typed_ != '\r') typed_ += '\n';
    } else if (!received.input.empty()) {
      last_typed_ = received.input.back();
    }
    if (received.gone) end_ = RelayEnd{RelayEnd::kGone, 0};
    else if (!typed_.empty()) write_typed();
  }

  void write_typed() {
    const ssize_t count = ::write(terminal_.master(), typed_.data(), typed_.size());
    if (count > 0) typed_.erase(0, static_cast<size_t>(count));
  }

  // The program may have ended while something it left behind holds the terminal open, and even
  // writes to it.
  void look_at_program(bool quiet) {
    const auto now = std::chrono::steady_clock::now();
    if (end_ || (!quiet && now < next_look_)) return;
    next_look_ = now + kLookAtProgram;
    if (const auto status = terminal_.wait(now)) {
      for (int reads = 0; !end_ && reads < 1000 && has_output(); ++reads) read_program();
      end_ = RelayEnd{RelayEnd::kEnded, *status};
    }
  }

  bool has_output() const {
    pollfd master{terminal_.master(), POLLIN, 0};
    return ::poll(&master, 1, 0) > 0;
  }

  // A pipe's end is told by Ctrl-D, whenever the program waits for input.
  void tell_end_of_input() {
    if (!input_ended_ || !typed_.empty()) return;
    ++quiet_times_;
    if (weaver_.at_prompt() || quiet_times_ % 7 == 0) {
      typed_ = "\x04";
      write_typed();
    }
  }

  void take_notices() {
    say(weaver_.post(options_.notices->after(weaver_.known())));
  }

  void say(const std::string& bytes) {
    if (bytes.empty()) return;
    try {
      peer_.send(bytes);
    } catch (const Error&) {
      if (!end_) end_ = RelayEnd{RelayEnd::kGone, 0};
    }
  }

  Terminal& terminal_;
  TerminalPeer& peer_;
  const RelayOptions& options_;
  NoticeWeaver weaver_;
  std::unique_ptr<Notices::Subscription> subscription_;
  std::string typed_;  // not yet taken by the program's terminal
  char last_typed_ = '\n';
  bool input_ended_ = false;
  int quiet_times_ = 0;
  Deadline next_look_{};
  std::optional<RelayEnd> end_;
};

// The terminal, or the pipes, that this process was started with.
class OwnTerminal final : public TerminalPeer {
 public:
  OwnTerminal(int in, int out, bool is_terminal) : in_(in), out_(out), is_terminal_(is_terminal) {
    if (is_terminal) {
      raw_.emplace(in);
      window_.emplace();
    }
  }
  int fd() const override { return in_; }
  int size_fd() const override { return window_ ? window_->fd() : -1; }

  Received receive(bool size_changed) override {
    Received received;
    if (size_changed) {
      window_->clear();
      received.size = terminal_size(out_);
      return received;
    }
    char buffer[4096];
    const ssize_t count = ::read(in_, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return received;
    if (count > 0) received.input.assign(buffer, static_cast<size_t>(count));
    else if (is_terminal_) received.gone = true;  // the window was closed
    else received.input_ended = true;
    return received;
  }

  void send(std::string_view bytes) override { write_all(out_, bytes); }

 private:
  const int in_, out_;
  const bool is_terminal_;
  std::optional<RawMode> raw_;
  std::optional<WindowWatch> window_;
};

// Hosts know the common terminals only.
std::string known_term(const std::string& term) {
  for (const std::string_view known : {"xterm", "screen", "tmux", "linux", "vt", "rxvt", "dumb"}) {
    if (term.starts_with(known) && term != "xterm-kitty" && term != "xterm-ghostty") return term;
  }
  return "xterm-256color";
}

}  // namespace

Command shell_command(const std::string& term) {
  Command command;
  command.argv = {"bash"};
  command.env = {{"TERM", known_term(term)}, {"LANG", "C.UTF-8"}, {"HOME", "/root"}};
  return command;
}

RelayEnd relay_terminal(Terminal& terminal, TerminalPeer& peer, const RelayOptions& options) {
  return Relay(terminal, peer, options).run();
}

RelayEnd attach_terminal(Host& host, Recorder& recorder, const AttachOptions& options) {
  const bool is_terminal = ::isatty(options.in) != 0 && ::isatty(options.out) != 0;
  const char* term = std::getenv("TERM");
  const TerminalSize size =
      is_terminal ? terminal_size(options.out).value_or(TerminalSize{}) : kPipeSize;
  const std::string& name = host.spec().name;
  const auto recording = recorder.open(name, options.by, size);
  const auto terminal =
      host.shell(shell_command(is_terminal && term && *term ? term : "dumb"), size);
  OwnTerminal own(options.in, options.out, is_terminal);
  RelayOptions relay;
  relay.recording = recording.get();
  relay.notices = options.notices;
  relay.style.keep_marks = is_terminal;
  relay.style.bare = !is_terminal;
  relay.stop_fd = options.stop_fd;
  return relay_terminal(*terminal, own, relay);
}

}  // namespace gameday
