#include <cstdlib>
#include <unistd.h>

#include "cli/command.hpp"
#include "journal/folder.hpp"

namespace gameday {

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

}  // namespace gameday
