#include "drill/recording/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/error.hpp"
#include "drill/recording/terminal_mode.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostTypedAhead = 64 * 1024;
constexpr std::chrono::milliseconds kQuiet = 150ms;
constexpr std::chrono::milliseconds kLongQuiet = 1s;
constexpr std::chrono::milliseconds kLookAtScript = 50ms;
constexpr std::chrono::milliseconds kLookAtProgram = 500ms;
constexpr std::chrono::milliseconds kLastWords = 100ms;  // of quiet, before a stopped relay leaves

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
    if (peer_.has_received()) read_person(false);
    while (!end_) wait_once();
    if (end_->why != RelayEnd::kGone) say(weaver_.finish());
    // Whoever writes next finds a line of its own, not the rest of a prompt.
    if (end_->why == RelayEnd::kStopped && !at_line_start_) say(options_.style.bare ? "\n" : "\r\n");
    if (options_.recording) {
      options_.recording->ran(terminal_.programs());
      options_.recording->finish(end_->why == RelayEnd::kEnded ? std::optional(end_->status)
                                                               : std::nullopt);
    }
    return *end_;
  }

 private:
  void wait_once() {
    const bool has_room = typed_.size() + script_.size() < kMostTypedAhead;
    const bool listen = !leave_at_ && !input_ended_ && has_room;
    std::array<pollfd, 5> fds{{
        {listen ? peer_.fd() : -1, POLLIN, 0},
        {peer_.size_fd(), POLLIN, 0},
        {terminal_.master(), static_cast<short>(typed_.empty() ? POLLIN : POLLIN | POLLOUT), 0},
        {subscription_ ? subscription_->fd() : -1, POLLIN, 0},
        {leave_at_ ? -1 : options_.stop_fd, POLLIN, 0},
    }};
    const bool script_waits = input_ended_ || !script_.empty();
    const auto limit = leave_at_ ? kLastWords : script_waits ? kLookAtScript : kLookAtProgram;
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) throw_errno("terminal: poll");
    if (ready < 0) return;
    if (fds[4].revents != 0) leave_at_ = deadline_in(5 * kLastWords);
    if (leave_at_ && (ready == 0 || std::chrono::steady_clock::now() >= *leave_at_)) {
      end_ = RelayEnd{RelayEnd::kStopped, 0};
      return;
    }
    look_at_program(ready == 0);
    if (fds[2].revents & POLLOUT && !end_) write_typed();
    if (fds[2].revents & (POLLIN | POLLHUP | POLLERR) && !end_) read_program();
    if (fds[0].revents != 0 && !end_) read_person(false);
    if (fds[1].revents != 0 && !end_) read_person(true);
    if (fds[3].revents != 0 && !end_) {
      subscription_->clear();
      take_notices();
    }
    if (script_waits && !end_ && !leave_at_) type_script();
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
    if (options_.recording) {
      // Whoever printed these bytes was reported before; asked first, the report could be missed.
      options_.recording->ran(terminal_.programs());
      options_.recording->output(bytes);
    }
    say(weaver_.feed(bytes));
    last_output_ = std::chrono::steady_clock::now();
    if (!weaver_.at_prompt()) prompt_answered_ = false;
  }

  void read_person(bool size_changed) {
    TerminalPeer::Received received = peer_.receive(size_changed);
    if (received.size) {
      terminal_.resize(*received.size);
      if (options_.recording) options_.recording->resize(*received.size);
    }
    (options_.style.bare ? script_ : typed_) += received.input;
    if (received.input_ended) {
      input_ended_ = true;
      // A last line without its end is a line all the same.
      if (!script_.empty() && script_.back() != '\n') script_ += '\n';
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

  // Types the lines of a pipe one by one, each when the shell waits for it: a terminal loses lines
  // that were typed ahead, when it changes from the shell's line editor to a program that reads.
  // The end of the pipe is told by Ctrl-D.
  void type_script() {
    if (!typed_.empty() || (script_.empty() && !input_ended_)) return;
    const auto quiet = std::chrono::steady_clock::now() - std::max(last_output_, last_line_);
    const size_t end = script_.find('\n');
    const bool is_whole = end != std::string::npos || script_.empty();
    bool is_time = quiet >= kLongQuiet && !line_waits();
    if (is_whole && weaver_.at_prompt()) is_time = !prompt_answered_ || is_time;
    else if (is_whole && weaver_.in_relay()) is_time = weaver_.inner_prompt() || is_time;
    else if (is_whole && reads_characters()) is_time = quiet >= kQuiet;
    if (!is_time) return;
    prompt_answered_ = weaver_.at_prompt();
    weaver_.forget_inner_prompt();
    last_line_ = std::chrono::steady_clock::now();
    typed_ = script_.empty() ? "\x04" : script_.substr(0, end == std::string::npos ? end : end + 1);
    script_.erase(0, script_.empty() ? 0 : typed_.size());
    write_typed();
  }

  // A line was typed that nobody has read: whoever runs there does not ask for lines.
  bool line_waits() const {
    const UniqueFd slave(::ioctl(terminal_.master(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    int bytes = 0;
    return slave && ::ioctl(slave.get(), FIONREAD, &bytes) == 0 && bytes > 0;
  }

  // A line editor or a relay is in front, which takes every key: not a program that reads lines.
  bool reads_characters() const {
    termios mode{};
    return ::tcgetattr(terminal_.master(), &mode) == 0 && (mode.c_lflag & ICANON) == 0;
  }

  void take_notices() {
    say(weaver_.post(options_.notices->after(weaver_.known())));
  }

  void say(const std::string& bytes) {
    if (bytes.empty()) return;
    at_line_start_ = bytes.back() == '\n';
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
  std::string typed_;   // not yet taken by the program's terminal
  std::string script_;  // of a pipe, not yet typed
  bool input_ended_ = false;
  bool at_line_start_ = true;     // the person's cursor
  bool prompt_answered_ = false;  // a line was typed at the prompt that still stands
  Deadline next_look_{}, last_output_{}, last_line_{};
  std::optional<Deadline> leave_at_;  // stop_fd was readable: what is on its way is still shown
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
  command.watched = true;
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
