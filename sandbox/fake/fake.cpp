#include "sandbox/fake/fake.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <optional>

#include "core/error.hpp"

namespace gameday {
namespace {

std::string joined(const Argv& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + word;
  return text;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A pipe that already holds its whole content, up to what a pipe holds.
UniqueFd full_pipe(const std::string& content) {
  Pipe pipe = make_pipe();
  constexpr size_t kPipeBytes = 65536;
  write_all(pipe.writer.get(), std::string_view(content).substr(0, kPipeBytes));
  return std::move(pipe.reader);
}

// The program behind write_file is known by how it is called.
bool writes_file(const Command& command) {
  return command.argv.size() == 5 && command.argv[0] == "/bin/sh" &&
         command.argv[2].find("cat >\"$new\"") != std::string::npos;
}

}  // namespace

// A program whose output is there from the start; only write_file's waits for its input's end.
class FakeProcess final : public Process {
 public:
  FakeProcess(FakeHost& host, const Command& command) : host_(host), command_(command) {
    Pipe input = make_pipe();
    in_ = std::move(input.writer);
    input_ = std::move(input.reader);
    if (writes_file(command)) {
      out_ = full_pipe("");
      err_ = full_pipe("");
      return;
    }
    result_ = host.result_of(command, "");
    out_ = full_pipe(result_->out);
    err_ = full_pipe(result_->err);
  }

  int in() const override { return in_.get(); }
  int out() const override { return out_.get(); }
  int err() const override { return err_.get(); }
  void close_in() override {
    if (!in_) return;
    in_.reset();
    if (!result_) result_ = host_.result_of(command_, read_to_end(input_.get()));
  }
  std::optional<int> wait(Deadline) override {
    if (killed_) return 137;
    if (!result_ || result_->timed_out) return std::nullopt;
    return result_->status;
  }
  void kill() override { killed_ = true; }

 private:
  FakeHost& host_;
  Command command_;
  UniqueFd in_, input_, out_, err_;
  std::optional<ExecResult> result_;
  bool killed_ = false;
};

void FakeHost::answer(const std::string& command, ExecResult result) {
  answer(command, [result](const Command&) { return result; });
}

void FakeHost::answer(const std::string& command,
                      std::function<ExecResult(const Command&)> result) {
  const std::lock_guard lock(mutex_);
  answers_[command] = std::move(result);
}

void FakeHost::forward(int port, int machine_port) {
  const std::lock_guard lock(mutex_);
  forwards_[port] = machine_port;
}

void FakeHost::break_off() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
}

std::vector<std::string> FakeHost::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::map<std::string, std::string> FakeHost::files() const {
  const std::lock_guard lock(mutex_);
  return files_;
}

void FakeHost::set_file(const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[path] = std::move(content);
}

int FakeHost::listening_on(int port) const {
  const std::lock_guard lock(mutex_);
  const auto found = listening_.find(port);
  return found == listening_.end() ? 0 : found->second;
}

void FakeHost::check_there() const {
  const std::lock_guard lock(mutex_);
  if (gone_) throw Error("fake: " + spec_.name + ": the stack is gone");
}

ExecResult FakeHost::result_of(const Command& command, const std::string& input) {
  std::function<ExecResult(const Command&)> scripted;
  {
    const std::lock_guard lock(mutex_);
    if (writes_file(command)) {
      files_[command.argv.back()] = input;
      return ExecResult{0, "", "", false};
    }
    const std::string line = joined(command.argv);
    calls_.push_back(line);
    size_t longest = 0;
    for (const auto& [beginning, answer] : answers_) {
      if (!line.starts_with(beginning) || beginning.size() < longest) continue;
      longest = beginning.size();
      scripted = answer;
    }
    if (!scripted) return ExecResult{127, "", command.argv.at(0) + ": not scripted", false};
  }
  return scripted(command);
}

std::unique_ptr<Process> FakeHost::start(const Command& command) {
  check_there();
  return std::make_unique<FakeProcess>(*this, command);
}

std::unique_ptr<Terminal> FakeHost::shell(const Command&, TerminalSize) {
  throw Error("fake: " + spec_.name + ": a stack in memory has no terminals");
}

UniqueFd FakeHost::dial(const std::string&, int port, Deadline) {
  check_there();
  int machine_port = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = forwards_.find(port);
    if (found == forwards_.end()) return UniqueFd();
    machine_port = found->second;
  }
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(machine_port);
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                           sizeof address) != 0) {
    return UniqueFd();
  }
  return socket;
}

UniqueFd FakeHost::listen(int port) {
  check_there();
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), 16) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw_errno("fake: listen");
  }
  const std::lock_guard lock(mutex_);
  listening_[port] = ntohs(address.sin_port);
  return socket;
}

UniqueFd FakeHost::listen_unix(const std::string& path) {
  check_there();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Error("fake: " + path + ": too long");
  path.copy(address.sun_path, path.size());
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 16) != 0) {
    throw_errno("fake: listen on " + path);
  }
  return socket;
}

void FakeHost::serve_unix(std::function<void(UniqueFd)> serve) {
  const std::lock_guard lock(mutex_);
  serve_unix_ = std::move(serve);
}

UniqueFd FakeHost::dial_unix(const std::string&) {
  check_there();
  const std::lock_guard lock(mutex_);
  if (!serve_unix_) return UniqueFd();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("fake: socket");
  serving_.emplace_back([serve = serve_unix_, end = ends[1]] { serve(UniqueFd(end)); });
  return UniqueFd(ends[0]);
}

void FakeHost::set_file(const std::string& path,
                        std::function<std::optional<std::string>()> content) {
  const std::lock_guard lock(mutex_);
  computed_files_[path] = std::move(content);
}

UniqueFd FakeHost::open_file(const std::string& path) {
  check_there();
  std::function<std::optional<std::string>()> computed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found != files_.end()) return full_pipe(found->second);
    const auto other = computed_files_.find(path);
    if (other == computed_files_.end()) return UniqueFd();
    computed = other->second;
  }
  const std::optional<std::string> content = computed();
  return content ? full_pipe(*content) : UniqueFd();
}

FakeHost::~FakeHost() {
  for (std::thread& one : serving_) one.join();
}

void FakeSandbox::up(const Topology& topology, const Settings& settings) {
  if (!fail_up.empty()) throw Error(fail_up);
  topology_ = topology;
  hosts_.clear();
  for (const HostSpec& spec : topology_.hosts) {
    hosts_.push_back(std::make_unique<FakeHost>(spec));
  }
  for (const HostFile& file : settings.files) fake(file.host).set_file(file.path, file.content);
  alive_ = true;
}

Host& FakeSandbox::host(std::string_view name) { return fake(name); }

FakeHost& FakeSandbox::fake(std::string_view name) {
  for (const auto& each : hosts_) {
    if (each->spec().name == name) return *each;
  }
  throw Error("fake: host " + std::string(name) + ": no such host in this stack");
}

}  // namespace gameday
