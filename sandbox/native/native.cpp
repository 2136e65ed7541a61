#include "sandbox/native/native.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/value_from.hpp>
#include <cerrno>
#include <cstring>
#include <future>

#include "core/child.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "sandbox/native/doctor.hpp"
#include "sandbox/native/gold.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/remains.hpp"

namespace gameday::native {
namespace {

using std::chrono::steady_clock;

[[noreturn]] void throw_answer(const json::object& body) {
  throw Error(string_or(body, "error", "native: the pod gave no reason"),
              static_cast<ErrorKind>(static_cast<int>(number_or(body, "kind", 1))));
}

// The engine's side of the pod's socket. Thread-safe: each request has an answer socket of its own.
class PodLink {
 public:
  explicit PodLink(UniqueFd socket) : socket_(std::move(socket)) {}

  // Sends a request; its answers come over the returned socket.
  UniqueFd ask(const json::object& request, std::vector<int> fds = {}) const {
    SocketPair answer = make_socket_pair();
    fds.insert(fds.begin(), answer.theirs.get());
    if (!send_message(socket_.get(), request, fds)) throw Error("native: the stack is gone");
    return std::move(answer.ours);
  }

  // The next answer. Throws Error when it is an error, none comes in time, or the stack is gone.
  static Message take(const UniqueFd& answers, Deadline deadline) {
    if (!wait_readable(answers.get(), deadline)) throw Error("native: the pod does not answer");
    std::optional<Message> message = receive_message(answers.get());
    if (!message) throw Error("native: the stack is gone");
    if (message->body.contains("error")) throw_answer(message->body);
    return std::move(*message);
  }

  UniqueFd take_fd(const json::object& request) const {
    const UniqueFd answers = ask(request);
    Message message = take(answers, deadline_in(std::chrono::seconds(10)));
    if (message.fds.size() != 1) throw Error("native: the pod answered without a descriptor");
    return std::move(message.fds[0]);
  }

  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

// Waits for {status} on the answer socket of a program.
std::optional<int> wait_for_status(const UniqueFd& answers, std::optional<int>& status,
                                   Deadline deadline) {
  if (status) return status;
  if (!wait_readable(answers.get(), deadline)) return std::nullopt;
  std::optional<Message> message = receive_message(answers.get());
  if (!message) throw Error("native: the stack is gone, and the program with it");
  if (message->body.contains("error")) throw_answer(message->body);
  status = static_cast<int>(number_or(message->body, "status", -1));
  return status;
}

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
    return wait_for_status(answers_, status_, deadline);
  }
  void kill() override {
    if (!status_) send_message(answers_.get(), {{"do", "kill"}});
  }

 private:
  UniqueFd answers_, in_, out_, err_;
  std::optional<int> status_;
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
    return wait_for_status(answers_, status_, deadline);
  }

 private:
  UniqueFd answers_;
  UniqueFd master_;  // closed first: that hangs up, then the answers' end kills what is left
  std::optional<int> status_;
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
      if (!wait_writable(socket.get(), deadline)) return UniqueFd();
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

 private:
  json::object request(const char* verb, const Command& command) const {
    return json::object{{"do", verb},
                        {"host", spec_.name},
                        {"argv", json::value_from(command.argv)},
                        {"env", json::value_from(command.env)},
                        {"user", command.user},
                        {"cwd", command.cwd}};
  }

  static bool wait_writable(int fd, Deadline deadline) {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      pollfd watched{fd, POLLOUT, 0};
      const int wait_ms = static_cast<int>(std::clamp<long long>(left.count(), 0, 1 << 30));
      const int ready = ::poll(&watched, 1, wait_ms);
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

  const HostSpec& spec_;
  const PodLink& pod_;
};

// A third of the machine's memory at most for everything that a stack may write, whoever fills it.
int64_t disk_bytes_per_host(size_t hosts) {
  struct sysinfo info {};
  ::sysinfo(&info);
  const int64_t third = static_cast<int64_t>(info.totalram) * info.mem_unit / 3;
  constexpr int64_t kMiB = 1 << 20;
  return std::clamp<int64_t>(third / static_cast<int64_t>(std::max<size_t>(1, hosts)), 96 * kMiB,
                             512 * kMiB);
}

int prefix_bits(const Topology& topology, const std::string& network) {
  for (const NetworkSpec& each : topology.networks) {
    const size_t slash = each.subnet.find('/');
    if (each.name == network && slash != each.subnet.npos) {
      return std::atoi(each.subnet.c_str() + slash + 1);
    }
  }
  return 24;
}

std::string hosts_file(const HostSpec& spec) {
  std::string text = "127.0.0.1\tlocalhost\n";
  const auto own = spec.names.find(spec.name);
  if (own == spec.names.end() && !spec.attachments.empty()) {
    text += spec.attachments[0].address + "\t" + spec.name + "\n";
  }
  for (const auto& [name, address] : spec.names) text += address + "\t" + name + "\n";
  return text;
}

PlanHost plan_host(const HostSpec& spec, const Topology& topology, const GoldTree& gold,
                   int64_t disk_bytes) {
  PlanHost host;
  host.name = spec.name;
  for (const std::string& layer : {"hosts/" + spec.name, "roles/" + spec.role}) {
    if (gold.has(layer)) host.layers.push_back("l/" + layer);
  }
  host.layers.push_back("l/base");
  if (spec.role == "db" && gold.has("data")) host.layers.push_back("l/data");
  for (const Attachment& each : spec.attachments) {
    host.links.push_back(
        PlanLink{each.network, each.address, prefix_bits(topology, each.network)});
  }
  host.command = spec.command;
  host.environment = spec.environment;
  host.sysctls = spec.sysctls;
  host.capabilities = spec.capabilities;
  // Whoever belongs to no team is the outside world, which is never slowed by the stack.
  host.nice = spec.team.empty() ? 0 : 10;
  host.disk_bytes = disk_bytes;
  host.files.push_back(PlanFile{"/etc/hostname", spec.name + "\n", 0644});
  host.files.push_back(PlanFile{"/etc/hosts", hosts_file(spec), 0644});
  host.files.push_back(PlanFile{"/etc/resolv.conf", "", 0644});
  return host;
}

Plan make_plan(const Topology& topology, const Settings& settings, const GoldTree& gold) {
  Plan plan;
  for (const NetworkSpec& network : topology.networks) plan.networks.push_back(network.name);
  const int64_t disk_bytes = disk_bytes_per_host(topology.hosts.size());
  for (const HostSpec& spec : topology.hosts) {
    plan.hosts.push_back(plan_host(spec, topology, gold, disk_bytes));
  }
  for (const HostFile& file : settings.files) {
    const auto host = std::find_if(plan.hosts.begin(), plan.hosts.end(),
                                   [&](const PlanHost& each) { return each.name == file.host; });
    if (host == plan.hosts.end()) {
      throw usage_error("native: file " + file.path + " for host " + file.host + ": no such host");
    }
    host->files.push_back(PlanFile{file.path, file.content, file.mode});
  }
  return plan;
}

class NativeSandbox final : public Sandbox {
 public:
  ~NativeSandbox() override { down(); }

  void up(const Topology& topology, const Settings& settings) override {
    if (child_) throw Error("native: up: the stack is up already");
    auto started = steady_clock::now();
    topology_ = topology;
    settings_ = settings;
    marks_.clear();
    hosts_.clear();
    try {
      GoldTree gold = open_gold(settings);
      // Making the gold tree is not part of bringing a stack up: it happens once.
      if (gold.built) started = steady_clock::now();
      const Deadline deadline = steady_clock::now() + settings.ready_limit;
      say("starting " + std::to_string(topology.hosts.size()) + " hosts");
      start_pod(gold, deadline);
      const UniqueFd plan =
          make_memory_file(json::serialize(to_json(make_plan(topology_, settings, gold))));
      PodLink::take(pod_->ask({{"do", "start"}}, {plan.get()}), deadline);
      use_ = std::move(gold.use);
      for (const HostSpec& spec : topology_.hosts) {
        hosts_.push_back(std::make_unique<NativeHost>(spec, *pod_));
      }
      say("waiting for every health check");
      wait_until_healthy(deadline);
      ready_seconds_ = Seconds(steady_clock::now() - started).count();
    } catch (const Error& error) {
      down();
      if (error.kind() == ErrorKind::kMachine) name_lacking_ability(error);
      throw;
    } catch (...) {
      down();
      throw;
    }
  }

  Host& host(std::string_view name) override {
    for (const auto& each : hosts_) {
      if (each->spec().name == name) return *each;
    }
    throw Error("native: host " + std::string(name) + ": no such host in this stack");
  }

  const Topology& topology() const override { return topology_; }
  double ready_seconds() const override { return ready_seconds_; }
  bool alive() const override { 
    return child_ && !wait_readable(child_->pidfd(), steady_clock::now());
  }

  void down() override {
    if (!child_) return;
    note_processes();
    hosts_.clear();
    pod_.reset();  // the watcher sees the socket close and kills process 1 of the stack
    if (!child_->wait(deadline_in(std::chrono::seconds(5)))) child_->kill(SIGKILL);
    child_.reset();
    use_.reset();
  }

  std::vector<std::string> residue() override {
    std::vector<std::string> left;
    for (const ProcessMark& mark : still_running(marks_)) {
      left.push_back("process " + std::to_string(mark.pid) + " (" + mark.name + ")");
    }
    for (const std::string& mount : mounts_below(settings_.cache)) left.push_back("mount " + mount);
    return left;
  }

 private:
  void say(const std::string& line) const {
    if (settings_.progress) settings_.progress(line);
  }

  void start_pod(const GoldTree& gold, Deadline deadline) {
    SocketPair socket = make_socket_pair();
    child_.emplace(
        std::vector<std::string>{pod_executable(settings_.executables).string(), "agent"},
        ChildOptions{{-1, -1, -1, socket.theirs.get(), gold.tree.get()}, true});
    socket.theirs.reset();
    pod_.emplace(std::move(socket.ours));
    // The first message says that the namespaces stand.
    if (!wait_readable(pod_->fd(), deadline)) throw Error("native: the pod does not start");
    const std::optional<Message> hello = receive_message(pod_->fd());
    if (!hello) throw machine_error("native: the pod ended at its start");
    if (hello->body.contains("error")) throw_answer(hello->body);
  }

  // One check per host, all at once; the first failure ends the wait.
  void wait_until_healthy(Deadline deadline) {
    std::vector<std::future<std::string>> checks;
    for (const auto& each : hosts_) {
      if (each->spec().health.test.empty()) continue;
      checks.push_back(
          std::async(std::launch::async, [this, &each, deadline] { return check(*each, deadline); }));
    }
    std::string failure;
    for (std::future<std::string>& each : checks) {
      const std::string why = each.get();
      if (failure.empty()) failure = why;
    }
    if (!failure.empty()) throw Error(failure);
  }

  // Empty when the host is healthy in time, else why not.
  std::string check(Host& host, Deadline deadline) {
    const auto left = [&] {
      return std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    };
    Argv test = host.spec().health.test;
    // Ours waits by itself; any other is asked again and again.
    const bool waits = test[0] == "healthcheck";
    if (waits) test.insert(test.begin() + 1, {"--wait", std::to_string(Seconds(left()).count())});
    try {
      ExecResult last;
      do {
        last = host.exec(test, left() + std::chrono::milliseconds(500));
        if (last.ok()) return {};
        ::usleep(20000);
      } while (!waits && steady_clock::now() < deadline && alive());
      return describe(host, last);
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::string describe(Host& host, const ExecResult& last) {
    std::string text = "native: " + host.spec().name + ": health check failed:";
    for (const std::string& word : host.spec().health.test) text += " " + word;
    text += ": " + one_line(last.out + " " + last.err);
    if (last.timed_out) text += " (out of time)";
    const ExecResult logs =
        host.exec({"sh", "-c", "tail -n 2 /var/log/*/current 2>/dev/null | tail -c 1500"});
    if (!one_line(logs.out).empty()) text += ": logs: " + one_line(logs.out);
    const Message state =
        PodLink::take(pod_->ask({{"do", "state"}, {"host", host.spec().name}}),
                      deadline_in(std::chrono::seconds(5)));
    const std::string printed = one_line(string_or(state.body, "printed", ""));
    if (!printed.empty()) text += ": first process: " + printed;
    return text;
  }

  static std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    const size_t first = text.find_first_not_of(' ');
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
  }

  // The bare reason of the kernel helps nobody who lacks an ability: name it with its remedy.
  void name_lacking_ability(const Error& error) const {
    for (const Ability& ability : probe_machine(settings_.executables)) {
      if (ability.ok || !ability.required) continue;
      std::string text = "native: this machine lacks " + ability.name + ": " +
                         ability.cost_of_lacking + ": " + ability.remedy;
      if (ability.detail != error.what()) text += std::string(" (") + error.what() + ")";
      throw machine_error(text);
    }
  }

  void note_processes() {
    for (ProcessMark& mark : descendants_of(child_->pid())) marks_.push_back(std::move(mark));
  }

  Topology topology_;
  Settings settings_;
  UniqueFd use_;  // the gold tree's
  std::optional<PodLink> pod_;
  std::vector<std::unique_ptr<NativeHost>> hosts_;
  mutable std::optional<Child> child_;
  std::vector<ProcessMark> marks_;
  double ready_seconds_ = 0;
};

}  // namespace

std::unique_ptr<Sandbox> make_native_sandbox() {
  ::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<NativeSandbox>();
}

}  // namespace gameday::native
