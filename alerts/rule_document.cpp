#include "alerts/rule_document.hpp"

#include <algorithm>
#include <regex>

#include "core/error.hpp"
#include "core/yaml.hpp"

namespace gameday {

namespace {

struct Part {
  std::string text;  // with as many empty lines before it as the file has
  int line = 1;      // of the `---` that begins it
};

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

bool says_something(const Part& part) {
  const std::vector<std::string_view> lines = lines_of(part.text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    return !trimmed(line).empty() && !trimmed(line).starts_with('#');
  });
}

// The documents of a stream. `---` in the first column always begins one.
std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> parts(1);
  int number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "---" || line.starts_with("--- ")) {
      parts.push_back({std::string(static_cast<size_t>(number) - 1, '\n'), number});
      line.remove_prefix(3);
    }
    parts.back().text.append(line).append("\n");
  }
  return parts;
}

// Marks of Helm's templates. `{{ $labels.x }}` and `{{ $value }}` are Prometheus' own.
const std::regex& helm_mark() {
  static const std::regex mark(
      R"(\{\{-?\s{0,20}(\.(Values|Release|Chart|Capabilities|Files)\b|(include|define|end|tpl|toYaml|required)\b)[^}]{0,200}\}\})");
  return mark;
}

int line_of_offset(std::string_view text, size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + offset, '\n'));
}

class Reader {
 public:
  Reader(RuleFile& file, std::vector<Finding>& findings) : file_(file), findings_(findings) {}

  void find(FindingKind kind, int line, std::string text) {
    findings_.push_back({kind, file_.shown, line, std::move(text)});
  }

  // Throws a usage Error at the first thing that no Prometheus reads.
  void plain(const YamlNode& root) {
    root.allow({"groups", "namespace"});
    for (const YamlMember& member : root.members()) {
      if (member.key == "namespace") {
        find(FindingKind::kNewerKey, member.line,
             "`namespace` is mimirtool's; Prometheus up to now refuses the file for it");
      }
    }
    if (const YamlNode* groups = root.find("groups")) read_groups(*groups);
  }

  // A resource of Kubernetes: false when it is of another kind than those with rules.
  bool resource(const YamlNode& root) {
    const YamlNode* kind = root.find("kind");
    if (!kind || !kind->is_scalar()) return false;
    if (kind->string() == "List" || kind->string() == "PrometheusRuleList") {
      bool any = false;
      const YamlNode* items = root.find("items");
      if (!items || !items->is_list()) return false;
      for (const YamlNode& item : items->list()) any = (item.is_map() && resource(item)) || any;
      return any;
    }
    if (kind->string() != "PrometheusRule") return false;
    file_.plain = false;
    std::string name = "PrometheusRule";
    if (const YamlNode* metadata = root.find("metadata"); metadata && metadata->is_map()) {
      const YamlNode* given = metadata->find("name");
      if (given && given->is_scalar()) name += " " + given->string();
    }
    find(FindingKind::kUnwrapped, root.line(), "the rules were taken out of the " + name);
    if (const YamlNode* groups = root.at("spec").find("groups")) read_groups(*groups);
    return true;
  }

 private:
  double duration(const YamlNode& node, std::string& text) {
    text = node.string();
    const std::optional<double> seconds = parse_duration(text);
    if (!seconds) node.fail("not a duration of Prometheus, such as 90s or 1h30m: " + text);
    return *seconds;
  }

  TextPairs pairs(const YamlNode* node) {
    TextPairs read;
    if (!node || node->is_null()) return read;
    for (const YamlMember& member : node->members()) {
      read.emplace_back(member.key, member.value.is_null() ? "" : member.value.string());
    }
    return read;
  }

  Rule read_rule(const YamlNode& node, const TextPairs& group_labels) {
    node.allow({"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"});
    Rule rule;
    rule.line = node.line();
    const YamlNode* alert = node.find("alert");
    const YamlNode* record = node.find("record");
    if ((alert != nullptr) == (record != nullptr)) {
      node.fail("a rule has either `alert` or `record`");
    }
    (alert ? rule.alert : rule.record) = (alert ? alert : record)->string();
    const YamlNode& expr = node.at("expr");
    rule.expr = expr.string();
    rule.expr_line = expr.line();
    if (const YamlNode* one = node.find("for")) rule.for_seconds = duration(*one, rule.for_text);
    if (const YamlNode* one = node.find("keep_firing_for")) {
      rule.keep_firing_for_seconds = duration(*one, rule.keep_firing_for_text);
    }
    rule.labels = pairs(node.find("labels"));
    rule.annotations = pairs(node.find("annotations"));
    for (const auto& label : group_labels) {
      const bool own = std::any_of(rule.labels.begin(), rule.labels.end(),
                                   [&label](const auto& one) { return one.first == label.first; });
      if (!own) rule.labels.push_back(label);
    }
    note_unrendered(rule);
    return rule;
  }

  void note_unrendered(const Rule& rule) {
    std::smatch match;
    if (!std::regex_search(rule.expr, match, helm_mark())) return;
    find(FindingKind::kUnrendered, rule.expr_line,
         "`" + match.str() + "` in the expression was never rendered: it matches nothing");
  }

  void read_group(const YamlNode& node) {
    node.allow({"name", "interval", "limit", "rules", "query_offset", "labels",
                "partial_response_strategy"});
    RuleGroup group;
    group.file = file_.shown;
    group.name = node.at("name").string();
    if (const YamlNode* one = node.find("interval")) {
      group.interval_seconds = duration(*one, group.interval_text);
      if (*group.interval_seconds == 0) group.interval_seconds.reset();
    }
    if (const YamlNode* one = node.find("limit")) group.limit = one->integer(0, 1'000'000'000);
    TextPairs labels;
    for (const YamlMember& member : node.members()) {
      std::string text;
      if (member.key == "query_offset") {
        group.query_offset_seconds = duration(member.value, text);
        find(FindingKind::kNewerKey, member.line, "`query_offset` came with Prometheus 2.53");
      } else if (member.key == "labels") {
        labels = pairs(&member.value);
        find(FindingKind::kNewerKey, member.line, "`labels` of a group came with Prometheus 3.0");
      } else if (member.key == "partial_response_strategy") {
        find(FindingKind::kNewerKey, member.line,
             "`partial_response_strategy` is Thanos'; Prometheus refuses the file for it");
      }
    }
    const YamlNode* rules = node.find("rules");
    if (rules && !rules->is_null()) {
      for (const YamlNode& rule : rules->list()) group.rules.push_back(read_rule(rule, labels));
    }
    file_.groups.push_back(std::move(group));
  }

  void read_groups(const YamlNode& groups) {
    if (groups.is_null()) return;
    for (const YamlNode& group : groups.list()) read_group(group);
  }

  RuleFile& file_;
  std::vector<Finding>& findings_;
};

// The line and the reason of an error that begins "FILE:LINE:COLUMN: ".
Finding finding_of(const Error& error, const std::string& file) {
  std::string text = error.what();
  if (text.starts_with(file + ":")) text.erase(0, file.size() + 1);
  int line = 1;
  std::smatch match;
  static const std::regex place(R"(^(\d+):\d+: )");
  if (std::regex_search(text, match, place)) {
    line = std::stoi(match[1]);
    text = match.suffix();
  }
  return {FindingKind::kRefused, file, line, text};
}

// The names of what stands in a document that is never loaded.
std::string names_in(const Part& part) {
  std::string names;
  for (std::string_view line : lines_of(part.text)) {
    line = trimmed(line);
    if (line.starts_with("- ")) line = trimmed(line.substr(2));
    for (const std::string_view key : {"alert:", "record:"}) {
      if (!line.starts_with(key)) continue;
      names += names.empty() ? ": " : ", ";
      names += trimmed(line.substr(key.size()));
    }
  }
  return names;
}

bool read_parts(const std::vector<Part>& parts, RuleFile& file, std::vector<Finding>& findings) {
  Reader reader(file, findings);
  const YamlNode first = parse_yaml(parts.front().text, file.shown);
  const bool map = first.is_map();
  if (map && first.find("tests") && !first.find("groups")) {
    reader.find(FindingKind::kUnitTest, first.line(), "a unit test for promtool, not a rule file");
    return false;
  }
  if (map && first.find("groups") && !first.find("kind")) {
    reader.plain(first);
    for (size_t i = 1; i < parts.size(); ++i) {
      reader.find(FindingKind::kSecondDocument, parts[i].line,
                  "Prometheus never loads what stands behind `---`" + names_in(parts[i]));
    }
    return true;
  }
  bool any = map && reader.resource(first);
  for (size_t i = 1; i < parts.size(); ++i) {  // Kubernetes takes every document
    const YamlNode more = parse_yaml(parts[i].text, file.shown);
    any = (more.is_map() && reader.resource(more)) || any;
  }
  if (!any) reader.find(FindingKind::kNoRules, 1, "no rule file: it has no `groups`");
  return any;
}

}  // namespace

bool read_rule_document(std::string_view text, bool meant, RuleFile& file,
                        std::vector<Finding>& findings) {
  std::vector<Part> parts = parts_of(text);
  std::erase_if(parts, [](const Part& part) { return !says_something(part); });
  if (parts.empty()) {
    findings.push_back({FindingKind::kNoRules, file.shown, 1, "no rule file: it is empty"});
    return false;
  }
  try {
    return read_parts(parts, file, findings);
  } catch (const Error& error) {
    file.groups.clear();
    findings.clear();
    const std::string whole(text);
    std::smatch mark;
    if (meant && std::regex_search(whole, mark, helm_mark())) {
      findings.push_back({FindingKind::kTemplate, file.shown,
                          line_of_offset(text, static_cast<size_t>(mark.position())),
                          "a template: render it first (`helm template`): " + mark.str()});
    } else if (meant) {
      findings.push_back(finding_of(error, file.shown));
    } else {
      findings.push_back({FindingKind::kNoRules, file.shown, 1, "no rule file: it is no YAML"});
    }
    return false;
  }
}

}  // namespace gameday
