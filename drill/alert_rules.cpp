#include "drill/alert_rules.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "alerts/rule_files.hpp"
#include "core/error.hpp"

namespace gameday {

namespace {

constexpr const char* kRulesFolder = "/etc/prometheus/rules/";

// What the stack's Prometheus would refuse, or a reader would look for in vain.
void refuse(const RuleSet& rules) {
  std::string text;
  int more = 0;
  for (const Finding& finding : rules.findings) {
    if (!refuses(finding.kind) && finding.kind != FindingKind::kNewerKey) continue;
    if (text.empty()) {
      text = to_line(finding);
    } else {
      ++more;
    }
  }
  if (text.empty()) return;
  if (more > 0) text += " (and " + std::to_string(more) + " more: gameday alerts check lists them)";
  throw usage_error("alerts: " + text);
}

// Its name on the monitoring host: where it lies below the folder, with the ending that is read.
std::string installed_name(const RuleFile& file, const std::filesystem::path& given) {
  std::error_code error;
  std::string name = file.path.lexically_relative(given).string();
  if (name.empty() || name == ".") name = file.path.filename().string();
  std::replace(name.begin(), name.end(), '/', '-');
  return name.ends_with(".yml") ? name : name + ".yml";
}

std::string content_of(const RuleFile& file) {
  if (!file.plain) return to_rule_file(file.groups);
  std::ifstream stream(file.path);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

}  // namespace

void add_alert_rules(Settings& settings, const std::string& alerts) {
  namespace fs = std::filesystem;
  const bool is_path = alerts.find('/') != std::string::npos;
  const fs::path given =
      is_path ? fs::path(alerts) : settings.root / "sandbox/stack/alerts" / alerts;
  std::error_code error;
  const RuleSet rules = fs::exists(given, error) ? read_rules({given}) : RuleSet{};
  refuse(rules);
  for (const RuleFile& file : rules.files) {
    settings.files.push_back(
        {"mon", kRulesFolder + installed_name(file, given), content_of(file), 0644});
  }
  if (rules.files.empty()) {
    throw usage_error("alerts: no rule file in " + given.string() +
                      ": name documented, improved, or a folder or file of Prometheus rules");
  }
}

}  // namespace gameday
