// What timeline entries give a fault, judged by what the fault declares.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "core/yaml.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

// "a", "a or b", "a, b or c"
std::string choice(const std::vector<std::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    text += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string numbers(const FaultParameter& parameter) {
  std::ostringstream text;
  text << parameter.low << " to " << parameter.high;
  return text.str();
}

// Empty when the parameter takes the value.
std::string why_not(const FaultParameter& parameter, const std::string& value) {
  if (!parameter.words.empty()) {
    const auto& words = parameter.words;
    if (std::find(words.begin(), words.end(), value) != words.end()) return "";
    return "\"" + value + "\" is not " + choice(words);
  }
  if (parameter.unit.empty()) return value.empty() ? "it is empty" : "";
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  const char* digits = parameter.whole ? "0123456789" : "0123456789.";
  const bool decimal = !value.empty() && value.find_first_not_of(digits) == std::string::npos;
  if (decimal && *end == '\0' && number >= parameter.low && number <= parameter.high) return "";
  return "\"" + value + "\" is not a " + (parameter.whole ? "whole " : "") + "number of " +
         numbers(parameter) + " (" + std::string(parameter.unit) + ")";
}

std::string unknown(const FaultKind& kind, const std::string& name) {
  std::vector<std::string> known;
  std::vector<std::string_view> all;
  for (const FaultParameter& parameter : kind.parameters) {
    known.emplace_back(parameter.name);
    all.push_back(parameter.name);
  }
  // What stands beside parameters in an entry is as easily mistyped.
  for (const char* key : {"at", "files_at", "target"}) known.emplace_back(key);
  const std::string near = nearest_name(name, known);
  if (!near.empty()) return "it has no such parameter: did you mean `" + near + "`?";
  return "it has no such parameter: it takes " + (all.empty() ? "none" : joined(all));
}

}  // namespace

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::string FaultTarget::text(const std::string& parameter) const {
  const auto found = parameters.find(parameter);
  return found == parameters.end() ? "" : found->second;
}

double FaultTarget::number(const std::string& parameter) const {
  return std::strtod(text(parameter).c_str(), nullptr);
}

std::string FaultParameter::range() const {
  if (!words.empty()) return choice(words);
  if (unit.empty()) return "text";
  return numbers(*this) + " " + std::string(unit) + (whole ? ", a whole number" : "");
}

std::optional<RefusedParameter> refused_parameter(
    const FaultKind& kind, const std::map<std::string, std::string>& parameters) {
  for (const auto& [name, value] : parameters) {
    const auto declared =
        std::find_if(kind.parameters.begin(), kind.parameters.end(),
                     [&](const FaultParameter& one) { return one.name == name; });
    const std::string why =
        declared == kind.parameters.end() ? unknown(kind, name) : why_not(*declared, value);
    if (!why.empty()) return RefusedParameter{name, why};
  }
  for (const FaultParameter& parameter : kind.parameters) {
    if (!parameter.required || parameters.contains(std::string(parameter.name))) continue;
    return RefusedParameter{std::string(parameter.name), "it is missing: give " +
                                                             std::string(parameter.meaning) + ", " +
                                                             parameter.range()};
  }
  return std::nullopt;
}

}  // namespace gameday
