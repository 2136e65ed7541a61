// What goes on when the command has returned: this program, started again in a session of its own,
// which reports once and then is silent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace gameday {

struct Started {
  std::optional<json::object> report;  // nothing: it ended before it could report,
  int status = 1;                      // with this exit code, and has said why on standard error
};

// Starts `gameday WORDS… --report-fd N` and waits for its report or its end. Until the report it
// shares our standard error. Throws a machine Error when it cannot be started.
Started start_in_background(std::vector<std::string> words);

// In the background process, first thing: what it starts must not keep the descriptor open.
void keep_report(int report_fd);
// Reports and lets go of the terminal: from here on nobody reads what is said. Throws Error when
// whoever started it is gone.
void report_and_detach(int report_fd, const json::object& report);

}  // namespace gameday
