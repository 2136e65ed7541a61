#include "sandbox/native/gold_inputs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/child.hpp"
#include "core/error.hpp"

namespace gameday::native {
namespace {

namespace fs = std::filesystem;

// Raise it when the tree is built in another way from the same inputs.
constexpr int kFormat = 3;
// Files of the machine that show in a host as they are: names of libraries, for a fast start.
constexpr const char* kLibraryCache = "/etc/ld.so.cache";
constexpr const char* kPostgres = "/usr/lib/postgresql/15/bin/postgres";

std::string read_whole(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) throw usage_error("native: read " + file.string() + ": " + std::strerror(errno));
  return std::move(bytes).str();
}

ArchiveEntry read_entry(const fs::path& file, std::string path) {
  ArchiveEntry entry;
  entry.path = std::move(path);
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) throw_errno("native: " + file.string());
  entry.mode = static_cast<int>(status.st_mode & 07777);
  // Only x survives in a version control system; what a umask took away is not meant.
  entry.mode = entry.mode & 0100 ? 0755 : 0644;
  if (S_ISLNK(status.st_mode)) {
    entry.type = ArchiveEntry::Type::kLink;
    entry.content = fs::read_symlink(file).string();
  } else if (S_ISDIR(status.st_mode)) {
    entry.type = ArchiveEntry::Type::kFolder;
    entry.mode = 0755;
  } else if (S_ISREG(status.st_mode)) {
    entry.content = read_whole(file);
  } else {
    throw usage_error("native: " + file.string() + ": neither a file, a folder nor a link");
  }
  return entry;
}

void read_tree(const fs::path& folder, const std::string& prefix,
               std::vector<ArchiveEntry>& entries) {
  for (auto each = fs::recursive_directory_iterator(folder); each != fs::end(each); ++each) {
    if (each->path().filename() == ".gitkeep") continue;
    entries.push_back(
        read_entry(each->path(), prefix + "/" + each->path().lexically_relative(folder).string()));
  }
}

// sandbox/stack/roles/* and hosts/*; its plain files become the folder `build`.
std::vector<ArchiveEntry> read_stack(const fs::path& stack) {
  if (!fs::is_directory(stack / "roles" / "base")) {
    throw usage_error("native: " + (stack / "roles/base").string() +
                      ": not found: the stack's files belong there");
  }
  std::vector<ArchiveEntry> entries;
  for (const fs::directory_entry& each : fs::directory_iterator(stack)) {
    const std::string name = each.path().filename().string();
    if (each.is_regular_file()) entries.push_back(read_entry(each.path(), "build/" + name));
  }
  read_tree(stack / "roles", "roles", entries);
  if (fs::is_directory(stack / "hosts")) read_tree(stack / "hosts", "hosts", entries);
  // The base is the only layer that is not below a folder of its kind.
  for (ArchiveEntry& entry : entries) {
    if (entry.path == "roles/base") entry.path = "base";
    if (entry.path.starts_with("roles/base/")) entry.path.erase(0, std::strlen("roles/"));
  }
  if (fs::exists(kLibraryCache)) entries.push_back(read_entry(kLibraryCache, "base/etc/ld.so.cache"));
  std::sort(entries.begin(), entries.end(),
            [](const ArchiveEntry& a, const ArchiveEntry& b) { return a.path < b.path; });
  return entries;
}

// Lines "BUILD_TARGET_PATH ROLE INSTALL_PATH".
std::vector<Executable> read_list(const fs::path& list, const fs::path& build) {
  std::vector<Executable> executables;
  std::ifstream stream(list);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string target, role, path, more;
    if (!(words >> target)) continue;
    if (!(words >> role >> path) || words >> more || path[0] != '/') {
      throw usage_error(list.string() + ":" + std::to_string(number) +
                        ": wants BUILD_TARGET_PATH ROLE INSTALL_PATH");
    }
    executables.push_back(
        Executable{build / target, (role == "base" ? "base" : "roles/" + role) + path});
    if (!fs::exists(executables.back().source)) {
      throw usage_error("native: " + executables.back().source.string() +
                        ": not found: build the project first");
    }
  }
  return executables;
}

std::string stamp(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return file.string() + " absent";
  std::ostringstream text;
  text << file.string() << ' ' << status.st_size << ' ' << status.st_mtim.tv_sec << '.'
       << status.st_mtim.tv_nsec;
  return text.str();
}

// FNV-1a, 64 bits, twice with different bases: a key for a cache, not a proof against an attacker.
std::string hash(std::string_view bytes) {
  std::array<uint64_t, 2> state = {0xcbf29ce484222325U, 0x6c62272e07bb0142U};
  for (const char byte : bytes) {
    for (uint64_t& each : state) each = (each ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    state[1] = state[1] << 7 | state[1] >> 57;
  }
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(state[0]),
                static_cast<unsigned long long>(state[1]));
  return std::string(text, 24);
}

}  // namespace

GoldInputs read_gold_inputs(const fs::path& root, const fs::path& build,
                            const Identity& identity) {
  const fs::path stack = root / "sandbox" / "stack";
  GoldInputs inputs;
  inputs.entries = read_stack(stack);
  if (fs::exists(stack / "executables")) {
    inputs.executables = read_list(stack / "executables", build);
  }
  std::string all = pack(inputs.entries);
  all += "format " + std::to_string(kFormat) + stamp(kPostgres);
  all += std::to_string(identity.root_inside) + " " + std::to_string(identity.uid_base) + " " +
         std::to_string(identity.gid_base);
  for (const Executable& each : inputs.executables) all += stamp(each.source) + each.path;
  inputs.key = hash(all);
  return inputs;
}

std::vector<ArchiveEntry> read_executables(const GoldInputs& inputs) {
  std::vector<ArchiveEntry> entries;
  const fs::path stripped =
      fs::temp_directory_path() / ("stripped." + std::to_string(::getpid()) + "." + inputs.key);
  for (const Executable& each : inputs.executables) {
    const ChildResult strip =
        run_child({"strip", "-o", stripped.string(), each.source.string()}, std::chrono::minutes(1));
    ArchiveEntry entry;
    entry.path = each.path;
    entry.mode = 0755;
    entry.content = read_whole(strip.status == 0 ? stripped : each.source);
    std::error_code ignored;
    fs::remove(stripped, ignored);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace gameday::native
