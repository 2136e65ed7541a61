#include "sandbox/native/gold.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "core/child.hpp"
#include "core/error.hpp"
#include "sandbox/native/gold_inputs.hpp"
#include "sandbox/native/identity.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

namespace fs = std::filesystem;

using Progress = std::function<void(const std::string&)>;

// Trees of other versions that are kept: switching between two builds stays fast.
constexpr size_t kKeptTrees = 3;

UniqueFd lock(const fs::path& file, int how) {
  for (;;) {
    UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) throw_errno("native: open " + file.string());
    while (::flock(fd.get(), how) != 0) {
      if (errno == EWOULDBLOCK) return UniqueFd();
      if (errno != EINTR) throw_errno("native: lock " + file.string());
    }
    struct stat status {};
    // Whoever deleted the tree deleted its lock as well: then this one locks nothing.
    if (::fstat(fd.get(), &status) == 0 && status.st_nlink > 0) return fd;
  }
}

fs::path lock_file(const fs::path& folder) { return folder.string() + ".lock"; }

// Runs the pod for a while on a folder; its lines are progress.
void run_pod(const fs::path& pod, const char* mode, const fs::path& folder, int archive,
             const Progress& progress) {
  UniqueFd tree(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!tree) throw_errno("native: open " + folder.string());
  SocketPair socket = make_socket_pair();
  Pipe output = make_pipe();
  Child child({pod.string(), mode}, {{-1, output.writer.get(), output.writer.get(),
                                      socket.theirs.get(), tree.get(), archive},
                                     true});
  output.writer.reset();
  socket.theirs.reset();
  std::string last, line;
  char byte = 0;
  while (::read(output.reader.get(), &byte, 1) == 1) {
    if (byte != '\n') {
      line += byte;
      continue;
    }
    if (progress) progress(line);
    last = std::exchange(line, "");
  }
  if (!line.empty()) last = line;
  const std::optional<int> status = child.wait(deadline_in(std::chrono::hours(1)));
  if (status == 0) return;
  if (const std::optional<Message> message = receive_message(socket.ours.get())) {
    const bool machine = number_or(message->body, "kind", 1) == 3;
    throw Error(string_or(message->body, "error", "native: the pod failed"),
                machine ? ErrorKind::kMachine : ErrorKind::kFailed);
  }
  throw Error("native: " + std::string(mode) + " the gold tree: " + last);
}

// The machine's root deletes whatever it is; others need the map whose ids own the files.
void remove_tree(const fs::path& pod, const fs::path& folder) {
  if (::geteuid() != 0) run_pod(pod, "empty", folder, -1, {});
  fs::remove_all(folder);
}

// Deletes trees nobody uses but the `keep` newest; returns what it did.
std::vector<std::string> remove_unused(const fs::path& pod, const fs::path& gold, size_t keep) {
  struct Tree {
    fs::path folder;
    fs::file_time_type used;
  };
  std::vector<Tree> trees;
  for (const fs::directory_entry& each : fs::directory_iterator(gold)) {
    if (!each.is_directory()) continue;
    std::error_code none;
    trees.push_back({each.path(), fs::last_write_time(lock_file(each.path()), none)});
  }
  std::sort(trees.begin(), trees.end(), [](auto& a, auto& b) { return a.used > b.used; });
  std::vector<std::string> done;
  for (size_t i = std::min(keep, trees.size()); i < trees.size(); ++i) {
    const fs::path& folder = trees[i].folder;
    const UniqueFd unused = lock(lock_file(folder), LOCK_EX | LOCK_NB);
    if (!unused) {
      done.push_back("in use, kept: " + folder.string());
      continue;
    }
    try {
      remove_tree(pod, folder);
      fs::remove(lock_file(folder));
      done.push_back("deleted: " + folder.string());
    } catch (const std::exception& error) {
      // Its ids were the user's when it was made, and are no more: nobody who starts a stack suffers.
      done.push_back("not deleted: " + folder.string() + ": " + error.what());
    }
  }
  return done;
}

// A tree is 115 MiB; while the metrics are made, promtool reserves 512 more for a moment.
constexpr uintmax_t kNeededMiB = 700;

void make_cache(const fs::path& gold) {
  std::error_code error;
  fs::create_directories(gold, error);
  if (!error) return;
  throw machine_error("native: cannot make " + gold.string() + ": " + error.message() +
                      ": the stack's files are kept there: set XDG_CACHE_HOME to another folder");
}

void check_space(const fs::path& gold) {
  std::error_code error;
  const fs::space_info space = fs::space(gold, error);
  const uintmax_t free_mib = space.available >> 20;
  if (error || free_mib >= kNeededMiB) return;
  throw machine_error("native: " + gold.string() + " has " + std::to_string(free_mib) +
                      " MiB left: the stack's files need " + std::to_string(kNeededMiB) +
                      ": free space there, run `gameday clean`, or set XDG_CACHE_HOME");
}

void build(const Settings& settings, const GoldInputs& inputs, const Identity& identity,
           const fs::path& folder) {
  const fs::path pod = pod_executable(settings.executables);
  const fs::path half = folder.string() + ".new";
  if (fs::exists(half)) remove_tree(pod, half);  // of a build that was killed
  fs::create_directory(half);
  if (identity.user == 0 && ::chown(half.c_str(), identity.root_inside, identity.gid_base) != 0) {
    throw_errno("native: own " + half.string());
  }
  std::vector<ArchiveEntry> entries = inputs.entries;
  for (ArchiveEntry& entry : read_executables(inputs)) entries.push_back(std::move(entry));
  const UniqueFd archive = make_memory_file(pack(entries));
  try {
    run_pod(pod, "build", half, archive.get(), settings.progress);
    fs::rename(half, folder);
  } catch (...) {
    try {
      remove_tree(pod, half);
      fs::remove(lock_file(half));
    } catch (const std::exception&) {
      // The first error says more; the next build deletes what is left.
    }
    throw;
  }
}

}  // namespace

bool GoldTree::has(const std::string& layer) const { return fs::is_directory(folder / layer); }

fs::path pod_executable(const fs::path& executables) {
  const fs::path inside = fs::path("sandbox") / "native" / "pod";
  fs::path pod = executables / inside;
  if (executables.empty()) {
    fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
    while (!fs::exists(folder / inside) && folder.has_relative_path()) folder = folder.parent_path();
    pod = folder / inside;
  }
  if (!fs::exists(pod)) {
    throw usage_error("native: " + pod.string() + ": not found: build the project first");
  }
  return pod;
}

GoldTree open_gold(const Settings& settings) {
  const Identity identity = read_identity();
  const GoldInputs inputs = read_gold_inputs(settings.root, settings.executables, identity);
  const fs::path gold = settings.cache / "gold";
  make_cache(gold);
  GoldTree result;
  result.folder = gold / inputs.key;
  result.use = lock(lock_file(result.folder), LOCK_SH);
  if (!fs::exists(result.folder)) {
    UniqueFd building = lock(gold / "building", LOCK_EX | LOCK_NB);
    if (!building) {
      if (settings.progress) settings.progress("waiting for another build of the stack's files");
      building = lock(gold / "building", LOCK_EX);
    }
    if (!fs::exists(result.folder)) {
      check_space(gold);
      if (settings.progress) settings.progress("building the stack's files (once)");
      build(settings, inputs, identity, result.folder);
      result.built = true;
      remove_unused(pod_executable(settings.executables), gold, kKeptTrees);
    }
  }
  ::futimens(result.use.get(), nullptr);  // the newest is the last to be deleted
  result.tree.reset(::open(result.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!result.tree) throw_errno("native: open " + result.folder.string());
  return result;
}

}  // namespace gameday::native

namespace gameday {

std::vector<std::string> clean_caches(const std::filesystem::path& cache,
                                      const std::filesystem::path& executables) {
  const std::filesystem::path gold = cache / "gold";
  if (!std::filesystem::exists(gold)) return {};
  const UniqueFd building = native::lock(gold / "building", LOCK_EX);
  return native::remove_unused(native::pod_executable(executables), gold, 0);
}

}  // namespace gameday
