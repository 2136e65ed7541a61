#include "drill/desk/shell.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/desk/screens.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostPrograms = 100;  // that are kept of one command
constexpr size_t kCollected = 128 * 1024;  // bytes of either end of a stream in a document

// As it was typed, for the recording: words with blanks or quotes in quotes.
std::string command_text(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    if (!text.empty()) text += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>()") ==
                                            std::string::npos;
    if (plain || command.size() == 1) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

// A single word that is a command line is read by the shell; several are taken as they are.
Argv argv_of(const std::vector<std::string>& command) {
  if (command.size() == 1) return {"bash", "-c", command[0]};
  return command;
}

// Relays the streams of one process until it has ended and its output is read to the end.
class StreamRelay {
 public:
  StreamRelay(Process& process, Conversation& person, int stop_fd, bool collect)
      : process_(process), person_(person), stop_fd_(stop_fd), collect_(collect) {
    for (const int fd : {process.in(), process.out(), process.err()}) {
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    }
  }

  // The exit status; nothing when the caller went away or the desk closed.
  std::optional<int> run() {
    if (person_.has_received()) read_person();
    while (!gone_ && (out_open_ || err_open_)) wait_once();
    if (gone_) return std::nullopt;
    for (;;) {
      if (const auto status = process_.wait(deadline_in(200ms))) return status;
      pollfd stop{stop_fd_, POLLIN, 0};
      if (::poll(&stop, 1, 0) > 0) return std::nullopt;
    }
  }
  std::string output() const { return output_.text(); }
  std::string out() const { return out_.text(); }
  std::string err() const { return err_.text(); }
  // What it started, each once; nullopt where nobody watched.
  std::optional<json::array> programs() {
    take_programs();
    return programs_;
  }

 private:
  void take_programs() {
    const ProgramRuns runs = process_.programs();
    if (!runs) return;
    if (!programs_) programs_.emplace();
    for (const ProgramRun& run : *runs) {
      const bool is_new = std::find(programs_->begin(), programs_->end(), json::value(run.what)) ==
                          programs_->end();
      if (is_new && programs_->size() < kMostPrograms) programs_->emplace_back(run.what);
    }
  }

  void wait_once() {
    const bool listen = !input_ended_ && input_.size() < 64 * 1024;
    std::array<pollfd, 5> fds{{
        {person_.fd(), static_cast<short>(listen ? POLLIN : 0), 0},
        {in_open_ && !input_.empty() ? process_.in() : -1, POLLOUT, 0},
        {out_open_ ? process_.out() : -1, POLLIN, 0},
        {err_open_ ? process_.err() : -1, POLLIN, 0},
        {stop_fd_, POLLIN, 0},
    }};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno != EINTR) throw_errno("desk: poll");
      return;
    }
    if (fds[4].revents != 0) gone_ = true;
    take_programs();
    if (fds[0].revents != 0) read_person();
    if (fds[1].revents != 0) write_input();
    if (fds[2].revents != 0) out_open_ = read_stream(process_.out(), false);
    if (fds[3].revents != 0) err_open_ = read_stream(process_.err(), true);
  }

  void read_person() {
    const TerminalPeer::Received received = person_.receive(false);
    input_ += received.input;
    input_ended_ = input_ended_ || received.input_ended;
    gone_ = gone_ || received.gone;
    if (!gone_) write_input();
  }

  void write_input() {
    if (in_open_ && !input_.empty()) {
      const ssize_t count = ::write(process_.in(), input_.data(), input_.size());
      if (count > 0) input_.erase(0, static_cast<size_t>(count));
      if (count < 0 && errno != EAGAIN && errno != EINTR) close_input();
    }
    if (input_ended_ && input_.empty()) close_input();
  }

  void close_input() {
    if (in_open_) process_.close_in();
    in_open_ = false;
    input_.clear();
  }

  bool read_stream(int fd, bool is_error) {
    char buffer[16384];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) return false;
    const std::string_view bytes(buffer, static_cast<size_t>(count));
    output_.add(bytes);
    if (collect_) (is_error ? err_ : out_).add(bytes);
    else if (is_error) person_.err(bytes);
    else person_.out(bytes);
    return true;
  }

  Process& process_;
  Conversation& person_;
  const int stop_fd_;
  const bool collect_;
  BoundedText output_;  // both streams, as they came
  BoundedText out_{kCollected, kCollected}, err_{kCollected, kCollected};
  std::string input_;
  bool input_ended_ = false, in_open_ = true;
  bool out_open_ = true, err_open_ = true, gone_ = false;
  std::optional<json::array> programs_;
};

}  // namespace

Host& host_to_enter(Sandbox& sandbox, std::string_view verb, const std::string& name) {
  const std::string asked = std::string(verb) + ": ";
  std::string known;
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.team.empty()) {
      if (host.name != name) continue;
      throw usage_error(asked + name + " is not one of your machines: see gameday map");
    }
    if (host.name == name) return sandbox.host(name);
    known += (known.empty() ? "" : ", ") + host.name;
  }
  throw usage_error(asked + "there is no host '" + text::row(name, 40) + "': one of " + known);
}

int relay_shell(Host& host, const std::vector<std::string>& command, const DeskSetup& setup,
                Conversation& person, int stop_fd) {
  const Call& call = person.call();
  const std::string& name = host.spec().name;
  const TerminalSize size = call.tty ? call.size : kPipeSize;
  Command shell = shell_command(call.tty ? call.term : "dumb");
  if (!command.empty()) shell.argv = argv_of(command);
  const auto recording = setup.recorder.open(name, setup.by, size,
                                             command.empty() ? "" : command_text(command));
  const auto terminal = host.shell(shell, size);
  RelayOptions options;
  options.recording = recording.get();
  options.notices = &setup.notices;
  options.first_notice = setup.notices.count();
  // An outer terminal must not take this host's prompts for its own.
  options.style = {.keep_marks = false, .bare = !call.tty, .leave_mark = call.tty};
  options.stop_fd = stop_fd;
  if (call.tty) {
    person.begin_raw();
    person.out("\x1b]633;P;Relay=" + name + "\a");
  } else {
    person.begin_stream();
  }
  const RelayEnd end = relay_terminal(*terminal, person, options);
  // What follows on an outer terminal is of its own host again. Nobody to tell: the caller is gone.
  try {
    if (call.tty) person.out("\x1b]633;P;Relay=\a");
  } catch (const Error&) {
  }
  return end.why == RelayEnd::kEnded ? end.status : 129;
}

RemoteCommand relay_command(Host& host, const std::vector<std::string>& command,
                            const DeskSetup& setup, Conversation& person, int stop_fd,
                            bool collect) {
  Observation seen;
  seen.host = host.spec().name;
  seen.by = setup.by;
  seen.command = command_text(command);
  seen.started = setup.journal.now_seconds();
  Command process_command = shell_command("dumb");
  process_command.argv = argv_of(command);
  const auto process = host.start(process_command);
  person.begin_stream();
  StreamRelay relay(*process, person, stop_fd, collect);
  std::optional<int> status;
  try {
    status = relay.run();
  } catch (const Error&) {
    // The caller went away in the middle; what was seen until then is still recorded.
  }
  if (!status) process->kill();
  seen.ended = setup.journal.now_seconds();
  seen.output = relay.output();
  seen.programs = relay.programs();
  seen.status = status;
  RemoteCommand result;
  result.status = status.value_or(129);
  result.out = relay.out();
  result.err = relay.err();
  result.observation = setup.recorder.observe(seen);
  return result;
}

}  // namespace gameday
