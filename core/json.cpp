#include "core/json.hpp"

#include <boost/json/parse.hpp>
#include <cmath>

#include "core/error.hpp"

namespace gameday {

json::value parse_json(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error) throw usage_error(std::string(what) + ": not valid JSON: " + error.message());
  return value;
}

std::string string_or(const json::object& object, std::string_view key, std::string_view fallback) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  if (!found || !found->is_string()) return std::string(fallback);
  return std::string(found->as_string().data(), found->as_string().size());
}

double number_or(const json::object& object, std::string_view key, double fallback) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  if (!found || !found->is_number()) return fallback;
  return found->to_number<double>();
}

bool bool_or(const json::object& object, std::string_view key, bool fallback) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  return found && found->is_bool() ? found->as_bool() : fallback;
}

const json::value* find_path(const json::value& root,
                             std::initializer_list<std::string_view> keys) {
  if (keys.size() == 0) return &root;
  return root.is_object() ? find_path(root.as_object(), keys) : nullptr;
}

const json::value* find_path(const json::object& root,
                             std::initializer_list<std::string_view> keys) {
  const json::object* in = &root;
  const json::value* found = nullptr;
  for (std::string_view key : keys) {
    found = in ? in->if_contains({key.data(), key.size()}) : nullptr;
    in = found ? found->if_object() : nullptr;
  }
  return found;
}

namespace {

void indent(std::string& text, int depth) { text.append(static_cast<size_t>(depth) * 2, ' '); }

void print(const json::value& value, std::string& text, int depth) {
  if (value.is_object() && !value.as_object().empty()) {
    text += "{\n";
    bool first = true;
    for (const auto& member : value.as_object()) {
      if (!first) text += ",\n";
      first = false;
      indent(text, depth + 1);
      text += json::serialize(member.key()) + ": ";
      print(member.value(), text, depth + 1);
    }
    text += "\n";
    indent(text, depth);
    text += "}";
  } else if (value.is_array() && !value.as_array().empty()) {
    text += "[\n";
    bool first = true;
    for (const auto& element : value.as_array()) {
      if (!first) text += ",\n";
      first = false;
      indent(text, depth + 1);
      print(element, text, depth + 1);
    }
    text += "\n";
    indent(text, depth);
    text += "]";
  } else if (value.is_double()) {
    // Boost.JSON writes doubles as 3.1E1; people read 31.
    const double number = value.as_double();
    char buffer[40];
    if (std::isfinite(number)) {
      std::snprintf(buffer, sizeof buffer, "%.10g", number);
      text += buffer;
    } else {
      text += "null";
    }
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::string pretty(const json::value& value) {
  std::string text;
  print(value, text, 0);
  text += "\n";
  return text;
}

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

}  // namespace gameday
