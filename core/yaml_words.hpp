// What yaml-cpp says of a broken file, in words that help whoever wrote it.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

// `said` is the parser's own message, `line` the number (from 0) of the line of `text` where it gave
// up.
std::string yaml_words(const std::string& said, std::string_view text, int line);

}  // namespace gameday
