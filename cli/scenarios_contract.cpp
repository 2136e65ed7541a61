#include "cli/scenarios_contract.hpp"

#include <chrono>
#include <iostream>

#include "cli/signals.hpp"
#include "core/error.hpp"
#include "drill/contract.hpp"
#include "drill/folder.hpp"
#include "scorer/text.hpp"

namespace gameday {

namespace {

using Check = std::function<std::vector<std::string>(const ContractSetup&)>;

class Trial {
 public:
  Trial(const CommandLine& line, std::string engine)
      : settings_(project_settings(line)),
        topology_(project_topology(line)),
        engine_(std::move(engine)) {}

  void run(ContractResult result, const Check& check) {
    const auto folder = make_drill_folder(std::filesystem::temp_directory_path());
    const auto started = std::chrono::steady_clock::now();
    try {
      result.broken = check(ContractSetup{settings_, topology_, folder, bell_, engine_});
    } catch (const Stopped& stopped) {
      std::filesystem::remove_all(folder);
      throw Error("scenarios: contract: stopped: " + stopped.reason);
    } catch (const Error& error) {
      // Wrong usage and a machine that cannot do it are the same for every other part.
      if (error.kind() != ErrorKind::kFailed) throw;
      result.broken = {error.what()};
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (result.broken.empty()) {
      std::filesystem::remove_all(folder);
    } else {
      result.folder = folder.string();
    }
    tell(result);
    results.push_back(std::move(result));
  }

  std::vector<ContractResult> results;

 private:
  static void tell(const ContractResult& result) {
    std::string text = result.variant + ", " + result.part + ", seed " +
                       std::to_string(result.seed) + ": " +
                       (result.broken.empty() ? "kept" : "not kept") + " (" +
                       text::fixed(result.seconds, 0) + " s)\n";
    for (const std::string& why : result.broken) text += "  " + why + "\n";
    if (!result.folder.empty()) text += "  journal: " + result.folder + "/journal.jsonl\n";
    std::cerr << text << std::flush;
  }

  const Settings settings_;
  const Topology topology_;
  const std::string engine_;
  Bell bell_;
  const StopOnSignal signals_{bell_};
};

}  // namespace

std::vector<ContractResult> try_contract(const CommandLine& line, const std::string& engine,
                                         const Scenario& scenario, const Taxonomy& taxonomy) {
  Trial trial(line, engine);
  for (size_t number = 0; number < scenario.variants.size(); ++number) {
    const uint64_t seed = kListingSeed + number;
    const Scenario drawn = load_scenario(scenario.file, taxonomy, seed);
    const Variant& variant = drawn.variants[number];
    trial.run({variant.id, "contract", seed, 0, {}, ""}, [&](const ContractSetup& setup) {
      return check_contract(setup, drawn, variant);
    });
    for (size_t i = 1; i < variant.repairs.size(); ++i) {
      const Repair& repair = variant.repairs[i];
      trial.run({variant.id, "repair " + repair.id, seed, 0, {}, ""},
                [&](const ContractSetup& setup) {
                  return check_repair(setup, drawn, variant, repair);
                });
    }
  }
  const Variant& first = scenario.variants.front();
  trial.run({first.id, "twin", kListingSeed, 0, {}, ""}, [&](const ContractSetup& setup) {
    return check_twin(setup, scenario, first);
  });
  return std::move(trial.results);
}

}  // namespace gameday
