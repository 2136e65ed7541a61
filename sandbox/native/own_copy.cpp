#include "sandbox/native/own_copy.hpp"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "core/error.hpp"
#include "core/fd.hpp"

extern char** environ;

namespace gameday::native {

void leave_own_file(const char* name, char** argv) {
  char path[64] = {};
  if (::readlink("/proc/self/exe", path, sizeof path - 1) < 0) throw_errno("native: own file");
  if (std::string_view(path).starts_with("/memfd:")) return;
#ifndef MFD_EXEC
  constexpr unsigned MFD_EXEC = 0x10;
#endif
  const UniqueFd own(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd copy(::memfd_create(name, kFlags | MFD_EXEC));
  if (!copy) copy.reset(::memfd_create(name, kFlags));  // a kernel before 6.3
  struct stat status {};
  if (!own || !copy || ::fstat(own.get(), &status) != 0) throw_errno("native: copy own file");
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t sent = ::sendfile(copy.get(), own.get(), nullptr, static_cast<size_t>(left));
    if (sent <= 0) throw_errno("native: copy own file");
    left -= sent;
  }
  ::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  ::fexecve(copy.get(), argv, environ);
  throw_errno("native: run own copy");
}

}  // namespace gameday::native
