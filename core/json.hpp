// JSON values are Boost.JSON's, which keep the order of keys. This header is the only way in: it
// adds reading that says which document and which key is wrong.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gameday {

namespace json = boost::json;

// Parses one document. Throws a usage Error "<what>: <why>" when it is not JSON.
json::value parse_json(std::string_view text, std::string_view what);

// Members of an object by key; the fallback answers for a missing key and for another type.
std::string string_or(const json::object& object, std::string_view key, std::string_view fallback);
double number_or(const json::object& object, std::string_view key, double fallback);
bool bool_or(const json::object& object, std::string_view key, bool fallback);

// The value at a path of keys through nested objects; null where any part is missing.
const json::value* find_path(const json::value& root, std::initializer_list<std::string_view> keys);
const json::value* find_path(const json::object& root, std::initializer_list<std::string_view> keys);
// Nothing to point into: also an array or a text that would become a value for the call.
const json::value* find_path(json::value&& root,
                             std::initializer_list<std::string_view> keys) = delete;

// Two-space indented text with a final newline, for files and for `--json`.
std::string pretty(const json::value& value);

// `value` rounded to `digits` decimal places: figures in documents stay readable.
double rounded(double value, int digits);

}  // namespace gameday
