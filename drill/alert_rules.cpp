#include "drill/alert_rules.hpp"

#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace gameday {

namespace {

constexpr const char* kRulesFolder = "/etc/prometheus/rules/";

}  // namespace

void add_alert_rules(Settings& settings, const std::string& alerts) {
  namespace fs = std::filesystem;
  const bool is_path = alerts.find('/') != std::string::npos;
  const fs::path folder =
      is_path ? fs::path(alerts) : settings.root / "sandbox/stack/alerts" / alerts;
  std::error_code error;
  bool found = false;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".yml") continue;
    std::ifstream stream(entry.path());
    std::stringstream content;
    content << stream.rdbuf();
    settings.files.push_back(
        {"mon", kRulesFolder + entry.path().filename().string(), content.str(), 0644});
    found = true;
  }
  if (!found) {
    throw usage_error("alerts: no *.yml in " + folder.string() +
                      ": name documented, improved, or a folder of Prometheus rule files");
  }
}

}  // namespace gameday
