#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.hpp"
#include "core/error.hpp"

namespace gameday {

void add_setup(CLI::App& app, CommandLine& line) {
  auto yes = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "setup", "Install the Debian packages that stacks run; starts and enables no service");
  command->add_flag("--yes", *yes, "Without asking");
  command->footer("example: gameday setup");
  command->callback([&line, yes] {
    const std::string script = (line.root / "cli" / "setup").string();
    ::execl("/bin/bash", "bash", script.c_str(), *yes ? "--yes" : nullptr,
            static_cast<char*>(nullptr));
    throw_errno("setup: bash " + script, ErrorKind::kMachine);
  });
}

}  // namespace gameday
