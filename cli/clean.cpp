#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "sandbox/compose/image.hpp"
#include "sandbox/native/gold.hpp"

namespace gameday {

void add_clean(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "clean",
      "Remove what was built once and kept (the gold tree, the hosts' images in Docker); drills' "
      "records stay");
  command->footer("example: gameday clean");
  command->callback([&line] {
    const Settings settings = project_settings(line);
    for (const std::string& said : clean_caches(settings.cache, settings.executables)) {
      std::cout << said << "\n";
    }
    for (const std::string& said : remove_images()) std::cout << said << "\n";
    line.exit_code = 0;
  });
}

}  // namespace gameday
