// Text that others wrote, as UTF-8 that JSON and a terminal can bear. Pure.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

// Bytes that are no UTF-8 become U+FFFD; so do NUL and the other control characters except tab and
// newline.
std::string valid_utf8(std::string_view bytes);

// Takes one character from the front of `bytes`, which must not be empty. A byte that begins
// none counts as one U+FFFD.
char32_t take_character(std::string_view& bytes);

void append_utf8(std::string& text, char32_t c);

}  // namespace gameday
