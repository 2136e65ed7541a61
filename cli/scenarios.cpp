#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/scenarios_check.hpp"
#include "cli/scenarios_faults.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

int list_scenarios(const CommandLine& line, bool spoilers, bool as_json) {
  const std::vector<Scenario> catalogue = load_catalogue(line.root / "scenarios");
  json::array list;
  // In the order of the tickets, which gives nothing away.
  for (const SymptomLine& symptom : symptoms(catalogue)) {
    const Scenario& scenario = find_scenario(catalogue, symptom.id);
    json::object entry;
    entry["ticket"] = symptom.ticket;
    std::string text = "- " + symptom.ticket + "\n";
    if (spoilers) {
      json::array variants;
      text += "    id " + scenario.id + ", documented as " + scenario.documented.source +
              ", variants:";
      for (const Variant& variant : scenario.variants) {
        variants.emplace_back(variant.id);
        text += " " + variant.id;
      }
      text += "\n";
      entry["id"] = scenario.id;
      entry["documented"] = scenario.documented.source;
      entry["variants"] = variants;
    }
    if (!as_json) std::cout << text;
    list.push_back(std::move(entry));
  }
  if (as_json) std::cout << pretty(json::object{{"scenarios", list}});
  if (!as_json && !spoilers) {
    std::cout << "\nThese are the symptoms; `gameday run` draws one unseen. Ids, which give the\n"
                 "causes away, are shown by --spoilers.\n";
  }
  return 0;
}

}  // namespace

void add_scenarios(CLI::App& app, CommandLine& line) {
  auto spoilers = std::make_shared<bool>(false);
  auto as_json = std::make_shared<bool>(false);
  auto contract = std::make_shared<bool>(false);
  auto file = std::make_shared<std::string>();
  auto engine = std::make_shared<std::string>("native");
  CLI::App* command = app.add_subcommand("scenarios", "The drills there are, by symptom");
  command->add_flag("--spoilers", *spoilers, "Also their ids and causes");
  command->add_flag("--json", *as_json, "One JSON document on standard output");
  CLI::App* check = command->add_subcommand("check", "Check a scenario file, with line and column");
  check->add_option("file", *file, "A scenario file")->required();
  check->add_flag("--contract", *contract,
                  "Also try it on real stacks: faults bite, restarts heal nothing, repairs cure");
  check->add_option("--engine", *engine, "Of the real stacks: native or compose")
      ->capture_default_str();
  check->add_flag("--json", *as_json, "One JSON document on standard output");
  check->footer("example: gameday scenarios check scenarios/read-only-primary.yaml");
  CLI::App* faults = command->add_subcommand(
      "faults", "What scenarios can break or feign: targets, parameters, words that give it away");
  faults->add_flag("--json", *as_json, "One JSON document on standard output");
  faults->footer("example: gameday scenarios faults");
  command->footer("example: gameday scenarios");
  command->callback([&line, spoilers, as_json, check, contract, file, engine, faults] {
    if (faults->parsed()) {
      line.exit_code = list_faults(*as_json);
      return;
    }
    line.exit_code = check->parsed() ? check_scenario_file(line, *file, *contract, *engine, *as_json)
                                     : list_scenarios(line, *spoilers, *as_json);
  });
}

}  // namespace gameday
