#include "cli/desk_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "core/error.hpp"
#include "drill/desk/protocol.hpp"
#include "drill/recording/terminal_mode.hpp"

namespace gameday {
namespace {

constexpr size_t kLongestFile = 512 * 1024;

// What --file names, when it is among the words.
std::optional<std::string> named_file(const std::vector<std::string>& words) {
  std::string name;
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == "--file" && i + 1 < words.size()) name = words[i + 1];
    if (words[i].starts_with("--file=")) name = words[i].substr(7);
  }
  if (name.empty()) return std::nullopt;
  UniqueFd file(name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw_errno("desk: cannot read " + name, ErrorKind::kUsage);
  std::string content = read_to_end(file.get());
  if (content.size() > kLongestFile) {
    throw usage_error("desk: " + name + ": longer than 512 KiB: that is no answer of yours");
  }
  return content;
}

Call make_call(const std::vector<std::string>& words) {
  Call call;
  call.argv = words;
  call.tty = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  call.size = terminal_size(STDOUT_FILENO).value_or(TerminalSize{});
  const char* term = std::getenv("TERM");
  if (term && *term) call.term = term;
  call.file = named_file(words);
  return call;
}

class Client {
 public:
  explicit Client(UniqueFd connection) : connection_(std::move(connection)) {}

  int run(const Call& call) {
    offer(FrameKind::kCall, encode_call(call));  // a desk with no place left hangs up unasked
    while (!status_) wait_once();
    raw_.reset();
    return *status_;
  }

 private:
  void wait_once() {
    std::array<pollfd, 3> fds{{
        {connection_.get(), POLLIN, 0},
        {relaying_ && !input_ended_ ? STDIN_FILENO : -1, POLLIN, 0},
        {window_ ? window_->fd() : -1, POLLIN, 0},
    }};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno != EINTR) throw_errno("desk: poll");
      return;
    }
    if (fds[1].revents != 0) send_input();
    if (fds[2].revents != 0) {
      window_->clear();
      if (const auto size = terminal_size(STDOUT_FILENO)) {
        offer(FrameKind::kWindow, encode_size(*size));
      }
    }
    if (fds[0].revents != 0) receive();
  }

  void send_input() {
    char buffer[16384];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    input_ended_ = count <= 0;
    offer(FrameKind::kInput, {buffer, static_cast<size_t>(count > 0 ? count : 0)});
  }

  // Sends what the desk may have no use for any more: when it hung up first, its last words, the
  // exit code among them, are still to be read.
  void offer(FrameKind kind, std::string_view payload) {
    try {
      send_frame(connection_.get(), kind, payload);
    } catch (const Error&) {
      input_ended_ = true;
    }
  }

  void receive() {
    char buffer[16384];
    const ssize_t count = ::read(connection_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) throw Error("desk: it was closed");
    reader_.feed({buffer, static_cast<size_t>(count)});
    while (!status_) {
      const std::optional<Frame> frame = reader_.next();
      if (!frame) return;
      obey(*frame);
    }
  }

  void obey(const Frame& frame) {
    switch (frame.kind) {
      case FrameKind::kOut: write_all(STDOUT_FILENO, frame.payload); break;
      case FrameKind::kErr: write_all(STDERR_FILENO, frame.payload); break;
      case FrameKind::kQuestion: answer_question(frame.payload); break;
      case FrameKind::kRaw:
        raw_.emplace(STDIN_FILENO);
        window_.emplace();
        relaying_ = true;
        break;
      case FrameKind::kStream: relaying_ = true; break;
      case FrameKind::kExit: status_ = std::atoi(frame.payload.c_str()) & 0xff; break;
      default: throw Error("desk: it speaks another version");
    }
  }

  // Byte by byte: what follows the line belongs to the next question, or to the shell.
  void answer_question(const std::string& prompt) {
    write_all(STDOUT_FILENO, prompt);
    std::string line;
    for (;;) {
      char c = 0;
      const ssize_t count = ::read(STDIN_FILENO, &c, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0 && line.empty()) {
        write_all(STDOUT_FILENO, "\n");
        offer(FrameKind::kInput, "");
        return;
      }
      if (count <= 0 || c == '\n') break;
      if (line.size() < 8192) line += c;
    }
    offer(FrameKind::kLine, line);
  }

  UniqueFd connection_;
  FrameReader reader_;
  std::optional<RawMode> raw_;
  std::optional<WindowWatch> window_;
  bool relaying_ = false, input_ended_ = false;
  std::optional<int> status_;
};

}  // namespace

int call_desk(UniqueFd connection, const std::vector<std::string>& words) {
  return Client(std::move(connection)).run(make_call(words));
}

}  // namespace gameday
