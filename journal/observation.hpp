// Something that was looked at, as the journal keeps it: what evidence cites by its id.
#pragma once

#include <optional>
#include <string>

#include "core/json.hpp"

namespace gameday {

struct Observation {
  std::string id;  // "o1", "o2", …, given by the recorder
  std::string host;
  std::string by;
  std::string command;
  std::string output;
  std::optional<int> status;
  double started = 0, ended = 0;  // machine seconds of the journal
  std::string within = {};  // of a statement: the client it was typed into, as in "psql -h db1"
  // What it really started; nullopt where nobody watched: a page, a dashboard, another engine.
  std::optional<json::array> programs = {};
  std::string cast = {};  // the recording of the terminal where it was typed
};

// The command with the client that it was typed into.
std::string whole_command(const Observation& observation);

json::object to_json(const Observation& observation);

}  // namespace gameday
