#include "sandbox/native/gold_build.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "sandbox/native/archive.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

namespace fs = std::filesystem;

const fs::path kTree = "/tmp/l";

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void write_entry(const ArchiveEntry& entry) {
  const fs::path path = kTree / entry.path;
  fs::create_directories(path.parent_path());
  if (entry.type == ArchiveEntry::Type::kFolder) {
    fs::create_directories(path);
  } else if (entry.type == ArchiveEntry::Type::kLink) {
    fs::create_symlink(entry.content, path);
    return;
  } else {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) throw_errno("native: write " + path.string());
    write_all(file.get(), entry.content);
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(entry.mode)) != 0) {
    throw_errno("native: mode of " + path.string());
  }
}

// What every host has, whether or not a layer names it: mount points and the links into /usr.
void make_skeleton(const fs::path& base) {
  for (const char* folder :
       {"usr/local/bin", "usr/local/sbin", "usr/local/lib", "usr/local/share", "etc", "proc", "dev",
        "run", "tmp", "root", "home", "mnt", "opt", "srv", "var/lib", "var/log", "var/tmp",
        "var/cache"}) {
    fs::create_directories(base / folder);
  }
  for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
    if (!fs::is_symlink(base / name)) fs::create_symlink(std::string("usr/") + name, base / name);
  }
  for (const char* folder : {"tmp", "var/tmp"}) ::chmod((base / folder).c_str(), 01777);
  ::chmod((base / "root").c_str(), 0700);
}

// Machines were set up long ago: what changes later is what is new in them.
void age(const fs::path& layer) {
  const timespec then{std::time(nullptr) - 40 * 86'400, 0};
  const timespec both[2] = {then, then};
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(layer)) {
    ::utimensat(AT_FDCWD, each.path().c_str(), both, AT_SYMLINK_NOFOLLOW);
  }
  ::utimensat(AT_FDCWD, layer.c_str(), both, 0);
}

// Names to numbers from /etc/passwd or /etc/group of the base layer.
std::map<std::string, unsigned> read_ids(const fs::path& file) {
  std::map<std::string, unsigned> ids;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    ids[line.substr(0, first)] = static_cast<unsigned>(std::atoi(line.c_str() + second + 1));
  }
  return ids;
}

struct Ownership {
  std::string path;
  unsigned user = 0;
  unsigned group = 0;
  int mode = -1;  // -1: as it is
  bool below = false;
};

void own_one(const fs::path& path, const Ownership& wanted) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw_errno("native: " + path.string());
  if (::lchown(path.c_str(), wanted.user, wanted.group) != 0) {
    throw_errno("native: own " + path.string());
  }
  if (wanted.mode < 0 || S_ISLNK(status.st_mode)) return;
  mode_t mode = static_cast<mode_t>(wanted.mode);
  if (wanted.below && S_ISREG(status.st_mode) && !(status.st_mode & 0100)) mode &= ~0111U;
  if (::chmod(path.c_str(), mode) != 0) throw_errno("native: mode of " + path.string());
}

// In every layer that has the path; a path that none has becomes a folder of the base.
void own(const std::vector<fs::path>& layers, const Ownership& wanted) {
  bool found = false;
  for (const fs::path& layer : layers) {
    const fs::path path = layer / wanted.path.substr(1);
    if (!fs::exists(fs::symlink_status(path))) continue;
    found = true;
    own_one(path, wanted);
    if (!wanted.below || !fs::is_directory(fs::symlink_status(path))) continue;
    for (const fs::directory_entry& each : fs::recursive_directory_iterator(path)) {
      own_one(each.path(), wanted);
    }
  }
  if (found) return;
  const fs::path path = kTree / "base" / wanted.path.substr(1);
  fs::create_directories(path);
  own_one(path, wanted);
}

void apply_owners(const fs::path& list, const std::vector<fs::path>& layers) {
  const auto users = read_ids(kTree / "base/etc/passwd"), groups = read_ids(kTree / "base/etc/group");
  std::ifstream stream(list);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string path, who, mode;
    if (!(words >> path)) continue;
    const auto fail = [&](const std::string& why) {
      throw usage_error("sandbox/stack/owners:" + std::to_string(number) + ": " + why);
    };
    if (!(words >> who >> mode) || path[0] != '/') fail("wants PATH USER:GROUP MODE");
    const size_t colon = who.find(':');
    const auto user = users.find(who.substr(0, colon));
    const auto group = groups.find(colon == who.npos ? who : who.substr(colon + 1));
    if (user == users.end() || group == groups.end()) fail(who + ": not in the base's /etc");
    Ownership wanted{path, user->second, group->second, -1, path.ends_with('/')};
    if (mode != "-") {
      size_t used = 0;
      wanted.mode = std::stoi(mode, &used, 8);
      if (used != mode.size()) fail(mode + ": not an octal mode");
    }
    if (wanted.below) wanted.path.pop_back();
    own(layers, wanted);
  }
}

void bring_up_loopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (!socket || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) throw_errno("native: loopback");
}

// What a script of sandbox/stack makes once per machine.
struct Making {
  const char* script;  // of the folder `build`
  const char* role;    // as root of a host of this role
  const char* inside;  // what it leaves in this folder of the host …
  const char* layer;   // … is kept in this layer
  const char* what;
};

constexpr Making kMakings[] = {
    {"build-database", "db", "/var/lib/postgresql", "data", "making the database (once)"},
    {"build-metrics", "mon", "/var/lib/prometheus", "roles/mon", "making yesterday's metrics (once)"},
};

void mount_host(const std::string& role) {
  for (const char* folder : {"/tmp/s", "/tmp/root"}) fs::create_directories(folder);
  if (::mount("tmpfs", "/tmp/s", "tmpfs", MS_NOSUID | MS_NODEV, "size=256m") != 0) {
    throw_errno("native: mount", ErrorKind::kMachine);
  }
  for (const char* folder : {"/tmp/s/u", "/tmp/s/w"}) fs::create_directory(folder);
  const std::string own = fs::exists(kTree / "roles" / role) ? "l/roles/" + role + ":" : "";
  const std::string options = "lowerdir=" + own + "l/base,upperdir=s/u,workdir=s/w,userxattr";
  if (::mount("overlay", "/tmp/root", "overlay", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    throw_errno("native: mount an overlay", ErrorKind::kMachine);
  }
}

void make_once(const Making& making) {
  say(making.what);
  const std::string kept = std::string("l/") + making.layer + making.inside;
  fs::create_directories(fs::path("/tmp") / kept);
  mount_host(making.role);
  const std::string script = std::string("/mnt/") + making.script;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(1, 2);
    ::execlp("bwrap", "bwrap", "--bind", "root", "/", "--ro-bind", "/usr", "/usr", "--bind",
             "root/usr/local", "/usr/local", "--bind", kept.c_str(), making.inside, "--ro-bind",
             "l/build", "/mnt", "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs",
             "/dev/shm", "--tmpfs", "/run", "--perms", "1777", "--tmpfs", "/tmp", "--unshare-pid",
             "--unshare-ipc", "--die-with-parent", "--chdir", "/", "--clearenv", "--setenv", "PATH",
             "/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin", "--setenv", "LANG",
             "C.UTF-8", "--", "/bin/sh", script.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    throw Error(std::string("native: sandbox/stack/") + making.script +
                " failed: see the lines above");
  }
  ::umount2("/tmp/root", MNT_DETACH);
  ::umount2("/tmp/s", MNT_DETACH);
}

}  // namespace

void build_gold(int archive) {
  for (const ArchiveEntry& entry : unpack(read_memory_file(archive))) write_entry(entry);
  make_skeleton(kTree / "base");
  std::vector<fs::path> layers = {kTree / "base"};
  for (const char* kind : {"roles", "hosts"}) {
    if (!fs::exists(kTree / kind)) continue;
    for (const fs::directory_entry& each : fs::directory_iterator(kTree / kind)) {
      layers.push_back(each.path());
    }
  }
  const fs::path build = kTree / "build";
  if (fs::exists(build / "owners")) apply_owners(build / "owners", layers);
  bring_up_loopback();
  for (const Making& making : kMakings) {
    if (fs::exists(build / making.script)) make_once(making);
  }
  for (const fs::path& layer : layers) age(layer);
  fs::remove_all(build);
}

void empty_gold() {
  for (const fs::directory_entry& each : fs::directory_iterator(kTree)) fs::remove_all(each.path());
}

}  // namespace gameday::native
