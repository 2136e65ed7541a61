#include "sandbox/compose/compose.hpp"

#include <signal.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <set>

#include "core/child.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "sandbox/compose/attendance.hpp"
#include "sandbox/compose/docker.hpp"
#include "sandbox/compose/image.hpp"
#include "sandbox/health.hpp"
#include "sandbox/native/host.hpp"
#include "sandbox/native/remains.hpp"

namespace gameday::compose {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr auto kDownLimit = std::chrono::seconds(60);
constexpr int kFirstNet = 77, kLastNet = 250;  // 10.77 … 10.250

// A folder of ours on the machine for as long as it is needed.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "gameday-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw_errno("compose: make a folder in the temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class ComposeSandbox final : public Sandbox {
 public:
  explicit ComposeSandbox(Docker docker) : docker_(std::move(docker)) {}
  ~ComposeSandbox() override {
    try {
      down();
    } catch (const std::exception&) {
      // The attendant sees its socket close, and removes what there is.
    }
  }

  void up(const Topology& topology, const Settings& settings) override {
    if (attendance_) throw Error("compose: up: the stack is up already");
    topology_ = topology;
    settings_ = settings;
    hosts_.clear();
    image_ = provide_image(settings);
    const auto started = steady_clock::now();
    const Deadline deadline = started + settings.ready_limit;
    project_ = project_of_this_process();
    try {
      // Three calm rounds: what is in the making when we die may appear late.
      attendance_.emplace(settings.executables, "gameday-stack:" + image_, removal_of(project_, 3));
      say("creating " + std::to_string(topology.hosts.size()) + " containers");
      create();
      containers_ = find_containers();
      put_files();
      say("starting them");
      compose({"start"});
      enter();
      say("waiting for every health check");
      wait_for_health(deadline);
      ready_seconds_ = Seconds(steady_clock::now() - started).count();
    } catch (...) {
      down();
      throw;
    }
  }

  Host& host(std::string_view name) override {
    for (const auto& each : hosts_) {
      if (each->spec().name == name) return *each;
    }
    throw Error("compose: host " + std::string(name) + ": no such host in this stack");
  }

  const Topology& topology() const override { return topology_; }
  double ready_seconds() const override { return ready_seconds_; }
  bool alive() const override { return attendance_ && attendance_->alive(); }

  ProcessorTime processor_time() override {
    return native::processor_time_of(first_processes_);
  }

  void down() override {
    if (!attendance_) return;
    hosts_.clear();
    attendance_->end(removal_of(project_, 1), deadline_in(kDownLimit));
    attendance_.reset();
    containers_.clear();
    first_processes_.clear();
  }

  std::vector<std::string> residue() override {
    return project_.empty() ? std::vector<std::string>() : objects_of(project_);
  }

 private:
  void say(const std::string& line) const {
    if (settings_.progress) settings_.progress(line);
  }

  std::string compose(const std::vector<std::string>& verb) const {
    // Any free ports, and no checks of Docker's own: they would work beside the drill.
    // Compose 1.29 opens the filter's file from its working directory.
    const fs::path file = fs::absolute(topology_.file);
    std::vector<std::string> argv = {"env", "-C", file.parent_path().string(), "NET=" + net_,
                                     "STACK_IMAGE=" + image_, "SHOP_PORT=0", "PROMETHEUS_PORT=0",
                                     "CHECK_EVERY=24h"};
    argv.insert(argv.end(), docker_.compose.begin(), docker_.compose.end());
    argv.insert(argv.end(), {"-p", project_, "-f", file.string()});
    argv.insert(argv.end(), verb.begin(), verb.end());
    return run_docker(argv, std::chrono::minutes(2));
  }

  // Two addresses' first bytes that neither Docker nor the machine uses. Somebody may be quicker:
  // then the next are tried.
  void create() {
    std::string used = run_docker({"sh", "-c",
                                   "docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} "
                                   "{{end}}' $(docker network ls -q); ip -4 route"});
    for (int number = kFirstNet; number <= kLastNet; ++number) {
      net_ = "10." + std::to_string(number);
      if ((" " + used).find(net_ + ".") != used.npos) continue;
      try {
        compose({"up", "--no-start", "--no-build"});
        return;
      } catch (const Error& error) {
        if (std::string(error.what()).find("overlap") == std::string::npos) throw;
        run_child(removal_of(project_, 1), kDownLimit);
      }
    }
    throw machine_error("compose: no free addresses from 10.77 to 10.250: remove networks that are "
                        "not needed any more: `docker network prune`");
  }

  std::map<std::string, std::string> find_containers() const {
    std::map<std::string, std::string> found;
    for (const std::string& line : lines_of(run_docker(
             {"docker", "ps", "-a", "--filter", "label=com.docker.compose.project=" + project_,
              "--format", "{{.Label \"com.docker.compose.service\"}} {{.ID}}"}))) {
      const size_t blank = line.find(' ');
      found[line.substr(0, blank)] = line.substr(blank + 1);
    }
    for (const HostSpec& host : topology_.hosts) {
      if (!found.count(host.name)) throw Error("compose: host " + host.name + ": no container");
    }
    return found;
  }

  // As /stack/files: a host takes them when it starts, after those of the image.
  void put_files() const {
    const Folder folder;
    std::set<std::string> hosts;
    for (const HostFile& file : settings_.files) {
      if (!containers_.count(file.host)) {
        throw usage_error("compose: file " + file.path + " for host " + file.host +
                          ": no such host");
      }
      hosts.insert(file.host);
      const fs::path path =
          folder.path() / file.host / "files" / fs::path(file.path).relative_path();
      fs::create_directories(path.parent_path());
      write_file(path, file.content);
      fs::permissions(path, static_cast<fs::perms>(file.mode));
    }
    for (const std::string& host : hosts) {
      run_docker({"docker", "cp", (folder.path() / host / "files").string(),
                  containers_.at(host) + ":/stack/"});
    }
  }

  // Lets the attendant into every host, and waits until each has made itself ready.
  void enter() {
    std::vector<std::string> argv = {"docker", "inspect", "-f", "{{.State.Pid}}"};
    native::Plan plan;
    for (const HostSpec& spec : topology_.hosts) {
      native::PlanHost host;
      host.name = spec.name;
      host.capabilities = spec.capabilities;
      host.nice = spec.team.empty() ? 0 : 10;  // users are never slowed by the stack
      plan.hosts.push_back(std::move(host));
      argv.push_back(containers_.at(spec.name));
    }
    const std::vector<std::string> pids = lines_of(run_docker(argv));
    std::map<std::string, int> first;
    for (size_t i = 0; i < plan.hosts.size(); ++i) {
      first[plan.hosts[i].name] = i < pids.size() ? std::atoi(pids[i].c_str()) : 0;
      first_processes_.push_back(first[plan.hosts[i].name]);
    }
    attendance_->enter(plan, first);
    first_processes_.push_back(attendance_->pid());
    for (const HostSpec& spec : topology_.hosts) {
      hosts_.push_back(native::make_host(spec, attendance_->link()));
    }
    for (const auto& each : hosts_) {
      const ExecResult ready = each->exec(
          {"sh", "-c", "while [ -e /stack ]; do sleep 0.02; done"}, std::chrono::seconds(20));
      if (!ready.ok()) throw Error("compose: " + each->spec().name + " does not get ready");
    }
  }

  void wait_for_health(Deadline deadline) {
    const auto boot_output = [this](Host& host) {
      const ChildResult logs =
          run_child({"docker", "logs", "--tail", "3", containers_.at(host.spec().name)});
      return logs.status == 0 && !logs.output.empty() ? "first process: " + logs.output : "";
    };
    wait_until_healthy(hosts_, deadline, {"compose", [this] { return alive(); }, boot_output});
  }

  Docker docker_;
  Topology topology_;
  Settings settings_;
  std::string image_, project_, net_;
  std::map<std::string, std::string> containers_;  // ids by host
  // Of the hosts, and the attendant, as this machine numbers them.
  std::vector<pid_t> first_processes_;
  std::optional<Attendance> attendance_;
  std::vector<std::unique_ptr<Host>> hosts_;
  double ready_seconds_ = 0;
};

}  // namespace

std::unique_ptr<Sandbox> make_compose_sandbox() {
  ::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<ComposeSandbox>(find_docker());
}

}  // namespace gameday::compose
