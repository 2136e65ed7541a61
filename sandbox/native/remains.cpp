#include "sandbox/native/remains.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace gameday::native {
namespace {

namespace fs = std::filesystem;

struct Stat {
  ProcessMark mark;
  pid_t parent = 0;
  char state = 0;
  double cpu_ticks = 0;  // its own and that of the children it waited for
};

std::optional<Stat> read_stat(const std::string& pid) {
  std::ifstream stream("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  const size_t open = line.find('('), close = line.rfind(')');
  if (open == line.npos || close == line.npos) return std::nullopt;
  Stat stat;
  stat.mark.pid = std::atoi(line.c_str());
  stat.mark.name = line.substr(open + 1, close - open - 1);
  std::istringstream fields(line.substr(close + 1));
  fields >> stat.state >> stat.parent;
  // proc(5): state and parent are fields 3 and 4, utime, stime, cutime and cstime 14 to 17, the start
  // time is 22.
  std::string skipped;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  for (int field = 14; field < 18; ++field) {
    double ticks = 0;
    fields >> ticks;
    stat.cpu_ticks += ticks;
  }
  for (int field = 18; field < 22; ++field) fields >> skipped;
  fields >> stat.mark.started;
  return stat;
}

std::vector<Stat> all_processes() {
  std::vector<Stat> all;
  // Called while a stack is taken down: what cannot be read is left out, never thrown.
  std::error_code error;
  for (fs::directory_iterator each("/proc", error); !error && each != fs::directory_iterator();
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    if (std::optional<Stat> stat = read_stat(name)) all.push_back(std::move(*stat));
  }
  return all;
}

// Those of `all` that are `ancestors` or descend from them.
std::vector<Stat> tree_below(const std::vector<pid_t>& ancestors, const std::vector<Stat>& all) {
  std::multimap<pid_t, const Stat*> by_parent;
  std::vector<Stat> found;
  for (const Stat& stat : all) {
    const pid_t pid = stat.mark.pid;
    if (std::find(ancestors.begin(), ancestors.end(), pid) != ancestors.end()) found.push_back(stat);
    by_parent.emplace(stat.parent, &stat);
  }
  for (size_t next = 0; next < found.size(); ++next) {
    const auto [first, last] = by_parent.equal_range(found[next].mark.pid);
    for (auto each = first; each != last; ++each) found.push_back(*each->second);
  }
  return found;
}

// Whether /proc shows every process of the machine: not from inside a container, and not where others'
// processes are hidden (mount option hidepid).
bool sees_all() {
  // PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h.
  static const std::string kFirstNamespace = "pid:[4026531836]";
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/ns/pid", error);
  return !error && own == kFirstNamespace && read_stat("1").has_value();
}

}  // namespace

std::vector<ProcessMark> descendants_of(pid_t ancestor) {
  std::vector<ProcessMark> marks;
  for (Stat& stat : tree_below({ancestor}, all_processes())) marks.push_back(std::move(stat.mark));
  return marks;
}

ProcessorTime processor_time_of(const std::vector<pid_t>& ancestors) {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const std::vector<Stat> all = all_processes();
  double stack = 0, others = 0;
  for (const Stat& stat : all) others += stat.mark.pid == ::getpid() ? 0 : stat.cpu_ticks;
  for (const Stat& stat : tree_below(ancestors, all)) stack += stat.cpu_ticks;
  ProcessorTime time{stack / ticks_per_second, std::nullopt};
  if (sees_all()) time.others_seconds = (others - stack) / ticks_per_second;
  return time;
}

std::vector<ProcessMark> still_running(const std::vector<ProcessMark>& marks) {
  std::vector<ProcessMark> running;
  for (const ProcessMark& mark : marks) {
    const std::optional<Stat> stat = read_stat(std::to_string(mark.pid));
    if (!stat || stat->mark.started != mark.started) continue;
    if (stat->state != 'Z' && stat->state != 'X') running.push_back(mark);
  }
  return running;
}

std::vector<std::string> mounts_below(const fs::path& folder) {
  std::vector<std::string> mounts;
  std::ifstream stream("/proc/self/mountinfo");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, point;
    fields >> id >> parent >> device >> root >> point;
    if (point.starts_with(folder.string() + "/")) mounts.push_back(point);
  }
  return mounts;
}

}  // namespace gameday::native
