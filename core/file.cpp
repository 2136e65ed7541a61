#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/fd.hpp"

namespace gameday {

namespace fs = std::filesystem;

namespace {

Error cannot_write(const fs::path& file, const std::string& why) {
  return Error("cannot write " + file.string() + ": " + why);
}

// Where a path leads to, and what is there.
struct Target {
  fs::path path;
  bool is_special = false;     // no ordinary file: it cannot be replaced
  std::optional<mode_t> mode;  // of what is there
};

Target target_of(const fs::path& file) {
  Target target;
  std::error_code error;
  const fs::path resolved = fs::canonical(file, error);
  target.path = error ? file : resolved;
  struct stat found {};
  if (::stat(target.path.c_str(), &found) != 0) return target;
  if (S_ISDIR(found.st_mode)) throw cannot_write(file, "it is a folder");
  // What /dev/stdout leads to is somebody's open file.
  const std::string top = file.lexically_normal().string();
  const bool is_device = top.rfind("/dev/", 0) == 0 || top.rfind("/proc/", 0) == 0;
  target.is_special = is_device || !S_ISREG(found.st_mode);
  if (target.is_special) target.path = file;
  target.mode = found.st_mode & 07777;
  return target;
}

// A new file in the same folder. It is removed unless it was renamed.
struct Beside {
  std::string name;
  UniqueFd fd;
  bool renamed = false;

  explicit Beside(const fs::path& path) {
    static std::atomic<int> serial{0};
    do {
      name = path.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(++serial);
      fd.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    } while (!fd && errno == EEXIST);
    if (!fd) throw Error(std::strerror(errno));
  }
  ~Beside() {
    if (!renamed) ::unlink(name.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  void become(const Target& target) {
    const bool moded = !target.mode || ::fchmod(fd.get(), *target.mode) == 0;
    renamed = moded && ::close(fd.release()) == 0 &&
              ::rename(name.c_str(), target.path.c_str()) == 0;
    if (!renamed) throw Error(std::strerror(errno));
  }
};

UniqueFd open_special(const Target& target) {
  UniqueFd fd(::open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) throw Error(std::strerror(errno));
  return fd;
}

}  // namespace

void write_file(const fs::path& file, std::string_view content) {
  const Target target = target_of(file);
  try {
    if (target.is_special) {
      write_all(open_special(target).get(), content);
      return;
    }
    Beside beside(target.path);
    write_all(beside.fd.get(), content);
    beside.become(target);
  } catch (const Error& error) {
    throw cannot_write(file, error.what());
  }
}

void check_can_write(const fs::path& file) {
  try {
    const Target target = target_of(file);
    const bool refused = target.is_special && ::access(target.path.c_str(), W_OK) != 0;
    if (refused) throw Error(std::strerror(errno));
    if (!target.is_special) Beside beside(target.path);
  } catch (const Error& error) {
    const std::string why = error.what();
    throw usage_error(why.rfind("cannot write", 0) == 0 ? why
                                                        : cannot_write(file, why).what());
  }
}

void append_whole(int fd, std::string_view bytes) {
  struct stat before {};
  const bool known = ::fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
  try {
    write_all(fd, bytes);
  } catch (const Error&) {
    if (known && ::ftruncate(fd, before.st_size) != 0) throw_errno("cut back");
    throw;
  }
}

}  // namespace gameday
