// What the gold tree is made of, gathered outside the stack's user namespace (where files of any
// mode and folder can be read) and handed in as one archive.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/native/archive.hpp"
#include "sandbox/native/identity.hpp"

namespace gameday::native {

// One of our own executables, and where it goes in the tree.
struct Executable {
  std::filesystem::path source;
  std::string path;
};

struct GoldInputs {
  std::vector<ArchiveEntry> entries;  // without the executables
  std::vector<Executable> executables;
  std::string key;  // changes when anything that goes into the tree changes
};

// Reads `root`/sandbox/stack: its trees roles/<role> and hosts/<host>, and its plain files. Throws a
// usage Error when the trees or an executable are missing.
GoldInputs read_gold_inputs(const std::filesystem::path& root,
                            const std::filesystem::path& executables, const Identity& identity);

// The executables as archive entries, without symbols: those would name our own code.
std::vector<ArchiveEntry> read_executables(const GoldInputs& inputs);

}  // namespace gameday::native
