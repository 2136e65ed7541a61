#include "journal/folder.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "core/error.hpp"
#include "journal/session.hpp"

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
  if (name == "last") return last_drill_folder();
  for (const fs::path& candidate : {fs::path(name), drills_folder() / name}) {
    if (!name.empty() && fs::exists(candidate / "journal.jsonl", error)) return candidate;
  }
  throw usage_error("folder: no drill in " + (name.empty() ? "''" : name) +
                    ": name a drill folder (one with a journal.jsonl), or \"last\"");
}

namespace {

bool is_stack(const std::string& session) { return session.starts_with(kStackPrefix); }

// Throws a usage Error when a drill is recorded in another folder: a record here is not meant then.
void check_record_is_here(const std::string& session) {
  std::error_code error;
  if (fs::exists(drills_folder() / session / "journal.jsonl", error)) return;
  throw usage_error("folder: the drill " + session + " has no record below " +
                    drills_folder().string() + ": name its folder");
}

// The drill that GAMEDAY_SESSION names. Empty: it names none, or a stack that runs by itself.
fs::path chosen_drill_folder() {
  const char* session = std::getenv("GAMEDAY_SESSION");
  if (!session || !*session || is_stack(session)) return {};
  check_record_is_here(session);
  return drills_folder() / session;
}

struct Record {
  fs::path folder;
  fs::file_time_type written;  // the last event of its journal
};

// Records of the calling user, the one written last at the end.
std::vector<Record> own_records() {
  std::vector<Record> records;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(drills_folder(), error)) {
    struct stat about{};
    const fs::path journal = entry.path() / "journal.jsonl";
    if (::stat(journal.c_str(), &about) != 0 || about.st_uid != ::geteuid()) continue;
    records.push_back({entry.path(), fs::last_write_time(journal, error)});
  }
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return a.written != b.written ? a.written < b.written : a.folder < b.folder;
  });
  return records;
}

bool is_live(const fs::path& folder) {
  std::ifstream stream(folder / "manifest.json", std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  try {
    const json::value manifest = parse_json(text.str(), "folder: manifest.json");
    return manifest.is_object() && string_or(manifest.as_object(), "mode", "") == "live";
  } catch (const Error&) {
    return false;  // a folder that just begins, or somebody's remains
  }
}

}  // namespace

fs::path last_drill_folder() {
  const fs::path chosen = chosen_drill_folder();
  if (!chosen.empty()) return chosen;
  fs::path last;
  std::error_code error;
  for (const Record& record : own_records()) {
    const bool graded = fs::exists(record.folder / "scorecard.json", error);
    if (graded && !is_held(record.folder)) last = record.folder;
  }
  if (last.empty()) {
    throw usage_error("folder: no finished and graded drill of yours below " +
                      drills_folder().string() + ": name a drill folder");
  }
  return last;
}

fs::path running_or_last_drill_folder() {
  const fs::path chosen = chosen_drill_folder();
  if (!chosen.empty()) return chosen;
  for (const Session& session : list_sessions()) {
    if (!is_stack(session.id)) check_record_is_here(session.id);
  }
  fs::path running;
  for (const Record& record : own_records()) {
    if (!is_held(record.folder) || !is_live(record.folder)) continue;
    if (!running.empty()) {
      throw usage_error("folder: several drills run: name the one to wait for: " +
                        running.filename().string() + ", " + record.folder.filename().string());
    }
    running = record.folder;
  }
  return running.empty() ? last_drill_folder() : running;
}

fs::path newest_drill_folder() {
  const std::vector<Record> records = own_records();
  return records.empty() ? fs::path() : records.back().folder;
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

bool wait_until_free(const fs::path& folder, Deadline deadline) {
  constexpr int kBetweenLooksMs = 100;
  while (is_held(folder)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, kBetweenLooksMs);
  }
  return true;
}

}  // namespace gameday
