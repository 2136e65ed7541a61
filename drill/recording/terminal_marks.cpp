#include "drill/recording/terminal_marks.hpp"

#include <algorithm>
#include <charconv>

namespace gameday {
namespace {

constexpr char kEsc = '\x1b';
constexpr char kBel = '\a';
// Longer sequences (pictures) are handed on in pieces; they carry no marks.
constexpr size_t kLongestSequence = 64 * 1024;
constexpr size_t kLongestServer = 255;

// The bytes of the sequence at the start of `bytes`, which begins with ESC; 0: not complete yet.
size_t csi_length(std::string_view bytes) {
  for (size_t i = 2; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x40 && c <= 0x7e) return i + 1;
    if (c < 0x20 || c > 0x7e) return i;  // broken off: what follows is a new token
  }
  return 0;
}

size_t string_length(std::string_view bytes) {
  for (size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] == kBel) return i + 1;
    if (bytes[i] == '\x18' || bytes[i] == '\x1a') return i + 1;  // CAN, SUB
    if (bytes[i] == kEsc) {
      if (i + 1 == bytes.size()) return 0;
      return bytes[i + 1] == '\\' ? i + 2 : i;
    }
  }
  return 0;
}

size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const char second = bytes[1];
  if (second == '[') return csi_length(bytes);
  if (second == ']' || second == 'P' || second == 'X' || second == '^' || second == '_') {
    return string_length(bytes);
  }
  size_t at = 1;
  while (at < bytes.size() && bytes[at] >= 0x20 && bytes[at] <= 0x2f) ++at;
  return at < bytes.size() ? at + (bytes[at] == kEsc ? 0 : 1) : 0;
}

// How many bytes at the end of `text` are the beginning of a character that is not complete.
size_t cut_character(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto c = static_cast<unsigned char>(text[text.size() - back]);
    if ((c & 0xc0) == 0x80) continue;
    const size_t wanted = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return c < 0xf8 && wanted > back ? back : 0;
  }
  return 0;
}

TerminalToken sequence_token(std::string_view raw) {
  TerminalToken token{TerminalToken::kOther, raw, {}};
  if (raw.size() < 3) return token;
  if (raw[1] == '[') {
    token.kind = TerminalToken::kCsi;
    token.body = raw.substr(2);
  } else if (raw[1] == ']') {
    token.kind = TerminalToken::kOsc;
    token.body = raw.substr(2);
    if (token.body.ends_with("\x1b\\")) token.body.remove_suffix(2);
    else if (token.body.ends_with('\a')) token.body.remove_suffix(1);
  }
  return token;
}

std::string decode_command_line(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      unsigned value = 0;
      const char* hex = text.data() + i + 2;
      if (text[i + 1] == 'x' && i + 3 < text.size() &&
          std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2) {
        decoded += static_cast<char>(value);
        i += 3;
        continue;
      }
      decoded += text[++i];
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// Takes the part up to the next ';' off the front.
std::string_view take_field(std::string_view& rest) {
  const size_t end = rest.find(';');
  const std::string_view field = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return field;
}

// Some languages write a comma before the fraction.
std::optional<double> wall_time(std::string_view text) {
  std::string number(text.substr(0, 30));
  std::replace(number.begin(), number.end(), ',', '.');
  double seconds = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) return std::nullopt;
  return seconds;
}

std::optional<Mark> prompt_mark(std::string_view rest) {
  const std::string_view letter = take_field(rest);
  Mark mark;
  if (letter == "A") mark.kind = Mark::kPromptStart;
  else if (letter == "B") mark.kind = Mark::kInputStart;
  else if (letter == "C") mark.kind = Mark::kOutputStart;
  else if (letter == "D") mark.kind = Mark::kFinished;
  else return std::nullopt;
  while (!rest.empty()) {
    const std::string_view field = take_field(rest);
    int status = 0;
    const auto parsed = std::from_chars(field.data(), field.data() + field.size(), status);
    if (field.starts_with("aid=")) mark.aid = field.substr(4);
    else if (field.starts_with("server=")) mark.server = field.substr(7, kLongestServer);
    else if (field.starts_with("at=")) mark.wall = wall_time(field.substr(3));
    else if (field == "k=s") mark.continuation = true;
    else if (!field.empty() && parsed.ptr == field.data() + field.size()) mark.status = status;
  }
  return mark;
}

}  // namespace

std::optional<Mark> parse_mark(std::string_view osc_body) {
  std::string_view rest = osc_body;
  const std::string_view number = take_field(rest);
  if (number == "133") return prompt_mark(rest);
  if (number != "633") return std::nullopt;
  const std::string_view letter = take_field(rest);
  Mark mark;
  if (letter == "E") {
    mark.kind = Mark::kCommandLine;
    mark.text = decode_command_line(take_field(rest));
    return mark;
  }
  if (letter == "P") {
    mark.kind = Mark::kProperty;
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    mark.text = rest.substr(0, equals);
    mark.value = rest.substr(equals + 1);
    return mark;
  }
  return std::nullopt;
}

void TerminalScanner::feed(std::string_view bytes, const Sink& sink) {
  pending_ += bytes;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    if (rest[0] != kEsc) {
      const size_t escape = rest.find(kEsc);
      std::string_view text = rest.substr(0, escape);
      if (escape == std::string_view::npos) text.remove_suffix(cut_character(text));
      if (text.empty()) break;
      sink(TerminalToken{TerminalToken::kText, text, {}});
      rest.remove_prefix(text.size());
      continue;
    }
    size_t length = sequence_length(rest);
    const bool too_long = length == 0 && rest.size() > kLongestSequence;
    if (too_long) length = rest.size();
    if (length == 0) break;
    const std::string_view raw = rest.substr(0, length);
    sink(too_long ? TerminalToken{TerminalToken::kOther, raw, {}} : sequence_token(raw));
    rest.remove_prefix(length);
  }
  pending_ = std::string(rest);
}

void TerminalScanner::finish(const Sink& sink) {
  if (!pending_.empty()) {
    const TerminalToken::Kind kind =
        pending_[0] == kEsc ? TerminalToken::kOther : TerminalToken::kText;
    sink(TerminalToken{kind, pending_, {}});
  }
  pending_.clear();
}

}  // namespace gameday
