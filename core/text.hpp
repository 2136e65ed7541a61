// Laying out plain text for a terminal and for Markdown. UTF-8 in, UTF-8 out; widths in characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gameday::text {

// Breaks at blanks; a longer word is cut. At least one line.
std::vector<std::string> wrap(std::string_view text, size_t width);
// Filled with blanks on the right.
std::string pad(std::string_view text, size_t width);
// "12.3"; "-" is a minus sign of ASCII.
std::string fixed(double value, int digits);
// 15, 2.5: without zeroes that say nothing.
std::string plain(double value);
// "+12.3 s" from a start.
std::string since(double at_seconds, double start_seconds);
// One line without control characters, at most `limit` bytes.
std::string one_line(std::string_view text, size_t limit);
// One line of plain text: line ends and control characters become blanks, the rest is cut with "…".
std::string row(const std::string& text, size_t columns);
// The words, with `between` between two of them.
std::string joined(const std::vector<std::string>& words, std::string_view between);
// As prose in Markdown: nothing in it is markup.
std::string escaped(std::string_view text, size_t limit = 400);
// As a code span in Markdown.
std::string code(std::string_view text, size_t limit = 300);

// Rows of cells in columns of fixed widths, cells wrapped, a rule under the first row.
std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<size_t>& widths);

}  // namespace gameday::text
