#include "core/text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace gameday::text {

namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

// The bytes of the first `width` characters.
size_t prefix_bytes(std::string_view text, size_t width) {
  size_t at = 0, seen = 0;
  while (at < text.size()) {
    if (begins_character(text[at]) && seen++ == width) break;
    ++at;
  }
  return at;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  width = std::max<size_t>(width, 1);
  size_t from = 0;
  while (from < text.size()) {
    const size_t end = std::min(text.find(' ', from), text.size());
    std::string_view word = text.substr(from, end - from);
    from = end + 1;
    while (!word.empty()) {
      std::string& line = lines.back();
      const size_t used = width_of(line);
      const size_t needed = width_of(word) + (line.empty() ? 0 : 1);
      if (used + needed <= width) {
        line += (line.empty() ? "" : " ") + std::string(word);
        break;
      }
      if (!line.empty()) {
        lines.emplace_back();
        continue;
      }
      const size_t bytes = prefix_bytes(word, width);
      line = word.substr(0, bytes);
      word.remove_prefix(bytes);
      if (!word.empty()) lines.emplace_back();
    }
  }
  return lines;
}

std::string pad(std::string_view text, size_t width) {
  std::string padded(text);
  const size_t used = width_of(text);
  if (used < width) padded.append(width - used, ' ');
  return padded;
}

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string since(double at_seconds, double start_seconds) {
  double passed = at_seconds - start_seconds;
  if (passed > -0.05 && passed < 0) passed = 0;
  return (passed < 0 ? "" : "+") + fixed(passed, 1) + " s";
}

std::string one_line(std::string_view text, size_t limit) {
  std::string line;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool control = byte < 0x20 || byte == 0x7f;
    if (control && (line.empty() || line.back() == ' ')) continue;
    line += control ? ' ' : character;
  }
  while (line.ends_with(' ')) line.pop_back();
  if (line.size() <= limit) return line;
  size_t cut = limit;
  while (cut > 0 && !begins_character(line[cut])) --cut;
  return line.substr(0, cut) + " ...";
}

std::string row(const std::string& text, size_t columns) {
  std::string line;
  size_t used = 0, before_last = 0;  // characters so far; bytes before the last that may stand
  for (const char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if ((c & 0xc0) != 0x80) {
      if (used == columns) return line.substr(0, before_last) + "…";
      if (++used == columns) before_last = line.size();
    }
    line += c < 0x20 || c == 0x7f ? ' ' : byte;
  }
  return line;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) text.append(i > 0 ? between : "") += words[i];
  return text;
}

std::string escaped(std::string_view text, size_t limit) {
  const std::string line = one_line(text, limit);
  const auto is_word = [&line](size_t at) {
    return at < line.size() && std::isalnum(static_cast<unsigned char>(line[at])) != 0;
  };
  std::string safe;
  for (size_t at = 0; at < line.size(); ++at) {
    // Inside a word an underscore is no markup: names stay as people type them.
    const bool in_word = line[at] == '_' && at > 0 && is_word(at - 1) && is_word(at + 1);
    const bool is_markup = std::string_view("\\`*_[]<>|#&~").find(line[at]) != std::string_view::npos;
    if (is_markup && !in_word) safe += '\\';
    safe += line[at];
  }
  return safe;
}

std::string code(std::string_view text, size_t limit) {
  const std::string line = one_line(text, limit);
  // A fence longer than any run of backticks inside.
  size_t longest = 0, run = 0;
  for (const char character : line) {
    run = character == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return line.empty() ? "" : fence + (longest ? " " : "") + line + (longest ? " " : "") + fence;
}

std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<size_t>& widths) {
  std::string drawn;
  for (size_t row = 0; row < rows.size(); ++row) {
    std::vector<std::vector<std::string>> cells;
    size_t height = 0;
    for (size_t column = 0; column < widths.size(); ++column) {
      cells.push_back(wrap(rows[row][column], widths[column]));
      height = std::max(height, cells.back().size());
    }
    for (size_t line = 0; line < height; ++line) {
      std::string text;
      for (size_t column = 0; column < widths.size(); ++column) {
        const std::string cell = line < cells[column].size() ? cells[column][line] : "";
        text += (column ? "  " : "") + pad(cell, widths[column]);
      }
      while (text.ends_with(' ')) text.pop_back();
      drawn += text + "\n";
    }
    if (row > 0) continue;
    for (size_t column = 0; column < widths.size(); ++column) {
      drawn += (column ? "  " : "") + std::string(widths[column], '-');
    }
    drawn += "\n";
  }
  return drawn;
}

}  // namespace gameday::text
