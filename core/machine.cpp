#include "core/machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace gameday {

namespace {

std::string whole_file(const char* path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

double seconds_of(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

double allowed_cores() {
  const auto cores = static_cast<double>(allowed_cpus().size());
  const std::optional<double> quota = parse_cpu_max(whole_file("/sys/fs/cgroup/cpu.max"));
  return quota ? std::min(cores, *quota) : cores;
}

CpuTimes parse_cpu_times(const std::string& proc_stat, const std::vector<int>& cpus,
                         double ticks_per_second) {
  CpuTimes times;
  bool found = false;
  std::istringstream lines(proc_stat);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    if (!(words >> name) || !name.starts_with("cpu") || name == "cpu") continue;
    if (!(words >> user >> nice >> system >> idle)) continue;
    words >> iowait >> irq >> softirq >> steal;  // older kernels end earlier
    const int number = std::atoi(name.c_str() + 3);
    if (std::find(cpus.begin(), cpus.end(), number) == cpus.end()) continue;
    found = true;
    times.used += (user + nice + system) / ticks_per_second;
    times.idle += (idle + iowait) / ticks_per_second;
    times.steal += steal / ticks_per_second;
  }
  if (!found) throw Error("machine: /proc/stat: no line of this machine's processors");
  return times;
}

CpuTimes read_cpu_times(const std::vector<int>& cpus) {
  return parse_cpu_times(whole_file("/proc/stat"), cpus,
                         static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

std::optional<double> parse_cpu_max(const std::string& text) {
  std::istringstream words(text);
  double quota = 0, period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

double own_cpu_seconds() {
  rusage self{}, children{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &children);
  return seconds_of(self) + seconds_of(children);
}

double available_memory_mib() {
  std::ifstream stream("/proc/meminfo");
  std::string name, unit;
  double kib = 0;
  while (stream >> name >> kib) {
    std::getline(stream, unit);
    if (name == "MemAvailable:") return kib / 1024;
  }
  return 0;
}

}  // namespace gameday
