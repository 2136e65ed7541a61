// Files that come whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace gameday {

// Replaces or makes a file at once: written beside it, then renamed. A link is followed, an existing
// file keeps its mode, and what is no ordinary file (a terminal, /dev/stdout, a pipe) is written to
// as it stands. Throws Error "cannot write FILE: why"; nothing half-written is left behind.
void write_file(const std::filesystem::path& file, std::string_view content);

// Throws a usage Error when write_file would fail now: asked for before what is long.
void check_can_write(const std::filesystem::path& file);

// Appends all of `bytes` to an ordinary file, or nothing: cuts it back to what it was when the disk
// refuses, and throws Error.
void append_whole(int fd, std::string_view bytes);

}  // namespace gameday
