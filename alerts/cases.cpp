#include "alerts/cases.hpp"

#include <ctime>

#include "core/error.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

// From the first effect to the repair, or to the end where the document names no repair.
int documented_minutes(const Documented& documented) {
  for (const DocumentedEvent& event : documented.timeline) {
    if (event.event == "repaired" && event.at.minutes > documented.start.minutes) {
      return event.at.minutes - documented.start.minutes;
    }
  }
  return documented.end.minutes - documented.start.minutes;
}

// The document's name begins with its date.
int64_t fault_moment(const Documented& documented) {
  std::tm date{};
  if (!::strptime(documented.source.c_str(), "%Y-%m-%d", &date)) {
    throw Error("alerts: no date in the name of the document " + documented.source);
  }
  return static_cast<int64_t>(::timegm(&date)) + documented.start.minutes * 60;
}

}  // namespace

std::vector<AlertCase> load_cases(const std::filesystem::path& recordings,
                                  const std::filesystem::path& scenarios) {
  const std::vector<Scenario> catalogue = load_catalogue(scenarios);
  std::vector<AlertCase> cases;
  for (OutageRecording& recording : read_recordings(recordings)) {
    const Documented& documented = find_scenario(catalogue, recording.scenario).documented;
    cases.push_back(
        {std::move(recording), documented_minutes(documented) * 60, fault_moment(documented)});
  }
  return cases;
}

}  // namespace gameday
