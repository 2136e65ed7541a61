#include "sandbox/native/native.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <thread>

#include "core/child.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "sandbox/health.hpp"
#include "sandbox/native/doctor.hpp"
#include "sandbox/native/gold.hpp"
#include "sandbox/native/host.hpp"
#include "sandbox/native/pod_link.hpp"
#include "sandbox/native/remains.hpp"
#include "sandbox/native/stack_plan.hpp"

namespace gameday::native {
namespace {

using std::chrono::steady_clock;

class NativeSandbox final : public Sandbox {
 public:
  ~NativeSandbox() override {
    try {
      down();
    } catch (const std::exception&) {
      // The members' own ends close the socket, and process 1 of the stack dies of that.
    }
  }

  void up(const Topology& topology, const Settings& settings) override {
    if (child_) throw Error("native: up: the stack is up already");
    auto started = steady_clock::now();
    topology_ = topology;
    settings_ = settings;
    marks_.clear();
    hosts_.clear();
    why_ended_.clear();
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
        hosts_.push_back(make_host(spec, *pod_));
      }
      say("waiting for every health check");
      wait_for_health(deadline);
      ready_seconds_ = Seconds(steady_clock::now() - started).count();
    } catch (const Error& error) {
      down();  // after which all that the pod said has been read
      if (!why_ended_.empty()) throw machine_error("native: " + why_ended_);
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

  ProcessorTime processor_time() override {
    return child_ ? processor_time_of({child_->pid()}) : ProcessorTime{};
  }

  void down() override {
    if (!child_) return;
    note_processes();
    hosts_.clear();
    // The watcher sees the socket close and kills process 1 of the stack.
    if (pod_) ::shutdown(pod_->fd(), SHUT_RDWR);
    if (notices_.joinable()) notices_.join();
    pod_.reset();
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
    notices_ = std::thread([this] { read_notices(); });
  }

  // What the pod says unasked, until its socket closes.
  void read_notices() {
    try {
      while (const std::optional<Message> message = receive_message(pod_->fd())) {
        const MemoryNotice notice{string_or(message->body, "memory", ""),
                                  string_or(message->body, "program", ""),
                                  static_cast<int64_t>(number_or(message->body, "bytes", 0))};
        if (!message->body.contains("memory")) continue;
        if (notice.host.empty()) pod_->note_end(why_ended_ = describe(notice));
        if (settings_.memory_notice) settings_.memory_notice(notice);
      }
    } catch (const std::exception&) {
      // The next request finds that the stack is gone.
    }
  }

  void wait_for_health(Deadline deadline) {
    const auto boot_output = [this](Host& host) {
      const Message state = PodLink::take(pod_->ask({{"do", "state"}, {"host", host.spec().name}}),
                                          deadline_in(std::chrono::seconds(5)));
      const std::string printed = string_or(state.body, "printed", "");
      return printed.empty() ? "" : "first process: " + printed;
    };
    wait_until_healthy(hosts_, deadline, {"native", [this] { return alive(); }, boot_output});
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
  std::vector<std::unique_ptr<Host>> hosts_;
  std::thread notices_;
  std::string why_ended_;  // set by that thread
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
