#include "sandbox/native/host.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/value_from.hpp>
#include <cerrno>
#include <utility>

#include "core/error.hpp"

namespace gameday::native {
namespace {

using std::chrono::steady_clock;

// The answers of one program: what it started, and its status at the end.
class ProgramAnswers {
 public:
  explicit ProgramAnswers(UniqueFd socket) : socket_(std::move(socket)) {}

  std::optional<int> wait(Deadline deadline) {
    while (!status_) {
      if (!wait_readable(socket_.get(), deadline)) return std::nullopt;
      take();
    }
    return status_;
  }

  ProgramRuns programs() {
    while (!ended_ && wait_readable(socket_.get(), steady_clock::now())) {
      // What went wrong is told by whoever waits for the end.
      try {
        take();
      } catch (const Error&) {
        break;
      }
    }
    if (!watched_) return std::nullopt;
    return std::exchange(ran_, {});
  }

  void kill() {
    if (!status_) send_message(socket_.get(), {{"do", "kill"}});
  }

 private:
  void take() {
    if (!failure_.empty()) throw_answer(failure_);
    std::optional<Message> message = receive_message(socket_.get());
    ended_ = !message || message->body.contains("error") || message->body.contains("status");
    if (!message) throw Error("native: the stack is gone, and the program with it");
    if (message->body.contains("error")) {
      failure_ = message->body;
      throw_answer(failure_);
    }
    if (const json::value* ran = message->body.if_contains("ran"); ran && ran->is_object()) {
      watched_ = true;
      json::object program = ran->as_object();
      const double at = number_or(program, "at", 0);
      program.erase("at");
      if (ran_.size() < kMostKept) ran_.push_back({at, std::move(program)});
      return;
    }
    status_ = static_cast<int>(number_or(message->body, "status", -1));
  }

  static constexpr size_t kMostKept = 1000;
  UniqueFd socket_;
  std::vector<ProgramRun> ran_;
  json::object failure_;
  bool watched_ = false, ended_ = false;
  std::optional<int> status_;
};

class NativeProcess final : public Process {
 public:
  NativeProcess(UniqueFd answers, UniqueFd in, UniqueFd out, UniqueFd err)
      : answers_(std::move(answers)),
        in_(std::move(in)),
        out_(std::move(out)),
        err_(std::move(err)) {}

  int in() const override { return in_.get(); }
  int out() const override { return out_.get(); }
  int err() const override { return err_.get(); }
  void close_in() override { in_.reset(); }
  std::optional<int> wait(Deadline deadline) override {
    return answers_.wait(deadline);
  }
  void kill() override { answers_.kill(); }
  ProgramRuns programs() override { return answers_.programs(); }

 private:
  ProgramAnswers answers_;
  UniqueFd in_, out_, err_;
};

class NativeTerminal final : public Terminal {
 public:
  NativeTerminal(UniqueFd answers, UniqueFd master)
      : answers_(std::move(answers)), master_(std::move(master)) {}

  int master() const override { return master_.get(); }
  void resize(TerminalSize size) override {
    winsize window{};
    window.ws_col = static_cast<unsigned short>(size.columns);
    window.ws_row = static_cast<unsigned short>(size.rows);
    if (::ioctl(master_.get(), TIOCSWINSZ, &window) != 0) throw_errno("native: resize a terminal");
  }
  std::optional<int> wait(Deadline deadline) override {
    return answers_.wait(deadline);
  }
  ProgramRuns programs() override { return answers_.programs(); }

 private:
  ProgramAnswers answers_;
  UniqueFd master_;  // closed first: that hangs up, then the answers' end kills what is left
};

class NativeHost final : public Host {
 public:
  NativeHost(const HostSpec& spec, const PodLink& pod) : spec_(spec), pod_(pod) {}

  const HostSpec& spec() const override { return spec_; }

  std::unique_ptr<Process> start(const Command& command) override {
    Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
    UniqueFd answers = pod_.ask(request("spawn", command),
                                {in.reader.get(), out.writer.get(), err.writer.get()});
    return std::make_unique<NativeProcess>(std::move(answers), std::move(in.writer),
                                           std::move(out.reader), std::move(err.reader));
  }

  std::unique_ptr<Terminal> shell(const Command& command, TerminalSize size) override {
    json::object body = request("shell", command);
    body["columns"] = std::clamp(size.columns, 1, 10000);
    body["rows"] = std::clamp(size.rows, 1, 10000);
    UniqueFd answers = pod_.ask(body);
    Message message = PodLink::take(answers, deadline_in(std::chrono::seconds(10)));
    if (message.fds.size() != 1) throw Error("native: " + spec_.name + ": no terminal");
    return std::make_unique<NativeTerminal>(std::move(answers), std::move(message.fds[0]));
  }

  UniqueFd dial(const std::string& address, int port, Deadline deadline) override {
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(static_cast<uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &target.sin_addr) != 1) {
      throw usage_error("native: dial " + address + ": not an IPv4 address");
    }
    UniqueFd socket = pod_.take_fd({{"do", "dial"}, {"host", spec_.name}});
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) {
      if (errno != EINPROGRESS) return UniqueFd();
      if (!wait_for(socket.get(), POLLOUT, deadline)) return UniqueFd();
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return UniqueFd();
    }
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
    return socket;
  }

  UniqueFd listen(int port) override {
    UniqueFd socket = pod_.take_fd({{"do", "listen"}, {"host", spec_.name}, {"port", port}});
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
    return socket;
  }

  UniqueFd listen_unix(const std::string& path) override {
    return pod_.take_fd({{"do", "listen_unix"}, {"host", spec_.name}, {"path", path}});
  }

  UniqueFd dial_unix(const std::string& path) override { return fd_at("dial_unix", path); }

  UniqueFd open_file(const std::string& path) override { return fd_at("open_file", path); }

 private:
  // A descriptor that there may or may not be.
  UniqueFd fd_at(const char* verb, const std::string& path) {
    const UniqueFd answers = pod_.ask({{"do", verb}, {"host", spec_.name}, {"path", path}});
    Message message = PodLink::take(answers, deadline_in(std::chrono::seconds(10)));
    return message.fds.empty() ? UniqueFd() : std::move(message.fds[0]);
  }

  json::object request(const char* verb, const Command& command) const {
    return json::object{{"do", verb},
                        {"host", spec_.name},
                        {"argv", json::value_from(command.argv)},
                        {"env", json::value_from(command.env)},
                        {"user", command.user},
                        {"cwd", command.cwd},
                        {"watched", command.watched}};
  }

  const HostSpec& spec_;
  const PodLink& pod_;
};

}  // namespace

std::unique_ptr<Host> make_host(const HostSpec& spec, const PodLink& pod) {
  return std::make_unique<NativeHost>(spec, pod);
}

}  // namespace gameday::native
