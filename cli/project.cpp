#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "drill/folder.hpp"

namespace gameday {

namespace {

constexpr const char* kRulesFolder = "/etc/prometheus/rules/";

}  // namespace

Topology project_topology(const CommandLine& line) {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (const size_t equals = text.find('='); equals != std::string::npos) {
      environment[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  return read_topology(line.root / "docker-compose.yml", environment);
}

Settings project_settings(const CommandLine& line) {
  Settings settings;
  settings.root = line.root;
  settings.executables = line.build;
  settings.cache = cache_folder();
  return settings;
}

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
