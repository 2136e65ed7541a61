#include "workload/answer.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace gameday {

namespace {

constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr size_t kMaxKeptBodyBytes = 64 * 1024;
constexpr size_t kMaxHeadLineBytes = 256;

bool same(std::string_view left, std::string_view right) {
  return left.size() == right.size() && strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

void AnswerParser::reset(bool keep_body) {
  part_ = Part::kHead;
  status_ = 0;
  reusable_ = true;
  keep_body_ = keep_body;
  chunked_ = has_length_ = false;
  left_ = 0;
  held_.clear();
  body_.clear();
}

AnswerParser::State AnswerParser::feed(std::string_view bytes) {
  while (!bytes.empty() && part_ != Part::kComplete) {
    std::string_view line;
    switch (part_) {
      case Part::kHead:
        if (parse_head(bytes) == State::kBroken) return State::kBroken;
        break;
      case Part::kLength:
      case Part::kUntilClose:
      case Part::kChunk:
        take_body(bytes);
        break;
      case Part::kChunkSize:
        if (take_line(bytes, line) && !parse_chunk_size(line)) return State::kBroken;
        if (held_.size() > kMaxHeadLineBytes) return State::kBroken;
        break;
      case Part::kTrailer:
        if (take_line(bytes, line) && trimmed(line).empty()) part_ = Part::kComplete;
        if (held_.size() > kMaxHeadBytes) return State::kBroken;
        break;
      case Part::kComplete:
        break;
    }
    // take_line hands out a view of held_, so it is emptied only after the line was used.
    if (line.data() != nullptr) held_.clear();
  }
  if (!bytes.empty()) reusable_ = false;
  return part_ == Part::kComplete ? State::kComplete : State::kMore;
}

AnswerParser::State AnswerParser::end_of_stream() {
  reusable_ = false;
  if (part_ == Part::kUntilClose) part_ = Part::kComplete;
  return part_ == Part::kComplete ? State::kComplete : State::kBroken;
}

AnswerParser::State AnswerParser::parse_head(std::string_view& bytes) {
  // The usual head comes in one piece and is read where it lies.
  size_t end = held_.empty() ? bytes.find("\r\n\r\n") : std::string_view::npos;
  if (end != std::string_view::npos) {
    const std::string_view head = bytes.substr(0, end);
    bytes.remove_prefix(end + 4);
    return parse_fields(head) ? State::kMore : State::kBroken;
  }
  const size_t before = held_.size();
  held_.append(bytes);
  end = held_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    bytes = {};
    return held_.size() > kMaxHeadBytes ? State::kBroken : State::kMore;
  }
  bytes.remove_prefix(end + 4 - before);
  const std::string head = held_.substr(0, end);
  held_.clear();
  return parse_fields(head) ? State::kMore : State::kBroken;
}

// Status line and fields; decides how the body ends (RFC 9112, section 6.3).
bool AnswerParser::parse_fields(std::string_view head) {
  if (head.size() < 12 || head.substr(0, 7) != "HTTP/1.") return false;
  reusable_ = head[7] == '1';
  const auto parsed = std::from_chars(head.data() + 9, head.data() + 12, status_);
  if (parsed.ptr != head.data() + 12 || status_ < 100 || status_ > 599) return false;
  for (size_t at = head.find('\n'); at != std::string_view::npos;) {
    const size_t next = head.find('\n', at + 1);
    const std::string_view line = head.substr(at + 1, next == std::string_view::npos
                                                          ? std::string_view::npos
                                                          : next - at - 1);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    if (!parse_field(line.substr(0, colon), trimmed(line.substr(colon + 1)))) return false;
    at = next;
  }
  if (status_ < 200) {  // an interim answer: the real one follows
    status_ = 0;
    return true;
  }
  if (status_ == 204 || status_ == 304) {
    part_ = Part::kComplete;
  } else if (chunked_) {
    part_ = Part::kChunkSize;
  } else if (has_length_) {
    part_ = left_ == 0 ? Part::kComplete : Part::kLength;
  } else {
    part_ = Part::kUntilClose;
    reusable_ = false;
  }
  return true;
}

bool AnswerParser::parse_field(std::string_view name, std::string_view value) {
  // Three names matter; their first letters and lengths turn nearly all others away.
  if (name.size() == 14 && same(name, "content-length")) {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), left_);
    has_length_ = parsed.ec == std::errc() && parsed.ptr == value.data() + value.size();
    return has_length_;
  }
  if (name.size() == 17 && same(name, "transfer-encoding")) {
    chunked_ = same(value, "chunked");
    return chunked_;
  }
  if (name.size() == 10 && same(name, "connection") && same(value, "close")) reusable_ = false;
  return true;
}

// A line up to "\n", whole or joined with what was held. False: it has not ended yet.
bool AnswerParser::take_line(std::string_view& bytes, std::string_view& line) {
  const size_t end = bytes.find('\n');
  held_.append(bytes.substr(0, end));
  if (end == std::string_view::npos) {
    bytes = {};
    return false;
  }
  bytes.remove_prefix(end + 1);
  line = held_;
  return true;
}

bool AnswerParser::parse_chunk_size(std::string_view line) {
  const std::string_view digits = trimmed(line.substr(0, line.find(';')));
  uint64_t size = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || parsed.ptr != digits.data() + digits.size() || size > (1ULL << 40)) {
    return false;
  }
  left_ = size + 2;  // the chunk is followed by a line end
  part_ = size == 0 ? Part::kTrailer : Part::kChunk;
  return parsed.ec == std::errc();
}

void AnswerParser::take_body(std::string_view& bytes) {
  const size_t count =
      part_ == Part::kUntilClose ? bytes.size() : std::min<uint64_t>(bytes.size(), left_);
  if (keep_body_) {
    const size_t room = kMaxKeptBodyBytes - std::min(kMaxKeptBodyBytes, body_.size());
    body_.append(bytes.substr(0, std::min(count, room)));
  }
  bytes.remove_prefix(count);
  if (part_ == Part::kUntilClose) return;
  left_ -= count;
  if (left_ == 0) part_ = part_ == Part::kChunk ? Part::kChunkSize : Part::kComplete;
}

}  // namespace gameday
