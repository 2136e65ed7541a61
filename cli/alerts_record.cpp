#include "cli/alerts_record.hpp"

#include <iostream>

#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "core/error.hpp"
#include "drill/alert_rules.hpp"
#include "drill/ending.hpp"
#include "drill/outage_recorder.hpp"
#include "journal/folder.hpp"

namespace gameday {

namespace {

constexpr double kBaselineSeconds = 45;
constexpr const char* kRules = "improved";  // what they say live is kept, to hold judgements to it

DrillPlan recording_plan(const CommandLine& line, const RecordOptions& options) {
  DrillPlan plan;
  plan.scenario = named_scenario(line.root / "scenarios", options.scenario, plan.seed);
  const auto& variants = plan.scenario.variants;
  const auto named = std::find_if(variants.begin(), variants.end(), [&](const Variant& one) {
    return options.variant.empty() || one.id == options.variant;
  });
  if (named == variants.end()) {
    throw usage_error("record: " + plan.scenario.id + " has no variant " + options.variant);
  }
  plan.variant = options.twin ? no_fault_twin(*named) : *named;
  plan.twin = options.twin;
  plan.mode = "replay";
  plan.known_beforehand = true;
  plan.alerts = kRules;
  plan.baseline_seconds = kBaselineSeconds;
  return plan;
}

}  // namespace

int record_case(const CommandLine& line, const RecordOptions& options) {
  const DrillPlan plan = recording_plan(line, options);
  Settings settings = project_settings(line);
  add_alert_rules(settings, kRules);
  settings.progress = [](const std::string& text) { std::cerr << text << "\n"; };
  const auto folder = make_drill_folder(drills_folder());
  const UniqueFd held = hold_drill_folder(folder);
  Bell bell;
  const StopOnSignal signals(bell);
  OutageRecording recording;
  {
    Conductor conductor(plan, settings, project_topology(line), folder, bell, nullptr);
    play_to_the_end(conductor, [&] {
      recording = record_outage(conductor, bell, {});
      return std::string("finished");
    });
  }
  write_recording(options.file, recording);
  std::cout << options.file << ": " << recording.id() << ", " << recording.series.size()
            << " series over " << recording.seconds << " s\n";
  return 0;
}

}  // namespace gameday
