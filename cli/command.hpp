// What every subcommand is given. One file a subcommand: it adds itself to the command line and
// leaves its exit code.
#pragma once

#include <filesystem>
#include <string>

#include "sandbox/sandbox.hpp"

namespace CLI {
class App;
}

namespace gameday {

struct CommandLine {
  std::filesystem::path root;   // the checkout: scenarios, docker-compose.yml, sandbox/stack
  std::filesystem::path build;  // the build folder with our executables
  int exit_code = 0;
};

void add_doctor(CLI::App& app, CommandLine& line);
void add_setup(CLI::App& app, CommandLine& line);
void add_scenarios(CLI::App& app, CommandLine& line);
void add_replay(CLI::App& app, CommandLine& line);
void add_run(CLI::App& app, CommandLine& line);
void add_alerts(CLI::App& app, CommandLine& line);
void add_score(CLI::App& app, CommandLine& line);
void add_up(CLI::App& app, CommandLine& line);
void add_clean(CLI::App& app, CommandLine& line);
// help and completion; hidden: the manual page.
void add_help(CLI::App& app, CommandLine& line);
// Hidden: the background process behind `up`.
void add_supervise(CLI::App& app, CommandLine& line);

// The stack's description, with NET and the like from the environment.
Topology project_topology(const CommandLine& line);
// Where the stack's files, executables and caches are.
Settings project_settings(const CommandLine& line);

}  // namespace gameday
