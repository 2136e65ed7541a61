#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "sandbox/capacity.hpp"
#include "sandbox/compose/doctor.hpp"
#include "sandbox/native/doctor.hpp"

namespace gameday {

namespace {

std::vector<Ability> probe(const CommandLine& line, const std::string& engine) {
  if (engine == "native") return probe_machine(line.build);
  if (engine == "compose") return probe_docker(project_topology(line), project_settings(line));
  throw usage_error("doctor: engine " + engine + ": not known: native and compose are");
}

std::string good_for(const MachineFacts& facts, const Capacity& bears) {
  if (bears.full == 0 && bears.light == 0) {
    return "nothing now: it lacks free processors or memory; a replay would likely be void";
  }
  const auto drills = [](int count) {
    return std::to_string(count) + (count == 1 ? " drill" : " drills");
  };
  if (bears.full == 0) {
    return "drills with few users, " + std::to_string(bears.light) +
           " side by side; for figures it lacks free processors now";
  }
  return "figures and drills, " + drills(bears.full) + " with all users or " +
         drills(bears.light) + " with few side by side" +
         (facts.process_start_ms > 1.5 ? "; it starts processes slowly, so stacks start later" : "");
}

json::object machine_to_json(const MachineFacts& facts, const Capacity& bears) {
  return {{"cores", rounded(facts.cores, 2)},
          {"free_cores", rounded(facts.free_cores, 2)},
          {"process_start_ms", rounded(facts.process_start_ms, 2)},
          {"available_memory_mib", rounded(facts.memory_mib, 0)},
          {"capacity", json::object{{"full", bears.full}, {"light", bears.light}}},
          {"good_for", good_for(facts, bears)}};
}

void print_machine(const MachineFacts& facts, const Capacity& bears) {
  std::printf("\nnow: %.1f of %g processors are free, a process starts in %.1f ms, %.1f GiB of "
              "memory are available\ngood for: %s\n",
              facts.free_cores, facts.cores, facts.process_start_ms, facts.memory_mib / 1024,
              good_for(facts, bears).c_str());
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
  const MachineFacts facts = measure_machine();
  const Capacity bears = capacity(facts);
  if (as_json) {
    std::cout << pretty(json::object{
        {"able", able}, {"abilities", list}, {"machine", machine_to_json(facts, bears)}});
  } else {
    std::printf("%s\n", able ? "This machine can run drills." : "This machine cannot run drills yet.");
    print_machine(facts, bears);
  }
  return able ? 0 : 3;
}

}  // namespace

void add_doctor(CLI::App& app, CommandLine& line) {
  auto as_json = std::make_shared<bool>(false);
  auto engine = std::make_shared<std::string>("native");
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine can do and bear, what is missing, and the remedy");
  command->add_option("--engine", *engine, "native or compose")->capture_default_str();
  command->add_flag("--json", *as_json, "One JSON document on standard output");
  command->footer("example: gameday doctor");
  command->callback([&line, engine, as_json] {
    line.exit_code = examine(line, *engine, *as_json);
  });
}

}  // namespace gameday
