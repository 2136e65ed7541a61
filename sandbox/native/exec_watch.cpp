#include "sandbox/native/exec_watch.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "sandbox/native/container.hpp"

namespace gameday::native {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
#error "exec_watch.cpp: name this machine's architecture"
#endif

// What is read of a program is bounded: it may have been started with anything.
constexpr size_t kLongestWord = 2000, kMostWords = 64, kLongestLine = 6000;
constexpr size_t kMostVariables = 400, kMostFiles = 8, kLongestPath = 4095;

double changed_at(const struct stat& status) {
  return static_cast<double>(status.st_ctim.tv_sec) +
         static_cast<double>(status.st_ctim.tv_nsec) / 1e9;
}

// Variables that change what a client asks, or whom.
bool is_told(std::string_view variable) {
  for (const char* beginning :
       {"PGHOST", "PGPORT=", "PGOPTIONS=", "PGSERVICE", "PSQLRC=", "LD_", "http_proxy=",
        "HTTP_PROXY=", "all_proxy=", "ALL_PROXY=", "CURL_HOME="}) {
    if (variable.starts_with(beginning)) return true;
  }
  return false;
}

// The memory of another process.
class Memory {
 public:
  explicit Memory(UniqueFd file) : file_(std::move(file)) {}

  // The text at an address, up to `limit` bytes.
  std::string text(uint64_t address, size_t limit) const {
    std::string bytes(limit, '\0');
    const ssize_t count =
        address == 0 ? 0
                     : ::pread(file_.get(), bytes.data(), limit, static_cast<off_t>(address));
    bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
    bytes.resize(std::min(bytes.size(), bytes.find('\0')));
    return bytes;
  }
  // The addresses of a list that ends with a null.
  std::vector<uint64_t> list(uint64_t address, size_t most) const {
    std::vector<uint64_t> items(most);
    const ssize_t bytes = address == 0 ? 0
                                       : ::pread(file_.get(), items.data(),
                                                 items.size() * sizeof(uint64_t),
                                                 static_cast<off_t>(address));
    items.resize(bytes > 0 ? static_cast<size_t>(bytes) / sizeof(uint64_t) : 0);
    items.erase(std::find(items.begin(), items.end(), 0U), items.end());
    return items;
  }

 private:
  UniqueFd file_;
};

// As it is told: bytes that are no ASCII might be no text at all.
json::array told(const std::vector<std::string>& words) {
  json::array list;
  for (std::string word : words) {
    std::replace_if(word.begin(), word.end(), [](char c) { return (c & 0x80) != 0; }, '?');
    list.emplace_back(std::move(word));
  }
  return list;
}

std::string link_target(int folder, const std::string& name) {
  std::string target(kLongestPath, '\0');
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  target.resize(size > 0 ? static_cast<size_t>(size) : 0);
  std::replace_if(target.begin(), target.end(), [](char c) { return (c & 0x80) != 0; }, '?');
  return target;
}

}  // namespace

// One exec that waits.
struct ExecWatch::Exec {
  std::string process;  // its folder in /proc
  std::string path;
  UniqueFd folder;  // what a path without a beginning slash begins at
  std::vector<std::string> argv, variables;
  std::string home;

  Exec(int proc, const seccomp_notif& notice) : process(std::to_string(notice.pid)) {
    const bool at = notice.data.nr == SYS_execveat;
    const auto* args = notice.data.args + (at ? 1 : 0);
    const Memory memory(UniqueFd(::openat(proc, (process + "/mem").c_str(), O_RDONLY | O_CLOEXEC)));
    path = memory.text(args[0], kLongestPath);
    const int base = at ? static_cast<int>(notice.data.args[0]) : AT_FDCWD;
    const std::string name = base == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(base);
    folder.reset(::openat(proc, (process + name).c_str(), O_PATH | O_CLOEXEC));
    size_t size = 0;
    for (const uint64_t address : memory.list(args[1], kMostWords)) {
      if (size >= kLongestLine) break;
      argv.push_back(memory.text(address, kLongestWord));
      size += argv.back().size();
    }
    for (const uint64_t address : memory.list(args[2], kMostVariables)) {
      const std::string variable = memory.text(address, 300);
      if (variable.starts_with("HOME=")) home = variable.substr(5);
      if (is_told(variable) && variables.size() < kMostFiles) variables.push_back(variable);
    }
  }
};

UniqueFd hold_execs() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(filter), filter};
  return UniqueFd(static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                             SECCOMP_FILTER_FLAG_NEW_LISTENER, &program)));
}

bool ExecWatch::may_report() {
  const double now = wall_seconds();
  reports_left_ = std::min(kMostAtOnce, reports_left_ + (now - counted_at_) * kMostASecond);
  counted_at_ = now;
  if (reports_left_ < 1) return false;
  reports_left_ -= 1;
  return true;
}

// Files and folders that the program was given by name, as its input, or by its own habit.
void ExecWatch::add_files(const Exec& exec, json::object& program) const {
  json::array files;
  const auto add = [&](const UniqueFd& file) {
    struct stat status {};
    if (!file || files.size() >= kMostFiles || ::fstat(file.get(), &status) != 0) return;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return;
    json::object one{{"path", link_target(proc_.get(), "self/fd/" + std::to_string(file.get()))}};
    const bool is_roots = S_ISREG(status.st_mode) && status.st_uid == 0;
    if (is_roots && changed_at(status) > since_) one["changed"] = rounded(changed_at(status), 3);
    files.push_back(std::move(one));
  };
  for (size_t i = 1; i < exec.argv.size(); ++i) {
    std::string word = exec.argv[i];
    if (word.starts_with('-')) word.erase(0, word.find('=') == word.npos ? word.size()
                                                                       : word.find('=') + 1);
    if (word.empty() || word.size() > 500) continue;
    UniqueFd file(::openat(exec.folder.get(), word.c_str(), O_PATH | O_CLOEXEC));
    if (const size_t equals = word.find('='); !file && equals != word.npos) {  // as in if=/etc/x
      file.reset(::openat(exec.folder.get(), word.c_str() + equals + 1, O_PATH | O_CLOEXEC));
    }
    add(file);
  }
  const std::string input = "/fd/0";
  add(UniqueFd(::openat(proc_.get(), (exec.process + input).c_str(), O_PATH | O_CLOEXEC)));
  for (const char* habit : {".psqlrc", ".curlrc"}) {
    const std::string client = std::string(habit + 1, std::string_view(habit).size() - 3);
    const bool is_client = std::string(program.at("path").as_string()).ends_with("/" + client);
    if (!is_client || exec.home.empty()) continue;
    add(UniqueFd(::open((exec.home + "/" + habit).c_str(), O_PATH | O_CLOEXEC)));
  }
  if (!files.empty()) program["files"] = std::move(files);
}

// Empty: nothing is started, because there is no such program.
json::object ExecWatch::describe(const Exec& exec) const {
  const UniqueFd file(exec.path.empty()
                          ? ::fcntl(exec.folder.get(), F_DUPFD_CLOEXEC, 0)
                          : ::openat(exec.folder.get(), exec.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return {};
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) return {};
  json::object program;
  program["at"] = wall_seconds();
  program["path"] = link_target(proc_.get(), "self/fd/" + std::to_string(file.get()));
  program["argv"] = told(exec.argv);
  if (!exec.variables.empty()) program["env"] = told(exec.variables);
  if (changed_at(status) > since_) program["changed"] = true;
  struct stat preload {};
  if (::stat("/etc/ld.so.preload", &preload) == 0 && preload.st_size > 0) program["preload"] = true;
  // A terminal, a pipe and a socket lead to somebody who reads.
  const std::string out = link_target(proc_.get(), exec.process + "/fd/1");
  if (out.starts_with('/') && !out.starts_with("/dev/pts/") && out != "/dev/tty") {
    program["unseen"] = true;
  }
  program["cwd"] = link_target(proc_.get(), exec.process + "/cwd");
  add_files(exec, program);
  return program;
}

void ExecWatch::serve(const Report& report) {
  // A younger kernel may tell more than these headers know.
  struct {
    seccomp_notif notice;
    char more[256];
  } received{};
  const seccomp_notif& notice = received.notice;
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &received) != 0) return;
  try {
    if (report && may_report()) {
      const json::object program = describe(Exec(proc_.get(), notice));
      if (!program.empty()) report(program);
    }
  } catch (const std::exception&) {
    // What cannot be told must not keep a program from running.
  }
  seccomp_notif_resp answer{};
  answer.id = notice.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void ExecWatch::serve_rest() {
  while (listener_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return;
    if (waiting.revents & POLLIN) serve({});
    else if (waiting.revents & (POLLHUP | POLLERR)) return;
  }
}

}  // namespace gameday::native
