// How long the whole stack takes to stand and to vanish, and what it weighs:
//   bench_stack [RUNS] [--json]
// Run it from a build folder's bench/ on a machine that does nothing else. The first run, which may
// build the gold tree, is not counted. Up: from nothing to every health check passed (HTTP through
// the balancer's web hosts, a streaming replica, Prometheus ready). Fault acknowledged: until inject
// has returned; verified: until a user's order fails. Down: until no process is left.
#include <unistd.h>

#include <algorithm>
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
#include "drill/probes.hpp"
#include "injectors/fault.hpp"
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

void weigh(Sandbox& sandbox, Run& run) {
  double pss = 0;
  bool readable = true;
  // Our children are the stack: this program starts nothing else.
  for (const native::ProcessMark& mark : native::descendants_of(::getpid())) {
    if (mark.pid == ::getpid()) continue;
    ++run.processes;
    const double share = pss_kib(mark.pid);
    if (share < 0) readable = false;
    else pss += share;
  }
  if (readable) run.pss_mib = pss / 1024;
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

Run run_once(const Topology& topology, const Settings& settings) {
  Run run;
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  sandbox->up(topology, settings);
  run.up_seconds = sandbox->ready_seconds();
  weigh(*sandbox, run);
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

json::object measure(int runs) {
  Settings settings;
  const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
  const char* build = std::getenv("GAMEDAY_BUILD");
  const char* root = std::getenv("GAMEDAY_ROOT");
  settings.executables = build ? fs::path(build) : own.parent_path();
  settings.root = root ? fs::path(root) : fs::current_path();
  const char* cache = std::getenv("GAMEDAY_CACHE");
  settings.cache = cache ? fs::path(cache) : fs::temp_directory_path() / "bench_stack";
  const Topology topology = read_topology(settings.root / "docker-compose.yml", {});
  settings.progress = [](const std::string& line) { std::cerr << line << "\n"; };
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

void print(const json::object& result) {
  std::printf("%-27s %9s %9s %9s %9s\n", "", "median", "low", "p90", "high");
  for (const json::key_value_pair& each : result) {
    if (!each.value().is_object()) continue;
    const json::object& row = each.value().as_object();
    std::printf("%-27s", std::string(each.key()).c_str());
    for (const char* column : {"median", "low", "p90", "high"}) {
      std::printf(" %9.3f", number_or(row, column, 0));
    }
    std::printf("\n");
  }
  if (!result.contains("pss_mib")) std::printf("pss_mib                     unknown: only root may read it\n");
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  int runs = 16;
  bool as_json = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--json") as_json = true;
    else runs = std::max(1, std::atoi(argv[i]));
  }
  try {
    const gameday::json::object result = gameday::measure(runs);
    if (as_json) std::cout << gameday::pretty(result);
    else gameday::print(result);
  } catch (const gameday::Error& error) {
    std::cerr << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
