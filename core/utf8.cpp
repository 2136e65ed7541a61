#include "core/utf8.hpp"

namespace gameday {

namespace {

constexpr char32_t kReplacement = 0xfffd;

}  // namespace

char32_t take_character(std::string_view& bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  size_t length = 1;
  char32_t value = first;
  if (first >= 0x80) {
    length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (first >= 0xf5 || length > bytes.size()) length = 0;
    value = length == 4 ? first & 0x07 : length == 3 ? first & 0x0f : first & 0x1f;
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xc0) != 0x80) {
        length = 0;
        break;
      }
      value = value << 6 | (next & 0x3f);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (length == 0 || overlong || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
      bytes.remove_prefix(1);
      return kReplacement;
    }
  }
  bytes.remove_prefix(length);
  return value;
}

void append_utf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const char32_t c = take_character(bytes);
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    append_utf8(text, control ? kReplacement : c);
  }
  return text;
}

}  // namespace gameday
