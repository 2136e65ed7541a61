#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "sandbox/compose/doctor.hpp"
#include "sandbox/native/doctor.hpp"

namespace gameday {

namespace {

std::vector<Ability> probe(const CommandLine& line, const std::string& engine) {
  if (engine == "native") return probe_machine(line.build);
  if (engine == "compose") return probe_docker(project_topology(line), project_settings(line));
  throw usage_error("doctor: engine " + engine + ": not known: native and compose are");
}

int examine(const CommandLine& line, const std::string& engine, bool as_json) {
  const std::vector<Ability> abilities = probe(line, engine);
  bool able = true;
  json::array list;
  const bool color = use_color(STDOUT_FILENO);
  for (const Ability& ability : abilities) {
    if (!ability.ok && ability.required) able = false;
    list.push_back(json::object{{"name", ability.name},
                                {"ok", ability.ok},
                                {"required", ability.required},
                                {"detail", ability.detail},
                                {"cost_of_lacking", ability.cost_of_lacking},
                                {"remedy", ability.remedy}});
    if (as_json) continue;
    const char* paint = !color ? "" : ability.ok ? "\033[32m" : "\033[31m";
    std::printf("%s%-4s%s %s\n", paint, ability.ok ? "yes" : "no", color ? "\033[0m" : "",
                ability.name.c_str());
    if (ability.ok) continue;
    std::printf("     seen: %s\n     without it: %s\n     remedy: %s\n", ability.detail.c_str(),
                ability.cost_of_lacking.c_str(), ability.remedy.c_str());
  }
  if (as_json) {
    std::cout << pretty(json::object{{"able", able}, {"abilities", list}});
  } else {
    std::printf("%s\n", able ? "This machine can run drills." : "This machine cannot run drills yet.");
  }
  return able ? 0 : 3;
}

}  // namespace

void add_doctor(CLI::App& app, CommandLine& line) {
  auto as_json = std::make_shared<bool>(false);
  auto engine = std::make_shared<std::string>("native");
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine can do, what is missing, and the remedy");
  command->add_option("--engine", *engine, "native or compose")->capture_default_str();
  command->add_flag("--json", *as_json, "One JSON document on standard output");
  command->footer("example: gameday doctor");
  command->callback([&line, engine, as_json] {
    line.exit_code = examine(line, *engine, *as_json);
  });
}

}  // namespace gameday
