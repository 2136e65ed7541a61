// Reads a team's own alert rules, as they lie in its repository: single files and folders, any
// ending, plain rule files and Kubernetes' PrometheusRule, alone or in a List. What cannot be read
// is a finding with file, line and reason, and everything else is read all the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

struct Rule {
  std::string alert;   // empty for a recording rule
  std::string record;  // empty for an alert
  std::string expr;
  std::string for_text, keep_firing_for_text;  // as the file has them; empty: not said
  double for_seconds = 0, keep_firing_for_seconds = 0;
  TextPairs labels;  // those of its group included
  TextPairs annotations;
  int line = 1;       // of the rule
  int expr_line = 1;  // of its expression
};

struct RuleGroup {
  std::string file, name;
  std::string interval_text;
  std::optional<double> interval_seconds;  // nullopt: the evaluation interval of the configuration
  double query_offset_seconds = 0;
  std::optional<int64_t> limit;
  std::vector<Rule> rules;
};

struct RuleFile {
  std::filesystem::path path;
  std::string shown;  // its name in messages: as it was given, or below the folder that was given
  bool plain =
      true;  // Prometheus can read it as it stands; false: taken out of a Kubernetes resource
  std::vector<RuleGroup> groups;
};

enum class FindingKind {
  kRefused,         // no rule of the file can be judged
  kTemplate,        // the same, because it must be rendered first
  kOtherEngine,     // the same, because its expressions are another language
  kNewerKey,        // judged; a Prometheus older than the text says refuses the file
  kSecondDocument,  // Prometheus never loads what stands there
  kUnrendered,      // loads, and still holds a template's text
  kUnwrapped,       // told only: rules were taken out of a Kubernetes resource
  kUnitTest,        // told only
  kNoRules,         // told only: another file that lies beside rules
};

struct Finding {
  FindingKind kind;
  std::string file;
  int line = 1;
  std::string text;
};

// Whether no rule of that file is judged, which fails a check.
bool refuses(FindingKind kind);
// "refused", "template", "other_engine", …: the word in documents.
const char* word_of(FindingKind kind);
// "FILE:LINE: text"
std::string to_line(const Finding& finding);

struct RuleSet {
  std::vector<RuleFile> files;  // in the order of their names; none that was refused
  std::vector<Finding> findings;

  size_t alerts() const;  // how many alerting rules there are
};

// Reads files, and folders with what is below them; names that begin with a dot and links to
// folders are passed over. Expressions and templates are checked by Prometheus' own promtool.
// Throws a usage Error where a path does not exist, and a machine Error where promtool is missing.
RuleSet read_rules(const std::vector<std::filesystem::path>& paths);

// The groups as one plain rule file, which YAML readers read because JSON is YAML.
std::string to_rule_file(const std::vector<RuleGroup>& groups);

// Prometheus' durations ("1h30m", "15s", "0") in seconds; nullopt when it is none.
std::optional<double> parse_duration(std::string_view text);

}  // namespace gameday
