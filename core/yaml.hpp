// A strict reader of YAML files: every value knows where it stands, so that whoever reads a file of
// ours is told "file:line:column: key: why" and nothing is silently read as something else.
//
// Stricter than YAML on purpose: doubled keys, several documents, tags, keys that are not plain
// words, control characters, more than 1 MiB, 64 levels or 100,000 values (aliases counted where
// they are used) are errors. Anchors, aliases and merge keys (`<<`, a map or a list of maps) work;
// what a map says itself goes before what it merges. Plain data after reading; thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct YamlMember;

// One value of a file. Every accessor throws a usage Error that begins with the value's place when
// the value is of another kind.
class YamlNode {
 public:
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_scalar() const { return kind_ == Kind::kScalar; }
  bool is_list() const { return kind_ == Kind::kList; }
  bool is_map() const { return kind_ == Kind::kMap; }
  // Scalars: quoted in the file, so never a number or a bool.
  bool quoted() const { return quoted_; }
  // "variants[1].truth.class"; empty for the whole document.
  const std::string& path() const { return path_; }
  // Where it is written, both from 1. Behind an alias: where the anchor wrote it.
  int line() const { return line_; }
  int column() const { return column_; }

  // "file:line:column", as errors begin.
  std::string place() const;

  // A scalar's text, quoted or not.
  const std::string& string() const;
  // Decimal digits only, with an optional sign; a leading zero is an error (nobody means 010 = 8).
  int64_t integer(int64_t low, int64_t high) const;
  // Decimal, with an optional fraction and exponent; infinities and NaN are errors.
  double number(double low, double high) const;
  // `true` or `false`; yes, no, on and off are errors.
  bool boolean() const;
  const std::vector<YamlNode>& list() const;
  // A list of scalars as texts.
  std::vector<std::string> strings() const;
  // Key and value pairs in the file's order, what was merged last.
  const std::vector<YamlMember>& members() const;
  // A map of scalars as texts.
  std::map<std::string, std::string> string_map() const;

  // The value of a key; null when a map has no such key.
  const YamlNode* find(std::string_view key) const;
  // The same; a missing key is an error.
  const YamlNode& at(std::string_view key) const;
  // Every key must be one of these; an unknown one is an error that names the nearest known one.
  void allow(std::initializer_list<std::string_view> keys) const;
  void allow(const std::vector<std::string>& keys) const;

  // A copy in which every `${name}` of a text or a key is replaced by the value that `value_of`
  // gives for the name; `$${` stands for a plain `${`. A text that is one reference and nothing
  // else becomes that value, number or text. A name without a value (null) is an error that lists
  // `known`. Values of the keys `fixed` of this map stay as they are. Places stay the file's.
  using ValueOf = std::function<const YamlNode*(const std::string& name)>;
  YamlNode substituted(const ValueOf& value_of, const std::vector<std::string>& known,
                       const std::vector<std::string>& fixed = {}) const;

  // Throws a usage Error "file:line:column: path: why".
  [[noreturn]] void fail(std::string_view why) const;

 private:
  friend class YamlBuilder;
  [[noreturn]] void fail_kind(std::string_view wanted) const;
  // The text with its references replaced; `whole` is set when it is one reference and no more.
  std::string replaced(const std::string& text, const ValueOf& value_of,
                       const std::vector<std::string>& known, const YamlNode** whole) const;

  Kind kind_ = Kind::kNull;
  bool quoted_ = false;
  int line_ = 1, column_ = 1;
  std::shared_ptr<const std::string> file_;
  std::string path_;
  std::string text_;
  std::vector<YamlNode> list_;
  std::vector<YamlMember> members_;
};

struct YamlMember {
  std::string key;
  int line = 1, column = 1;  // of the key
  YamlNode value;
};

// Reads one document. Throws a usage Error with file, line, column, key and why.
YamlNode read_yaml(const std::filesystem::path& file);
// The same for a text; `name` stands for the file in errors.
YamlNode parse_yaml(std::string_view text, std::string_view name);

// The known name that differs least from `name`, or empty when none is close: for "did you mean".
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace gameday
