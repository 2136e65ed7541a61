#include "sandbox/native/container.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>

#include "core/error.hpp"
#include "sandbox/native/guard.hpp"

namespace gameday::native {
namespace {

constexpr std::array<std::string_view, 41> kCapabilities = {
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
    "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
    "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
    "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
    "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
    "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"};

int capability_number(std::string_view name) {
  const auto found = std::find(kCapabilities.begin(), kCapabilities.end(), name);
  if (found == kCapabilities.end()) {
    throw usage_error("native: capability " + std::string(name) + ": no such capability");
  }
  return static_cast<int>(found - kCapabilities.begin());
}

void mount_or_throw(const char* source, const std::string& target, const char* type,
                    unsigned long flags, const std::string& options) {
  if (::mount(source, target.c_str(), type, flags, options.empty() ? nullptr : options.c_str())) {
    throw_errno("native: mount " + target, ErrorKind::kMachine);
  }
}

void make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) throw_errno("native: make " + path);
}

// A bounded tmpfs: bytes and inodes, because empty files fill a machine's memory as well.
void mount_memory(const std::string& path, int64_t bytes, const char* mode) {
  make_directory(path, 0755);
  mount_or_throw("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV,
                 "size=" + std::to_string(bytes) + ",nr_inodes=" +
                     std::to_string(std::max<int64_t>(4096, bytes / 8192)) + ",mode=" + mode);
}

UniqueFd open_inside(int root, const std::string& path, uint64_t flags, uint64_t mode) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

constexpr int64_t kMiB = 1 << 20;

HostSpaces open_spaces(pid_t pid) {
  return {open_space(pid, "mnt"), open_space(pid, "uts"), open_space(pid, "ipc"),
          open_space(pid, "pid")};
}

// The control groups of a process: "4:memory:/path" lines, or "0::/path" of version 2.
std::vector<UniqueFd> open_groups(pid_t pid) {
  std::vector<UniqueFd> groups;
  std::ifstream lines("/proc/" + std::to_string(pid) + "/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const size_t kinds = line.find(':') + 1, path = line.find(':', kinds) + 1;
    if (kinds == 0 || path == 0) continue;
    std::string kind = line.substr(kinds, path - 1 - kinds);
    if (kind.starts_with("name=")) kind.erase(0, 5);
    const std::string mount = kind.empty() ? "" : "/" + kind;
    for (const std::string& root : {"/sys/fs/cgroup" + mount, "/sys/fs/cgroup/unified" + mount}) {
      const std::string file = root + line.substr(path) + "/cgroup.procs";
      UniqueFd group(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
      if (!group) continue;
      groups.push_back(std::move(group));
      break;
    }
  }
  return groups;
}

}  // namespace

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

UniqueFd open_space(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + name;
  UniqueFd space(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) throw_errno("native: open " + path);
  return space;
}

void become_user(uid_t user, const std::vector<std::string>& capabilities) {
  uint64_t kept = 0;
  for (const std::string& name : capabilities) kept |= uint64_t{1} << capability_number(name);
  for (int number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number) {
    if (kept >> number & 1) continue;
    if (::prctl(PR_CAPBSET_DROP, number) != 0) throw_errno("native: drop a capability");
  }
  // Leaving uid 0 empties the capability sets by itself.
  if (::setresuid(user, user, user) != 0) throw_errno("native: become another user");
  if (user == 0) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    for (int half = 0; half < 2; ++half) {
      data[half].permitted = data[half].effective = static_cast<uint32_t>(kept >> (32 * half));
    }
    if (::syscall(SYS_capset, &header, data) != 0) throw_errno("native: set capabilities");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw_errno("native: no_new_privs");
}

void apply_limits(const Limits& limits) {
  const auto set = [](auto resource, uint64_t value) {
    rlimit now{};
    ::getrlimit(resource, &now);
    const rlim_t bounded = std::min<rlim_t>(value, now.rlim_max);
    const rlimit limit{bounded, bounded};
    if (::setrlimit(resource, &limit) != 0) throw_errno("native: set a limit");
  };
  set(RLIMIT_NPROC, limits.processes);
  set(RLIMIT_NOFILE, 16384);
  set(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__  // whose shadow memory counts as data
  set(RLIMIT_DATA, limits.memory_bytes);
#endif
}

Container::Container(const PlanHost& host) : host_(&host) {
  const std::string& name = host.name;
  make_directory(name, 0755);
  mount_memory(name + "/s", host.disk_bytes, "0700");
  make_directory(name + "/s/u", 0755);
  make_directory(name + "/s/w", 0700);
  make_directory(name + "/root", 0755);
  mount_memory(name + "/run", 16 * kMiB, "0755");
  mount_memory(name + "/tmp", 64 * kMiB, "1777");
  mount_memory(name + "/shm", 64 * kMiB, "1777");
  std::string lower;
  for (const std::string& layer : host.layers) lower += (lower.empty() ? "" : ":") + layer;
  // Relative names: a host's mount table shows them, and they say nothing about this machine.
  mount_or_throw("overlay", name + "/root", "overlay", MS_NOSUID | MS_NODEV,
                 "lowerdir=" + lower + ",upperdir=" + name + "/s/u,workdir=" + name +
                     "/s/w,userxattr");
  UniqueFd root(::open((name + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw_errno("native: open the files of " + name);
  for (const PlanFile& file : host.files) write_file(root.get(), file);
}

Container::Container(const PlanHost& host, pid_t first)
    : host_(&host), spaces_(open_spaces(first)), groups_(open_groups(first)) {}

void Container::join_groups() const {
  for (const UniqueFd& group : groups_) {
    if (::write(group.get(), "0", 1) != 1) throw_errno("native: join the host's control group");
  }
}

void Container::write_file(int root, const PlanFile& file) const {
  for (size_t end = file.path.find('/', 1); end != file.path.npos;
       end = file.path.find('/', end + 1)) {
    const std::string folder = file.path.substr(0, end);
    if (open_inside(root, folder, O_PATH | O_DIRECTORY, 0)) continue;
    const size_t slash = folder.rfind('/');
    const std::string above = slash == 0 ? "/" : folder.substr(0, slash);
    UniqueFd parent = open_inside(root, above, O_PATH | O_DIRECTORY, 0);
    if (!parent || ::mkdirat(parent.get(), folder.c_str() + slash + 1, 0755) != 0) {
      throw_errno("native: " + host_->name + ": make " + folder);
    }
  }
  UniqueFd out = open_inside(root, file.path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!out) throw_errno("native: " + host_->name + ": write " + file.path);
  write_all(out.get(), file.content);
  if (::fchmod(out.get(), static_cast<mode_t>(file.mode)) != 0) {
    throw_errno("native: " + host_->name + ": mode of " + file.path);
  }
}

std::vector<std::string> Container::bubblewrap_arguments(int info, int guard) const {
  const std::string& name = host_->name;
  std::vector<std::string> arguments = {
      "bwrap",
      "--bind", name + "/root", "/",
      "--ro-bind", "/usr", "/usr",
      "--bind", name + "/root/usr/local", "/usr/local",
      "--proc", "/proc",
      "--dev", "/dev",
      "--bind", name + "/shm", "/dev/shm",
      "--remount-ro", "/dev",
      // Of the machine's user, who is root here: keys, and how many there are.
      "--ro-bind-try", "/dev/null", "/proc/keys",
      "--ro-bind-try", "/dev/null", "/proc/key-users",
      "--bind", name + "/run", "/run",
      "--bind", name + "/tmp", "/tmp",
      "--unshare-pid", "--unshare-uts", "--unshare-ipc",
      "--hostname", name,
      "--chdir", "/",
      "--die-with-parent", "--as-pid-1",
      "--info-fd", std::to_string(info),
      "--seccomp", std::to_string(guard),
      "--cap-drop", "ALL"};
  for (const std::string& capability : host_->capabilities) {
    capability_number(capability);
    arguments.insert(arguments.end(), {"--cap-add", "CAP_" + capability});
  }
  arguments.push_back("--clearenv");
  std::map<std::string, std::string> environment = base_environment();
  for (const auto& [key, value] : host_->environment) environment[key] = value;
  for (const auto& [key, value] : environment) {
    arguments.insert(arguments.end(), {"--setenv", key, value});
  }
  arguments.push_back("--");
  arguments.insert(arguments.end(), host_->command.begin(), host_->command.end());
  return arguments;
}

void Container::start(int network) {
  Pipe info = make_pipe();
  Pipe output = make_pipe();
  ::fcntl(output.reader.get(), F_SETFL, O_NONBLOCK);
  const UniqueFd guard = guard_file();
  constexpr int kInfo = 3, kGuard = 4;
  std::vector<std::string> arguments = bubblewrap_arguments(kInfo, kGuard);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  monitor_ = ::fork();
  if (monitor_ < 0) throw_errno("native: fork");
  if (monitor_ == 0) {
    // From here on only this program's own copy changes; whatever fails shows in the output.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(output.writer.get(), 1);
    ::dup2(output.writer.get(), 2);
    if (::setns(network, CLONE_NEWNET) != 0) ::_exit(126);
    // Order: either may itself be descriptor 3 or 4.
    const int kept_info = ::fcntl(info.writer.get(), F_DUPFD, kGuard + 1);
    const int kept_guard = ::fcntl(guard.get(), F_DUPFD, kGuard + 1);
    ::dup2(kept_info, kInfo);
    ::dup2(kept_guard, kGuard);
    ::close_range(kGuard + 1, ~0U, 0);
    ::setpriority(PRIO_PROCESS, 0, host_->nice);
    apply_limits(kServiceLimits);
    ::execvp("bwrap", argv.data());
    ::dprintf(2, "bwrap: %s\n", std::strerror(errno));
    ::_exit(127);
  }
  info_ = std::move(info.reader);
  output_ = std::move(output.reader);
}

void Container::finish_start() {
  const std::string text = read_to_end(info_.get());
  info_.reset();
  const size_t colon = text.find("\"child-pid\":");
  const pid_t pid = colon == text.npos ? 0 : std::atoi(text.c_str() + colon + 12);
  const std::string executable = "/proc/" + std::to_string(pid) + "/exe";
  const Deadline deadline = deadline_in(std::chrono::seconds(20));
  bool running = false;
  while (pid > 0 && !running && std::chrono::steady_clock::now() < deadline) {
    char target[256];
    const ssize_t size = ::readlink(executable.c_str(), target, sizeof target);
    if (size < 0) break;
    // bubblewrap has no sign for "set up": it is when the process stops being bubblewrap.
    running = !std::string_view(target, static_cast<size_t>(size)).ends_with("/bwrap");
    if (!running) ::usleep(200);
  }
  if (!running) {
    read_output();
    throw machine_error("native: start host " + host_->name + ": " +
                        (printed_.empty() ? "bubblewrap did not start it" : printed_));
  }
  spaces_ = open_spaces(pid);
}

void Container::read_output() {
  char buffer[4096];
  ssize_t count = 0;
  while (output_ && (count = ::read(output_.get(), buffer, sizeof buffer)) > 0) {
    printed_.append(buffer, static_cast<size_t>(count));
  }
  if (count == 0) output_.reset();
  constexpr size_t kKept = 8192;
  if (printed_.size() > kKept) printed_.erase(0, printed_.size() - kKept);
}

void Container::log_kill(pid_t pid, const std::string& name) const {
  const UniqueFd root(::open((host_->name + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  // Whatever the host's root has made of it must not make us wait.
  const UniqueFd log = open_inside(root.get(), "/var/log/kern.log",
                                   O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, 0640);
  const std::time_t now = std::time(nullptr);
  char when[32] = {};
  std::strftime(when, sizeof when, "%FT%TZ", std::gmtime(&now));
  const std::string line = std::string(when) + " " + host_->name + " kernel: Out of memory: " +
                           (pid == 0 ? "removed " : "killed process " + std::to_string(pid) + " ") +
                           "(" + name + ")\n";
  if (log && ::write(log.get(), line.data(), line.size()) < 0) return;
}

}  // namespace gameday::native
