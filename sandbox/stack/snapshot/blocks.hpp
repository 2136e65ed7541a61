// Moves a block of Prometheus's storage in time. Only absolute times are written anew: the first
// time of each series in the index, the first of each chunk, and the block's range; all others are
// distances from those. Sizes stay as they are, because such times are of the same length until the
// year 2039.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace gameday::snapshot {

// The moved bytes. Throw Error when they are not what Prometheus 2 writes.
std::string move_index(std::string bytes, int64_t by_ms);
std::string move_chunks(std::string bytes, int64_t by_ms);
std::string move_meta(const std::string& json_text, int64_t by_ms);

// The end of a block in milliseconds, as its meta.json says.
int64_t block_end_ms(const std::string& json_text);

// Moves every block of the folder `from` to the folder `to`, which may be the same, and in time so
// that the newest ends at `end_ms`; what is new in `to` gets the owner of `from`. Throws Error.
void move_storage(const std::filesystem::path& from, const std::filesystem::path& to,
                  int64_t end_ms);

}  // namespace gameday::snapshot
