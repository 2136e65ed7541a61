// A name for a text that is short enough for people to compare.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

// 12 hexadecimal digits over the text (FNV-1a): tells two plans apart, promises nothing against
// forgery.
std::string short_hash(std::string_view text);

}  // namespace gameday
