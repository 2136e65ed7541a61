#include "drill/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>

#include "core/error.hpp"

namespace gameday {

namespace fs = std::filesystem;

namespace {

fs::path base_folder(const char* variable, const char* below_home) {
  const char* set = std::getenv(variable);
  if (set && *set == '/') return fs::path(set) / "gameday";
  const char* home = std::getenv("HOME");
  if (!home || *home != '/') {
    throw machine_error(std::string("folder: neither ") + variable +
                        " nor HOME names a folder: set HOME");
  }
  return fs::path(home) / below_home / "gameday";
}

std::string new_name() {
  const std::time_t now = std::time(nullptr);
  std::tm broken{};
  localtime_r(&now, &broken);
  char date[32];
  std::strftime(date, sizeof date, "%Y%m%d-%H%M%S", &broken);
  char random_part[8];
  std::snprintf(random_part, sizeof random_part, "%04x", std::random_device{}() & 0xffffU);
  return std::string(date) + "-" + random_part;
}

}  // namespace

fs::path drills_folder() { return base_folder("XDG_DATA_HOME", ".local/share") / "drills"; }
fs::path cache_folder() { return base_folder("XDG_CACHE_HOME", ".cache"); }

fs::path make_drill_folder(const fs::path& below) {
  std::error_code error;
  fs::create_directories(below, error);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const fs::path folder = below / new_name();
    if (!error && fs::create_directory(folder, error)) {
      fs::create_directory(folder / "recordings", error);
      if (!error) return folder;
    }
    if (error) break;
  }
  throw machine_error("folder: cannot make a folder for the drill below " + below.string() + ": " +
                      (error ? error.message() : "every name is taken") +
                      ": free space there or set XDG_DATA_HOME");
}

fs::path find_drill_folder(const std::string& name) {
  std::error_code error;
  if (name != "last") {
    for (const fs::path& candidate : {fs::path(name), drills_folder() / name}) {
      if (fs::exists(candidate / "journal.jsonl", error)) return candidate;
    }
    throw usage_error("folder: no drill in " + name +
                      ": name a drill folder (one with a journal.jsonl), or \"last\"");
  }
  // Who speaks to one of several drills means that one.
  const char* session = std::getenv("GAMEDAY_SESSION");
  if (session && *session && fs::exists(drills_folder() / session / "journal.jsonl", error)) {
    return drills_folder() / session;
  }
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(drills_folder(), error)) {
    const bool has_journal = fs::exists(entry.path() / "journal.jsonl", error);
    if (has_journal && entry.path().filename() > newest.filename()) newest = entry.path();
  }
  if (newest.empty()) throw usage_error("folder: no drill yet below " + drills_folder().string());
  return newest;
}

namespace {

// Whether the lock was taken. It goes with the descriptor.
bool lock_folder(const UniqueFd& folder, int how, const fs::path& name) {
  if (!folder) throw_errno("folder: cannot open " + name.string(), ErrorKind::kMachine);
  for (;;) {
    if (::flock(folder.get(), how) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno("folder: cannot lock " + name.string(), ErrorKind::kMachine);
  }
}

UniqueFd open_folder(const fs::path& folder) {
  return UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

UniqueFd hold_drill_folder(const fs::path& folder) {
  UniqueFd held = open_folder(folder);
  lock_folder(held, LOCK_EX, folder);
  return held;
}

bool is_held(const fs::path& folder) {
  return !lock_folder(open_folder(folder), LOCK_SH | LOCK_NB, folder);
}

void wait_until_free(const fs::path& folder) { lock_folder(open_folder(folder), LOCK_SH, folder); }

std::string short_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return std::string(digits).substr(0, 12);
}

}  // namespace gameday
