// References in a file that was read: `${name}` becomes a value.
#include <algorithm>

#include "core/yaml.hpp"

namespace gameday {

namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '_';
  });
}

}  // namespace

std::string YamlNode::replaced(const std::string& text, const ValueOf& value_of,
                               const std::vector<std::string>& known,
                               const YamlNode** whole) const {
  std::string result;
  size_t from = 0;
  for (size_t at; (at = text.find("${", from)) != std::string::npos;) {
    if (at > from && text[at - 1] == '$') {
      result += text.substr(from, at - 1 - from) + "${";
      from = at + 2;
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string::npos) fail("`${` is not closed: write `$${` for a plain one");
    const std::string name = text.substr(at + 2, end - at - 2);
    const YamlNode* value = is_name(name) ? value_of(name) : nullptr;
    if (!value) {
      const std::string near = nearest_name(name, known);
      fail("nothing is drawn as `" + name.substr(0, 40) + "`" +
           (near.empty() ? ": write `$${` for a plain `${`" : ": did you mean `" + near + "`?"));
    }
    if (at == 0 && end + 1 == text.size()) *whole = value;
    result += text.substr(from, at - from) + value->string();
    from = end + 1;
  }
  return result + text.substr(from);
}

YamlNode YamlNode::substituted(const ValueOf& value_of, const std::vector<std::string>& known,
                               const std::vector<std::string>& fixed) const {
  YamlNode copy = *this;
  const YamlNode* whole = nullptr;
  copy.text_ = replaced(text_, value_of, known, &whole);
  if (whole) copy.quoted_ = whole->quoted_;
  for (YamlNode& item : copy.list_) item = item.substituted(value_of, known);
  for (YamlMember& member : copy.members_) {
    if (std::find(fixed.begin(), fixed.end(), member.key) != fixed.end()) continue;
    const YamlNode* ignored = nullptr;
    member.key = member.value.replaced(member.key, value_of, known, &ignored);
    member.value = member.value.substituted(value_of, known);
  }
  for (size_t i = 0; i < copy.members_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (copy.members_[i].key != copy.members_[j].key) continue;
      copy.members_[i].value.fail("doubled key after drawing: `" + copy.members_[i].key + "`");
    }
  }
  return copy;
}

}  // namespace gameday
