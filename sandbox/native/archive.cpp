#include "sandbox/native/archive.hpp"

#include <cstdint>
#include <cstring>

#include "core/error.hpp"

namespace gameday::native {
namespace {

void append_number(std::string& bytes, uint64_t number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  bytes.append(raw, sizeof raw);
}

uint64_t take_number(std::string_view& bytes) {
  uint64_t number = 0;
  if (bytes.size() < sizeof number) throw Error("native: the gold tree's archive is cut off");
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::string_view take_bytes(std::string_view& bytes) {
  const uint64_t size = take_number(bytes);
  if (bytes.size() < size) throw Error("native: the gold tree's archive is cut off");
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

}  // namespace

std::string pack(const std::vector<ArchiveEntry>& entries) {
  std::string bytes;
  for (const ArchiveEntry& entry : entries) {
    bytes.push_back(static_cast<char>(entry.type));
    append_number(bytes, static_cast<uint64_t>(entry.mode));
    append_number(bytes, entry.path.size());
    bytes += entry.path;
    append_number(bytes, entry.content.size());
    bytes += entry.content;
  }
  return bytes;
}

std::vector<ArchiveEntry> unpack(std::string_view archive) {
  std::vector<ArchiveEntry> entries;
  while (!archive.empty()) {
    ArchiveEntry entry;
    entry.type = static_cast<ArchiveEntry::Type>(archive[0]);
    archive.remove_prefix(1);
    entry.mode = static_cast<int>(take_number(archive));
    entry.path = take_bytes(archive);
    entry.content = take_bytes(archive);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace gameday::native
