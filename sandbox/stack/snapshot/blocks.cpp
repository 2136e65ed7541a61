#include "sandbox/stack/snapshot/blocks.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"

namespace gameday::snapshot {

namespace {

namespace fs = std::filesystem;

constexpr uint32_t kIndexMagic = 0xbaaad700, kChunksMagic = 0x85bd40dd;
constexpr size_t kTocBytes = 52;
constexpr unsigned char kXorEncoding = 1;

Error not_a_block(const char* what) {
  return Error(std::string("snapshot: a block's ") + what + " is not as expected");
}

// CRC-32C, as everywhere in these files.
uint32_t checksum(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? (value >> 1) ^ 0x82f63b78u : value >> 1;
      made[i] = value;
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

// A place in the bytes of a file, read forward.
class Reader {
 public:
  Reader(std::string& bytes, size_t at, size_t end) : bytes_(bytes), at_(at), end_(end) {}

  size_t at() const { return at_; }
  bool ended() const { return at_ >= end_; }
  void skip(size_t count) { at_ += count; }
  unsigned char byte() {
    if (at_ >= end_) throw not_a_block("length");
    return static_cast<unsigned char>(bytes_[at_++]);
  }
  uint64_t fixed(int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | byte();
    return value;
  }
  uint64_t unsigned_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const unsigned char part = byte();
      value |= static_cast<uint64_t>(part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    throw not_a_block("number");
  }
  // Adds to the signed number that stands here, which must keep its length.
  void move_varint(int64_t by) {
    const size_t from = at_;
    const uint64_t coded = unsigned_varint();
    const int64_t value =
        static_cast<int64_t>(coded >> 1) ^ -static_cast<int64_t>(coded & 1);
    const int64_t moved = value + by;
    uint64_t rest = (static_cast<uint64_t>(moved) << 1) ^ static_cast<uint64_t>(moved >> 63);
    for (size_t place = from; place < at_; ++place) {
      const bool last = place + 1 == at_;
      bytes_[place] = static_cast<char>((rest & 0x7f) | (last ? 0 : 0x80));
      rest >>= 7;
    }
    if (rest != 0) throw not_a_block("time");
  }
  void write_checksum(size_t from, size_t to) {
    const uint32_t crc = checksum(std::string_view(bytes_).substr(from, to - from));
    for (int i = 0; i < 4; ++i) bytes_[to + i] = static_cast<char>(crc >> (24 - 8 * i));
  }

 private:
  std::string& bytes_;
  size_t at_, end_;
};

std::string read_whole(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  if (!input) throw Error("snapshot: cannot read " + file.string());
  return {std::istreambuf_iterator<char>(input), {}};
}

void write_whole(const fs::path& file, const std::string& bytes) {
  std::ofstream output(file, std::ios::binary | std::ios::trunc);
  output.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!output.flush()) throw Error("snapshot: cannot write " + file.string());
}

void give_to_owner_of(const fs::path& model, const fs::path& tree) {
  struct stat owner {};
  if (::stat(model.c_str(), &owner) != 0) throw Error("snapshot: cannot see " + model.string());
  std::vector<fs::path> all{tree};
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(tree)) {
    all.push_back(each.path());
  }
  for (const fs::path& each : all) {
    if (::chown(each.c_str(), owner.st_uid, owner.st_gid) != 0) {
      throw Error("snapshot: cannot give away " + each.string());
    }
  }
}

int64_t number_at(const json::value& document, const char* key) {
  const json::value* found = find_path(document, {key});
  if (!found || !found->is_number()) throw not_a_block("meta.json");
  return found->to_number<int64_t>();
}

}  // namespace

std::string move_index(std::string bytes, int64_t by_ms) {
  if (bytes.size() < kTocBytes + 5) throw not_a_block("index");
  Reader start(bytes, 0, 5), toc(bytes, bytes.size() - kTocBytes, bytes.size());
  if (start.fixed(4) != kIndexMagic || start.byte() != 2) throw not_a_block("index");
  toc.fixed(8);  // symbols
  const uint64_t series = toc.fixed(8), series_end = toc.fixed(8);
  if (series > series_end || series_end > bytes.size()) throw not_a_block("index");
  Reader reader(bytes, series, series_end);
  for (;;) {
    reader.skip((16 - reader.at() % 16) % 16);
    if (reader.ended()) return bytes;
    const uint64_t length = reader.unsigned_varint();
    const size_t body = reader.at();
    if (length == 0) throw not_a_block("series");
    if (body + length + 4 > series_end) throw not_a_block("series");
    for (uint64_t label = reader.unsigned_varint(); label > 0; --label) {
      reader.unsigned_varint();
      reader.unsigned_varint();
    }
    if (reader.unsigned_varint() > 0) reader.move_varint(by_ms);
    reader.write_checksum(body, body + length);
    reader.skip(body + length + 4 - reader.at());
  }
}

std::string move_chunks(std::string bytes, int64_t by_ms) {
  Reader reader(bytes, 0, bytes.size());
  if (reader.fixed(4) != kChunksMagic || reader.byte() != 1) throw not_a_block("chunk file");
  reader.skip(3);
  while (!reader.ended()) {
    const uint64_t length = reader.unsigned_varint();
    const size_t body = reader.at();
    if (reader.byte() != kXorEncoding) throw not_a_block("chunk");
    const size_t end = body + 1 + length;
    if (end + 4 > bytes.size()) throw not_a_block("chunk");
    if (reader.fixed(2) > 0) reader.move_varint(by_ms);
    reader.write_checksum(body, end);
    reader.skip(end + 4 - reader.at());
  }
  return bytes;
}

int64_t block_end_ms(const std::string& json_text) {
  return number_at(parse_json(json_text, "snapshot: meta.json"), "maxTime");
}

std::string move_meta(const std::string& json_text, int64_t by_ms) {
  json::value document = parse_json(json_text, "snapshot: meta.json");
  json::object& meta = document.as_object();
  for (const char* key : {"minTime", "maxTime"}) meta[key] = number_at(document, key) + by_ms;
  return pretty(document);
}

void move_storage(const fs::path& from, const fs::path& to, int64_t end_ms) {
  std::vector<fs::path> blocks;
  int64_t newest = 0;
  for (const fs::directory_entry& each : fs::directory_iterator(from)) {
    if (!fs::exists(each.path() / "meta.json")) continue;
    blocks.push_back(each.path());
    newest = std::max(newest, block_end_ms(read_whole(each.path() / "meta.json")));
  }
  const int64_t by_ms = end_ms - newest;
  for (const fs::path& block : blocks) {
    const fs::path moved = to / block.filename();
    fs::create_directories(moved / "chunks");
    write_whole(moved / "index", move_index(read_whole(block / "index"), by_ms));
    for (const fs::directory_entry& each : fs::directory_iterator(block / "chunks")) {
      write_whole(moved / "chunks" / each.path().filename(),
                  move_chunks(read_whole(each.path()), by_ms));
    }
    write_whole(moved / "tombstones", read_whole(block / "tombstones"));
    write_whole(moved / "meta.json", move_meta(read_whole(block / "meta.json"), by_ms));
    give_to_owner_of(from, moved);
  }
}

}  // namespace gameday::snapshot
