#include "sandbox/stack/storefront/log.hpp"

#include <unistd.h>

namespace gameday::storefront {
namespace {

void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && value.find_first_of(" \"=\\\n\t\r") == std::string_view::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  line += '"';
}

}  // namespace

void log(Level level, std::string_view message, std::initializer_list<LogField> fields) {
  static constexpr std::string_view kNames[] = {"info", "warning", "error"};
  std::string line = "level=";
  line += kNames[static_cast<int>(level)];
  line += " msg=";
  append_value(line, message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    append_value(line, value);
  }
  line += '\n';
  // A logger that has gone away must not end the shop.
  [[maybe_unused]] const ssize_t ignored = ::write(STDOUT_FILENO, line.data(), line.size());
}

}  // namespace gameday::storefront
