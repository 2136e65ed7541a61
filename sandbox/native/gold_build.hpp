// The part of the gold tree that must be made by the stack's own root: files owned by the stack's
// users, the database, and yesterday's metrics.
#pragma once

namespace gameday::native {

// Unpacks the archive (archive.hpp) in `archive` into the tree bound to `l`, gives each file its
// owner and mode, and runs the scripts that make the database and the metrics when they are there.
// Prints a line per step on standard output. Throws Error.
void build_gold(int archive);

// Deletes all that is in the tree bound to `l`.
void empty_gold();

}  // namespace gameday::native
