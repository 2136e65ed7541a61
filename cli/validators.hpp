// Checks of option values that the parser's own let through: "nan" for a number in a range, "-1"
// for a whole number, nothing for a name.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gameday {

// Digits only, at most 18 of them.
inline std::string check_whole_number(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && !text.empty() && text.size() <= 18) return "";
  return "Value " + text + " is no whole number of at most 18 digits";
}

inline std::string check_not_empty(const std::string& text) {
  return text.empty() ? "Value is empty: leave the option out, or give one" : "";
}

inline CLI::Validator number_between(double low, double high) {
  const auto check = [low, high](const std::string& text) {
    double value = 0;
    const bool number = CLI::detail::lexical_cast(text, value);
    if (number && value >= low && value <= high) return std::string();
    std::ostringstream why;
    why << "Value " << text << " not in range " << low << " to " << high;
    return why.str();
  };
  return CLI::Validator(check, "");
}

}  // namespace gameday
