// How long the whole stack takes to stand and to vanish, and what it weighs:
//   bench_stack [RUNS] [--json]
//   bench_stack --against compose [PAIRS] [--json]
// Run it from a build folder's bench/ on a machine that does nothing else. The first run, which may
// build the gold tree or the image, is not counted. Up: from nothing to every health check passed
// (HTTP through the balancer's web hosts, a streaming replica, Prometheus ready). Fault acknowledged:
// until inject has returned; verified: until a user's order fails. Down: until no process is left.
//
// Against compose: the same services and configuration in both engines, by turns, each first in every
// other pair. The ratio's interval holds its median with the probability that is printed: order
// statistics, which assume nothing of how times spread.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "drill/probes/stack_state.hpp"
#include "injectors/fault.hpp"
#include "sandbox/compose/docker.hpp"
#include "sandbox/native/remains.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

struct Run {
  double up_seconds = 0;
  double fault_acknowledged_seconds = 0;
  double fault_verified_seconds = 0;
  double down_seconds = 0;
  double pss_mib = -1;    // of all processes; -1: this user may not read it
  double files_mib = 0;   // what the hosts hold in memory files
  double processes = 0;
};

// The proportional share of one process, in KiB; -1 when it may not be read. Root may read all: a
// process without one has just ended.
double pss_kib(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("Pss:")) return std::atof(line.c_str() + 4);
  }
  return ::geteuid() == 0 ? 0 : -1;
}

// The processes of the one stack that this program has up. In Docker each container's, and the one
// of containerd's that holds it; Docker's own, which serve others too, are not counted.
std::vector<pid_t> processes_of_the_stack(bool in_docker) {
  std::vector<pid_t> pids;
  const auto add_all = [&pids](pid_t root) {
    for (const native::ProcessMark& mark : native::descendants_of(root)) {
      if (mark.pid != ::getpid()) pids.push_back(mark.pid);
    }
  };
  add_all(::getpid());  // the pod and all hosts, or the attendant
  if (!in_docker) return pids;
  const std::string own = "gameday-" + std::to_string(::getpid()) + "-";
  for (const std::string& project : compose::projects()) {
    if (!project.starts_with(own)) continue;
    const std::string told = compose::run_docker(
        {"sh", "-c", "docker inspect -f '{{.State.Pid}}' $(docker ps -q --filter "
                     "label=com.docker.compose.project=" + project + ")"});
    for (const std::string& line : compose::lines_of(told)) {
      const pid_t first = std::atoi(line.c_str());
      add_all(first);
      std::ifstream status("/proc/" + line + "/status");
      for (std::string each; std::getline(status, each);) {
        if (each.starts_with("PPid:")) pids.push_back(std::atoi(each.c_str() + 5));
      }
    }
  }
  return pids;
}

void weigh(Sandbox& sandbox, bool in_docker, Run& run) {
  double pss = 0;
  bool readable = true;
  for (const pid_t pid : processes_of_the_stack(in_docker)) {
    ++run.processes;
    const double share = pss_kib(pid);
    if (share < 0) readable = false;
    else pss += share;
  }
  if (readable) run.pss_mib = pss / 1024;
  if (in_docker) return;  // its hosts' disks are the machine's
  for (const HostSpec& host : sandbox.topology().hosts) {
    const ExecResult used = sandbox.host(host.name).exec(
        {"sh", "-c", "df -k --output=used / /run /tmp /dev/shm | awk 'NR>1{n+=$1} END{print n}'"});
    run.files_mib += std::atof(used.out.c_str()) / 1024;
  }
}

// From the order to break the primary to the first order that a user sees refused.
void break_it(Sandbox& sandbox, Run& run) {
  const auto accepted = [&sandbox] {
    const Deadline deadline = deadline_in(std::chrono::seconds(3));
    return act_as_user(sandbox, UserAction::kWrite, deadline).right;
  };
  if (!accepted()) throw Error("bench: a user's order is refused before the fault");
  const auto fault = make_fault("standby_read_only", FaultTarget{"db1", {}});
  const auto before = steady_clock::now();
  fault->inject(sandbox);
  run.fault_acknowledged_seconds = Seconds(steady_clock::now() - before).count();
  while (accepted()) {
    if (Seconds(steady_clock::now() - before).count() > 10) throw Error("bench: no effect in 10 s");
  }
  run.fault_verified_seconds = Seconds(steady_clock::now() - before).count();
}

Run run_once(const Topology& topology, const Settings& settings, const char* engine = "native") {
  Run run;
  const std::unique_ptr<Sandbox> sandbox = make_sandbox(engine);
  sandbox->up(topology, settings);
  run.up_seconds = sandbox->ready_seconds();
  weigh(*sandbox, std::string(engine) != "native", run);
  break_it(*sandbox, run);
  const auto before = steady_clock::now();
  sandbox->down();
  run.down_seconds = Seconds(steady_clock::now() - before).count();
  for (const std::string& left : sandbox->residue()) throw Error("bench: left behind: " + left);
  return run;
}

json::object spread(std::vector<double> values, int digits) {
  std::sort(values.begin(), values.end());
  const size_t last = values.size() - 1;
  return json::object{{"median", rounded(values[values.size() / 2], digits)},
                      {"low", rounded(values[0], digits)},
                      {"p90", rounded(values[last * 9 / 10], digits)},
                      {"high", rounded(values[last], digits)}};
}

Settings settings_here() {
  Settings settings;
  const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
  const char* build = std::getenv("GAMEDAY_BUILD");
  const char* root = std::getenv("GAMEDAY_ROOT");
  settings.executables = build ? fs::path(build) : own.parent_path();
  settings.root = root ? fs::path(root) : fs::current_path();
  const char* cache = std::getenv("GAMEDAY_CACHE");
  settings.cache = cache ? fs::path(cache) : fs::temp_directory_path() / "bench_stack";
  settings.progress = [](const std::string& line) { std::cerr << line << "\n"; };
  return settings;
}

json::object measure(int runs) {
  Settings settings = settings_here();
  const Topology topology = read_topology(settings.root / "docker-compose.yml", {});
  run_once(topology, settings);
  settings.progress = {};
  std::vector<double> up, acknowledged, verified, down, pss, files, processes;
  for (int i = 0; i < runs; ++i) {
    const Run run = run_once(topology, settings);
    up.push_back(run.up_seconds);
    acknowledged.push_back(run.fault_acknowledged_seconds);
    verified.push_back(run.fault_verified_seconds);
    down.push_back(run.down_seconds);
    if (run.pss_mib >= 0) pss.push_back(run.pss_mib);
    files.push_back(run.files_mib);
    processes.push_back(run.processes);
  }
  json::object result{{"runs", runs},
                      {"up_seconds", spread(up, 3)},
                      {"fault_acknowledged_seconds", spread(acknowledged, 3)},
                      {"fault_verified_seconds", spread(verified, 3)},
                      {"down_seconds", spread(down, 3)},
                      {"files_mib", spread(files, 1)},
                      {"processes", spread(processes, 0)}};
  if (!pss.empty()) result["pss_mib"] = spread(pss, 1);
  return result;
}

// The middle of some values, and the narrowest pair of them that holds the median of what they are
// drawn from with at least 95 % (all of them, where that is less).
json::object median_with_interval(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t count = values.size();
  // Binomial: how likely it is that at most `k` of `count` lie below the median.
  const auto at_most = [count](size_t k) {
    double term = std::pow(0.5, static_cast<double>(count)), sum = 0;
    for (size_t i = 0; i <= k; ++i) {
      sum += term;
      term *= static_cast<double>(count - i) / static_cast<double>(i + 1);
    }
    return sum;
  };
  size_t cut = 0;
  while (2 * (cut + 1) < count && 1 - 2 * at_most(cut + 1) >= 0.95) ++cut;
  const double middle = count % 2 == 1 ? values[count / 2]
                                       : (values[count / 2 - 1] + values[count / 2]) / 2;
  return {{"median", rounded(middle, 2)},
          {"low", rounded(values[cut], 2)},
          {"high", rounded(values[count - 1 - cut], 2)},
          {"holds", rounded(1 - 2 * at_most(cut), 3)}};
}

json::object compare_engines(int pairs) {
  Settings settings = settings_here();
  const Topology topology = read_topology(settings.root / "docker-compose.yml", {});
  for (const char* engine : {"native", "compose"}) run_once(topology, settings, engine);
  settings.progress = {};
  std::vector<double> up[2], down[2], pss[2], up_ratio, down_ratio;
  for (int pair = 0; pair < pairs; ++pair) {
    Run run[2];
    for (int turn = 0; turn < 2; ++turn) {
      const int engine = (pair + turn) % 2;
      run[engine] = run_once(topology, settings, engine == 0 ? "native" : "compose");
      up[engine].push_back(run[engine].up_seconds);
      down[engine].push_back(run[engine].down_seconds);
      if (run[engine].pss_mib >= 0) pss[engine].push_back(run[engine].pss_mib);
    }
    up_ratio.push_back(run[1].up_seconds / run[0].up_seconds);
    down_ratio.push_back(run[1].down_seconds / run[0].down_seconds);
  }
  json::object result{{"pairs", pairs}};
  for (int engine = 0; engine < 2; ++engine) {
    const std::string name = engine == 0 ? "native" : "compose";
    result[name + "_up_seconds"] = spread(up[engine], 3);
    result[name + "_down_seconds"] = spread(down[engine], 3);
    if (!pss[engine].empty()) result[name + "_pss_mib"] = spread(pss[engine], 1);
  }
  result["times_faster_up"] = median_with_interval(up_ratio);
  result["times_faster_down"] = median_with_interval(down_ratio);
  return result;
}

void print(const json::object& result) {
  std::printf("%-27s %9s %9s %9s %9s\n", "", "median", "low", "p90", "high");
  for (const json::key_value_pair& each : result) {
    if (!each.value().is_object()) continue;
    const json::object& row = each.value().as_object();
    std::printf("%-27s", std::string(each.key()).c_str());
    if (row.contains("holds")) {
      std::printf(" %9.1f %9.1f %9s %9.1f  (median, and an interval that holds it with %.1f %%)\n",
                  number_or(row, "median", 0), number_or(row, "low", 0), "",
                  number_or(row, "high", 0), 100 * number_or(row, "holds", 0));
      continue;
    }
    for (const char* column : {"median", "low", "p90", "high"}) {
      std::printf(" %9.3f", number_or(row, column, 0));
    }
    std::printf("\n");
  }
  if (::geteuid() != 0) std::printf("memory: unknown: only root may read it\n");
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  int runs = 0;
  bool as_json = false, against_compose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json") as_json = true;
    else if (word == "--against" && i + 1 < argc && std::string(argv[i + 1]) == "compose") {
      against_compose = true;
      ++i;
    } else if (std::atoi(argv[i]) > 0) runs = std::atoi(argv[i]);
    else {
      std::cerr << "bench_stack: " << word << ": usage: bench_stack [RUNS] [--json], or bench_stack "
                << "--against compose [PAIRS] [--json]\n";
      return 2;
    }
  }
  try {
    const gameday::json::object result =
        against_compose ? gameday::compare_engines(runs > 0 ? runs : 6)
                        : gameday::measure(runs > 0 ? runs : 16);
    if (as_json) std::cout << gameday::pretty(result);
    else gameday::print(result);
  } catch (const gameday::Error& error) {
    std::cerr << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
