#include "core/yaml_words.hpp"

namespace gameday {

namespace {

bool tab_in_indentation(std::string_view text, int number) {
  size_t begin = 0;
  for (; number > 0 && begin != std::string_view::npos; --number) {
    const size_t end = text.find('\n', begin);
    begin = end == std::string_view::npos ? end : end + 1;
  }
  if (begin == std::string_view::npos) return false;
  const size_t first = text.find_first_not_of(' ', begin);
  return first != std::string_view::npos && text[first] == '\t';
}

}  // namespace

std::string yaml_words(const std::string& said, std::string_view text, int line) {
  if (tab_in_indentation(text, line)) return "a tab in the indentation: use blanks";
  if (said == "illegal document indicator in scalar") return "a quoted text is not closed";
  if (said.starts_with("end of ") && said.ends_with(" flow not found")) {
    return "a `{` or `[` is not closed, or a text with a comma or `: ` in it wants quotes";
  }
  if (said.starts_with("end of ")) return "the indentation is none of those above it";
  if (said.starts_with("illegal ")) {
    return "no key or item can stand here: is the indentation right, or does a text with `: ` in "
           "it want quotes?";
  }
  return said;
}

}  // namespace gameday
