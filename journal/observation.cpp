#include "journal/observation.hpp"

namespace gameday {

json::object to_json(const Observation& observation) {
  json::object object;
  object["id"] = observation.id;
  object["host"] = observation.host;
  object["by"] = observation.by;
  object["command"] = observation.command;
  if (!observation.within.empty()) object["within"] = observation.within;
  object["output"] = observation.output;
  if (observation.status) object["status"] = *observation.status;
  else object["status"] = nullptr;
  object["started"] = rounded(observation.started, 3);
  object["ended"] = rounded(observation.ended, 3);
  if (!observation.cast.empty()) object["cast"] = observation.cast;
  if (observation.programs) object["programs"] = *observation.programs;
  return object;
}

std::string whole_command(const Observation& observation) {
  return (observation.within.empty() ? "" : observation.within + ": ") + observation.command;
}

}  // namespace gameday
