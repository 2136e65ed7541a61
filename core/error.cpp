#include "core/error.hpp"

#include <cerrno>
#include <cstring>

namespace gameday {

void throw_errno(std::string_view what, ErrorKind kind) {
  const int error = errno;
  throw Error(std::string(what) + ": " + std::strerror(error), kind);
}

}  // namespace gameday
