#include "sandbox/native/memory_watch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/error.hpp"

namespace gameday::native {
namespace {

constexpr int64_t kKiB = 1024, kMiB = 1 << 20;
// A machine that has lost so much since the last look is looked at now.
constexpr int64_t kQuickLossBytes = 128 * kMiB;
constexpr int kLooksBetween = 4;
constexpr int kLooksToDie = 8;
constexpr int kLooksWithoutShared = 8;

using Folder = std::unique_ptr<DIR, int (*)(DIR*)>;

Folder open_folder(int at, const char* path) {
  const int fd = ::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = fd < 0 ? nullptr : ::fdopendir(fd);
  if (!folder && fd >= 0) ::close(fd);
  return {folder, [](DIR* each) { return each ? ::closedir(each) : 0; }};
}

// The beginning of a file of the kernel's; an empty text when it cannot be read.
std::string read_some(int at, const std::string& path) {
  const UniqueFd file(::openat(at, path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer;
  const ssize_t count = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  return std::string(buffer.data(), count > 0 ? static_cast<size_t>(count) : 0);
}

// The value of a line "Name:   123 kB", in bytes; 0 when there is none.
int64_t bytes_of(const std::string& text, const char* name) {
  const size_t at = text.find(name);
  return at == text.npos ? 0 : std::atoll(text.c_str() + at + std::strlen(name)) * kKiB;
}

ino_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

struct MemoryWatch::Account {
  const Container* container = nullptr;
  ino_t space = 0;  // the host's process namespace
  int64_t bytes = 0;
  std::vector<ProcessMemory> processes;
  std::map<pid_t, int64_t> file_bytes;  // of memory files that a process holds open
};

MemoryWatch::MemoryWatch(std::vector<const Container*> containers, const MemoryBounds& bounds)
    : bounds_(bounds),
      containers_(std::move(containers)),
      processes_(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)),
      own_ipc_(open_space(::getpid(), "ipc")) {
  if (!processes_) throw_errno("native: open /proc");
  const UniqueFd file(::memfd_create("data", MFD_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) throw_errno("native: memory file");
  memory_files_ = status.st_dev;
  const std::string machine = read_some(processes_.get(), "meminfo");
  if (bounds_.available_bytes == 0) {
    bounds_.available_bytes = least_available_bytes(bytes_of(machine, "MemTotal:"));
  }
  shared_bytes_ = least_shared_bytes_ = bytes_of(machine, "Shmem:");
  available_bytes_ = available_at_look_bytes_ = bytes_of(machine, "MemAvailable:");
}

bool MemoryWatch::is_due() {
  const std::string machine = read_some(processes_.get(), "meminfo");
  if (machine.empty()) return false;
  available_bytes_ = bytes_of(machine, "MemAvailable:");
  shared_bytes_ = bytes_of(machine, "Shmem:");
  const bool quick = available_bytes_ < available_at_look_bytes_ - kQuickLossBytes;
  if (!quick && dying_.empty() && ++looks_left_out_ < kLooksBetween) return false;
  looks_left_out_ = 0;
  available_at_look_bytes_ = available_bytes_;
  return true;
}

// What is shared shows in the machine's own figure first. Programs outside may give back what they
// share while one of ours takes as much, so now and then it is counted whatever that figure says.
bool MemoryWatch::shared_is_due() {
  least_shared_bytes_ = std::min(least_shared_bytes_, shared_bytes_);
  const bool much = shared_bytes_ > least_shared_bytes_ + bounds_.host_bytes / 4;
  if (!much && ++looks_without_shared_ < kLooksWithoutShared) return false;
  looks_without_shared_ = 0;
  return true;
}

std::vector<MemoryKill> MemoryWatch::look() {
  std::vector<MemoryKill> kills;
  if (!is_due()) return kills;
  for (auto& [pid, looks] : dying_) ++looks;
  std::erase_if(dying_, [](const auto& each) { return each.second > kLooksToDie; });
  const bool with_shared = shared_is_due();
  for (Account& account : read_accounts()) {
    const int64_t unattached = with_shared ? unattached_bytes(account, false) : 0;
    if (with_shared) add_shared(account);
    if (account.bytes + unattached < bounds_.host_bytes / 2) continue;
    read_in_detail(account);
    account.bytes += unattached;
    if (account.bytes <= bounds_.host_bytes) continue;
    if (unattached > bounds_.host_bytes / 8) {
      unattached_bytes(account, true);
      kills.push_back({account.container, 0, "shared memory", account.bytes});
      continue;
    }
    kill_down_to_bound(account, kills);
  }
  return kills;
}

// Every process by what is mapped by itself alone: cheap.
std::vector<MemoryWatch::Account> MemoryWatch::read_accounts() {
  std::vector<Account> accounts;
  for (const Container* container : containers_) {
    accounts.push_back({container, inode_of(container->spaces().processes.get()), 0, {}, {}});
  }
  const int64_t page_bytes = ::sysconf(_SC_PAGESIZE);
  const Folder folder = open_folder(processes_.get(), ".");
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const std::string process = entry->d_name;
    struct stat space {};
    if (::fstatat(processes_.get(), (process + "/ns/pid").c_str(), &space, 0) != 0) continue;
    for (Account& account : accounts) {
      if (account.space != space.st_ino) continue;
      long long all = 0, resident = 0, shared = 0;
      std::sscanf(read_some(processes_.get(), process + "/statm").c_str(), "%lld %lld %lld", &all,
                  &resident, &shared);
      const int64_t own_bytes = (resident - shared) * page_bytes;
      account.bytes += own_bytes;
      account.processes.push_back({std::atoi(entry->d_name), 0, "", own_bytes, false});
      break;
    }
  }
  return accounts;
}

// What was written into a memory file is in nobody's map, or in its holder's: the larger counts.
void MemoryWatch::add_shared(Account& account) const {
  std::vector<ino_t> seen;
  for (ProcessMemory& process : account.processes) {
    const std::string name = std::to_string(process.pid);
    int64_t& file_bytes = account.file_bytes[process.pid];
    const Folder folder = open_folder(processes_.get(), (name + "/fd").c_str());
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
      struct stat file {};
      if (::fstatat(::dirfd(folder.get()), entry->d_name, &file, 0) != 0) continue;
      if (file.st_dev != memory_files_ || !S_ISREG(file.st_mode)) continue;
      if (std::find(seen.begin(), seen.end(), file.st_ino) != seen.end()) continue;
      seen.push_back(file.st_ino);
      file_bytes += file.st_blocks * int64_t{512};
    }
    const std::string status = read_some(processes_.get(), name + "/status");
    account.bytes += std::max(bytes_of(status, "RssShmem:"), file_bytes);
  }
}

// Proportional: the sum over a server's processes, which share, is what they hold.
void MemoryWatch::read_in_detail(Account& account) const {
  account.bytes = 0;
  for (ProcessMemory& process : account.processes) {
    const std::string name = std::to_string(process.pid);
    const std::string stat = read_some(processes_.get(), name + "/stat");
    const size_t open = stat.find('('), close = stat.rfind(')');
    if (open != stat.npos && close != stat.npos) {
      process.name = stat.substr(open + 1, close - open - 1);
      std::sscanf(stat.c_str() + close + 1, " %*c %d", &process.parent);
    }
    process.first = number_inside(process.pid) == 1;
    const std::string map = read_some(processes_.get(), name + "/smaps_rollup");
    process.bytes = bytes_of(map, "Pss_Anon:") + bytes_of(map, "SwapPss:") +
                    std::max(bytes_of(map, "Pss_Shmem:"), account.file_bytes[process.pid]);
    account.bytes += process.bytes;
  }
}

// 0 for one that has ended.
pid_t MemoryWatch::number_inside(pid_t pid) const {
  const std::string status = read_some(processes_.get(), std::to_string(pid) + "/status");
  const size_t numbers = status.find("NSpid:"), end = status.find('\n', numbers);
  return end == status.npos ? 0 : std::atoi(status.c_str() + status.rfind('\t', end) + 1);
}

// System V segments that no process has attached; with `remove` they go.
int64_t MemoryWatch::unattached_bytes(const Account& account, bool remove) const {
  if (::setns(account.container->spaces().ipc.get(), CLONE_NEWIPC) != 0) return 0;
  int64_t bytes = 0;
  std::ifstream lines("/proc/sysvipc/shm");
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    // key, number, mode, size, creator, last user, attached, 4 ids, 3 times, resident, swapped
    std::istringstream text(line);
    std::array<long long, 16> fields{};
    for (long long& field : fields) text >> field;
    if (fields[6] != 0) continue;
    bytes += fields[14] + fields[15];
    if (remove) ::shmctl(static_cast<int>(fields[1]), IPC_RMID, nullptr);
  }
  if (::setns(own_ipc_.get(), CLONE_NEWIPC) != 0) throw_errno("native: leave a host's IPC");
  return bytes;
}

void MemoryWatch::kill_down_to_bound(Account& account, std::vector<MemoryKill>& kills) {
  const int64_t held_bytes = account.bytes;
  const auto take_out = [&account](std::vector<ProcessMemory>::iterator process) {
    account.bytes -= process->bytes;
    return account.processes.erase(process);
  };
  // Giving back a large memory takes a moment; meanwhile nobody else has to go for it.
  for (auto each = account.processes.begin(); each != account.processes.end();) {
    each = dying_.count(each->pid) ? take_out(each) : each + 1;
  }
  while (account.bytes > bounds_.host_bytes) {
    const pid_t victim = choose_victim(account.processes, bounds_.host_bytes);
    const auto process = std::find_if(account.processes.begin(), account.processes.end(),
                                      [victim](const auto& each) { return each.pid == victim; });
    if (process == account.processes.end()) return;
    kills.push_back({account.container, number_inside(victim), process->name, held_bytes});
    ::kill(victim, SIGKILL);
    dying_[victim] = 0;
    take_out(process);
  }
}

}  // namespace gameday::native
