// Reads HTTP/1.1 answers from a byte stream, as little of them as a load generator must know:
// status, where the body ends, and whether the connection may be used again (RFC 9112).
//
// One parser per connection; reset() before each answer. Bodies are counted, not kept, unless
// asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gameday {

class AnswerParser {
 public:
  // `keep_body`: up to 64 KiB of the body are kept.
  void reset(bool keep_body);

  enum class State { kMore, kComplete, kBroken };
  // Takes the next bytes. Bytes after a complete answer are dropped and forbid reuse.
  State feed(std::string_view bytes);
  // The peer closed the connection: completes an answer whose length was not announced.
  State end_of_stream();

  int status() const { return status_; }
  bool reusable() const { return reusable_; }
  // Nothing of the answer has arrived yet.
  bool untouched() const { return part_ == Part::kHead && held_.empty() && status_ == 0; }
  const std::string& body() const { return body_; }

 private:
  enum class Part { kHead, kLength, kUntilClose, kChunkSize, kChunk, kTrailer, kComplete };

  State parse_head(std::string_view& bytes);
  bool parse_fields(std::string_view head);
  bool parse_field(std::string_view name, std::string_view value);
  bool take_line(std::string_view& bytes, std::string_view& line);
  bool parse_chunk_size(std::string_view line);
  void take_body(std::string_view& bytes);

  Part part_ = Part::kHead;
  int status_ = 0;
  bool reusable_ = true;
  bool keep_body_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  uint64_t left_ = 0;   // of the body or the chunk (with its line end)
  std::string held_;    // a head or line that came in pieces
  std::string body_;
};

}  // namespace gameday
