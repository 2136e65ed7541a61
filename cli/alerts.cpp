#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "alerts/cases.hpp"
#include "alerts/check_report.hpp"
#include "cli/alerts_record.hpp"
#include "cli/command.hpp"
#include "cli/signals.hpp"
#include "cli/validators.hpp"
#include "core/error.hpp"

namespace gameday {

namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  std::vector<std::string> cases;
  JudgeOptions judge;
  std::string length;
  bool json = false;
};

// All that were recorded, or those whose id begins with one of the names.
std::vector<AlertCase> chosen_cases(const CommandLine& line,
                                    const std::vector<std::string>& names) {
  std::vector<AlertCase> all =
      load_cases(line.root / "alerts" / "recordings", line.root / "scenarios");
  if (names.empty()) return all;
  std::vector<AlertCase> chosen;
  for (const std::string& name : names) {
    const size_t before = chosen.size();
    for (const AlertCase& one : all) {
      if (one.recording.id().starts_with(name)) chosen.push_back(one);
    }
    if (chosen.size() > before) continue;
    std::string known;
    for (const AlertCase& one : all) known += (known.empty() ? "" : ", ") + one.recording.id();
    throw usage_error("alerts: no recorded case " + name + ": there are " + known);
  }
  return chosen;
}

void judge_all(AlertCheck& check, bool progress) {
  Bell bell;
  const StopOnSignal signals(bell);
  const auto begin = std::chrono::steady_clock::now();
  for (const AlertCase& one : check.cases) {
    if (progress) std::cerr << "judging " << one.recording.id() << "\n";
    check.results.push_back(judge_case(one, check.rules, check.judged, check.options));
    if (const auto reason = bell.stopped()) throw Error("alerts: stopped: " + *reason);
  }
  check.judged_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Where no outage is recorded, the files were read and checked, and that is all.
std::string read_text(const AlertCheck& check) {
  return std::to_string(check.judged.size()) + " alerts in " +
         std::to_string(check.rules.files.size()) +
         " files can be loaded; no outage is recorded here to judge them by\n";
}

int check_rules(const CommandLine& line, const CheckOptions& options) {
  AlertCheck check;
  check.options = options.judge;
  if (!options.length.empty()) {
    const std::optional<double> length = parse_duration(options.length);
    constexpr double kLongest = 7 * 86'400;
    if (!length || *length < 1 || *length > kLongest) {
      throw usage_error("alerts: --length is a time between 1s and 7d, such as 3h: " +
                        options.length);
    }
    check.options.outage_seconds = static_cast<int>(*length);
  }
  check.rules = read_rules({options.paths.begin(), options.paths.end()});
  check.judged = alerting_rules(check.rules);
  // At once: it does not wait for the judgement.
  if (!options.json) std::cout << findings_text(check.rules) << std::flush;
  if (!check.judged.empty()) {
    check.cases = chosen_cases(line, options.cases);
    judge_all(check, ::isatty(STDERR_FILENO) == 1);
  }
  if (options.json) std::cout << pretty(to_json(check));
  if (check.judged.empty()) throw usage_error("alerts: no alerting rule that can be judged");
  if (!options.json) std::cout << (check.cases.empty() ? read_text(check) : to_text(check));
  return failed(check) ? 1 : 0;
}

}  // namespace

void add_alerts(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<CheckOptions>();
  auto recorded = std::make_shared<RecordOptions>();
  CLI::App* command = app.add_subcommand("alerts", "Check and judge your Prometheus alert rules");
  command->require_subcommand(1);
  CLI::App* check = command->add_subcommand(
      "check", "Say what is wrong with rule files; judge the rest against each recorded outage");
  check->add_option("paths", options->paths, "Rule files, and folders of them")->required();
  check->add_option("--case", options->cases, "Only cases whose id begins so; may be repeated")
      ->check(check_not_empty);
  check->add_option("--length", options->length,
                    "How long each outage lasts, instead of as documented");
  check->add_option("--scrape-interval", options->judge.scrape_seconds, "In seconds")
      ->check(CLI::Range(1, 300))
      ->capture_default_str();
  check
      ->add_option("--evaluation-interval", options->judge.evaluation_seconds,
                   "In seconds, of groups that name none")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  check
      ->add_option("--within", options->judge.within_seconds,
                   "Seconds after users suffer in which an alert must fire, else it is late")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  check->add_option("--seed", options->judge.seed, "Draws what repeats, and each target's moment")
      ->check(check_whole_number)
      ->capture_default_str();
  check->add_flag("--json", options->json, "One JSON document on standard output");
  check->footer("example: gameday alerts check ./rules");
  check->callback([&line, options] { line.exit_code = check_rules(line, *options); });
  CLI::App* record = command->add_subcommand("record", "")->group("");
  record->add_option("scenario", recorded->scenario)->required();
  record->add_option("file", recorded->file)->required();
  record->add_option("--variant", recorded->variant);
  record->add_flag("--twin", recorded->twin);
  record->callback([&line, recorded] { line.exit_code = record_case(line, *recorded); });
}

}  // namespace gameday
