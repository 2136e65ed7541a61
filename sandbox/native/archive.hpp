// Files as one run of bytes: how what is read outside the stack's user namespace gets inside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gameday::native {

struct ArchiveEntry {
  enum class Type : char { kFolder = 'd', kFile = 'f', kLink = 'l' };
  std::string path;  // below the gold tree: "base/etc/passwd", "roles/web/…", "build/seed.sql"
  Type type = Type::kFile;
  int mode = 0644;
  std::string content;  // of a file; the target of a link
};

std::string pack(const std::vector<ArchiveEntry>& entries);
// Throws Error when it is not an archive.
std::vector<ArchiveEntry> unpack(std::string_view archive);

}  // namespace gameday::native
