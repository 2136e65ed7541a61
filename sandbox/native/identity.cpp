#include "sandbox/native/identity.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/error.hpp"
#include "core/fd.hpp"

namespace gameday::native {
namespace {

constexpr unsigned kRangeSize = 65536;
constexpr unsigned kLowestBase = 100000;
// PostgreSQL, nobody (65534) and what else the stack's /etc/passwd names must fit.
constexpr unsigned kLeastCount = 65534;

std::string read_text(const char* path) {
  UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  return file ? read_to_end(file.get()) : std::string();
}

struct Entry {
  std::string_view name;
  unsigned first = 0;
  unsigned count = 0;
};

bool parse_number(std::string_view text, unsigned& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// Calls `each` for every well-formed line "name:first:count".
template <typename Each>
void for_each_entry(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t first_colon = line.find(':');
    const size_t second_colon = line.find(':', first_colon + 1);
    if (first_colon == line.npos || second_colon == line.npos) continue;
    Entry entry;
    entry.name = line.substr(0, first_colon);
    if (parse_number(line.substr(first_colon + 1, second_colon - first_colon - 1), entry.first) &&
        parse_number(line.substr(second_colon + 1), entry.count)) {
      each(entry);
    }
  }
}

void write_map(pid_t pid, const char* name, const std::string& line) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), line.data(), line.size()) < 0) ::_exit(errno);
}

void run_map_program(const char* program, pid_t pid, unsigned own_id, unsigned first,
                     unsigned count) {
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string pid_text = std::to_string(pid), own = std::to_string(own_id),
                      base = std::to_string(first), size = std::to_string(count);
    ::execlp(program, program, pid_text.c_str(), "0", own.c_str(), "1", "1", base.c_str(),
             size.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) ::_exit(EPERM);
}

// Runs beside the process that changes its namespace, still with the user's own rights.
[[noreturn]] void write_maps(pid_t pid, const Identity& identity, int go) {
  char byte = 0;
  if (::read(go, &byte, 1) != 1) ::_exit(ECANCELED);
  if (identity.user == 0) {
    const auto line = [](unsigned base, unsigned count) {
      return "0 " + std::to_string(base) + " " + std::to_string(count) + "\n";
    };
    write_map(pid, "uid_map", line(identity.uid_base, identity.uid_count));
    write_map(pid, "gid_map", line(identity.gid_base, identity.gid_count));
  } else {
    run_map_program("newuidmap", pid, identity.user, identity.uid_base, identity.uid_count);
    run_map_program("newgidmap", pid, ::getegid(), identity.gid_base, identity.gid_count);
  }
  ::_exit(0);
}

}  // namespace

SubordinateIds find_subordinate_ids(std::string_view text, std::string_view name, unsigned id) {
  const std::string number = std::to_string(id);
  SubordinateIds best;
  for_each_entry(text, [&](const Entry& entry) {
    if ((entry.name == name || entry.name == number) && entry.count > best.count) {
      best = SubordinateIds{entry.first, entry.count};
    }
  });
  return best;
}

unsigned free_range_above(std::string_view text) {
  unsigned base = kLowestBase;
  for_each_entry(text, [&](const Entry& entry) {
    base = std::max(base, entry.first + entry.count);
  });
  return base;
}

Identity read_identity() {
  Identity identity;
  identity.user = ::geteuid();
  const std::string subuid = read_text("/etc/subuid"), subgid = read_text("/etc/subgid");
  if (identity.user == 0) {
    identity.uid_base = identity.root_inside = free_range_above(subuid);
    identity.gid_base = free_range_above(subgid);
    identity.uid_count = identity.gid_count = kRangeSize;
    return identity;
  }
  const passwd* user = ::getpwuid(identity.user);
  const std::string name = user ? user->pw_name : std::to_string(identity.user);
  const SubordinateIds uids = find_subordinate_ids(subuid, name, identity.user);
  const SubordinateIds gids = find_subordinate_ids(subgid, name, identity.user);
  if (uids.count < kLeastCount || gids.count < kLeastCount) {
    throw machine_error("native: user " + name +
                        " has no subordinate ids (65536 of them): the stack's services need users "
                        "of their own: run `sudo usermod --add-subuids 100000-165535 "
                        "--add-subgids 100000-165535 " + name + "`");
  }
  identity.root_inside = identity.user;
  identity.uid_base = uids.first;
  identity.gid_base = gids.first;
  identity.uid_count = std::min(uids.count, kRangeSize - 1);
  identity.gid_count = std::min(gids.count, kRangeSize - 1);
  return identity;
}

void enter_user_namespace(const Identity& identity) {
  Pipe go = make_pipe();
  const pid_t self = ::getpid();
  const pid_t mapper = ::fork();
  if (mapper < 0) throw_errno("native: fork", ErrorKind::kMachine);
  if (mapper == 0) {
    go.writer.reset();
    write_maps(self, identity, go.reader.get());
  }
  go.reader.reset();
  if (::unshare(CLONE_NEWUSER) != 0) {
    const int error = errno;
    go.writer.reset();
    ::waitpid(mapper, nullptr, 0);
    errno = error;
    throw_errno("native: make a user namespace", ErrorKind::kMachine);
  }
  write_all(go.writer.get(), "x");
  int status = 0;
  while (::waitpid(mapper, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    throw machine_error("native: map the stack's users: " +
                        std::string(std::strerror(WEXITSTATUS(status))) +
                        ": see `gameday doctor`");
  }
  if (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    throw_errno("native: become the stack's root", ErrorKind::kMachine);
  }
  // Changing the uid made /proc/self unreadable to ourselves.
  ::prctl(PR_SET_DUMPABLE, 1);
}

}  // namespace gameday::native
