// Records one case for alert rules from the real stack; alerts/record calls it for each.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace gameday {

struct RecordOptions {
  std::string scenario, variant, file;
  bool twin = false;
};

int record_case(const CommandLine& line, const RecordOptions& options);

}  // namespace gameday
