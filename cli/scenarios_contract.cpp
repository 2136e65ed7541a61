#include "cli/scenarios_contract.hpp"

#include <chrono>
#include <iostream>

#include "cli/signals.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/contract.hpp"
#include "journal/folder.hpp"
#include "report/verdict.hpp"

namespace gameday {

namespace {

using Check = std::function<std::vector<std::string>(const ContractSetup&)>;

class Trial {
 public:
  Trial(const CommandLine& line, std::string engine)
      : settings_(project_settings(line)),
        topology_(project_topology(line)),
        engine_(std::move(engine)) {}

  // What is not kept while other programs keep the machine busy is tried again, three times in all.
  void run(ContractResult result, const Check& check) {
    const auto started = std::chrono::steady_clock::now();
    for (int time = 1;; ++time) {
      const auto folder = make_drill_folder(std::filesystem::temp_directory_path());
      result.broken = broken_in(folder, check);
      const bool busy = !result.broken.empty() && was_busy(folder);
      result.folder = result.broken.empty() ? "" : folder.string();
      if (result.broken.empty() || (busy && time < kTries)) std::filesystem::remove_all(folder);
      result.busy = busy;
      if (!busy || time == kTries) break;
      std::cerr << result.variant << ", " << result.part
                << ": other programs keep this machine busy: try " << time + 1 << " of " << kTries
                << "\n" << std::flush;
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    tell(result);
    results.push_back(std::move(result));
  }

  std::vector<ContractResult> results;

 private:
  static constexpr int kTries = 3;

  std::vector<std::string> broken_in(const std::filesystem::path& folder, const Check& check) {
    try {
      return check(ContractSetup{settings_, topology_, folder, bell_, engine_});
    } catch (const Stopped& stopped) {
      std::filesystem::remove_all(folder);
      throw Error("scenarios: contract: stopped: " + stopped.reason);
    } catch (const Error& error) {
      // Wrong usage and a machine that cannot do it are the same for every other part.
      if (error.kind() != ErrorKind::kFailed) throw;
      return {error.what()};
    }
  }

  static bool was_busy(const std::filesystem::path& folder) {
    try {
      return machine_lacked(read_journal(folder / "journal.jsonl"));
    } catch (const Error&) {
      return false;  // it did not come so far
    }
  }

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
    trial.run({variant.id, "contract", seed, 0, {}, "", false}, [&](const ContractSetup& setup) {
      return check_contract(setup, drawn, variant);
    });
    for (size_t i = 1; i < variant.repairs.size(); ++i) {
      const Repair& repair = variant.repairs[i];
      trial.run({variant.id, "repair " + repair.id, seed, 0, {}, "", false},
                [&](const ContractSetup& setup) {
                  return check_repair(setup, drawn, variant, repair);
                });
    }
  }
  const Variant& first = scenario.variants.front();
  trial.run({first.id, "twin", kListingSeed, 0, {}, "", false}, [&](const ContractSetup& setup) {
    return check_twin(setup, scenario, first);
  });
  return std::move(trial.results);
}

}  // namespace gameday
