// What the engine asks of Docker, by its own programs: `docker`, and `docker compose` or
// `docker-compose`.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace gameday::compose {

// This machine's Docker, as far as a stack needs it.
struct Docker {
  std::string version;               // of the engine: "20.10.24"
  std::vector<std::string> compose;  // {"docker", "compose"} or {"docker-compose"}
  std::string compose_version;
};

// Asks for both. Throws a machine Error that says what is missing, too old or not permitted, and the
// remedy.
Docker find_docker();

// "20.10.24+dfsg1" is at least "20.10".
bool version_at_least(const std::string& version, const std::string& wanted);

// Runs a program of Docker's and returns what it printed. Throws Error with the last line of that.
// It dies with this process.
std::string run_docker(std::vector<std::string> argv,
                       std::chrono::milliseconds limit = std::chrono::seconds(60));
std::vector<std::string> lines_of(const std::string& text);

// ---- projects: the stack of one drill, named after the process that it belongs to --------------

// "gameday-PID-START-NUMBER": the process, and when it began, which together are unique, and which of
// its stacks it is.
std::string project_of_this_process();
// Whether a name is of that form. Others are not ours to touch, a checkout's own for example.
bool is_ours(const std::string& project);
// False when the process of one of ours is gone: then nobody will take the project down.
bool has_owner(const std::string& project);

// What Docker has of a project: "container NAME", "network NAME", "volume NAME".
std::vector<std::string> objects_of(const std::string& project);
// Every project of ours that Docker has objects of.
std::vector<std::string> projects();
// A shell line that removes them, and ends when none has been found for `calm` rounds of a second,
// or after 20. It may run several times, in any process, and beside itself.
std::vector<std::string> removal_of(const std::string& project, int calm);

}  // namespace gameday::compose

namespace gameday {

// Removes what killed processes left in Docker; returns what was removed. Nothing where no Docker
// Engine answers. What a living process runs is left alone, and every project that is not ours.
// Throws Error, after the others are gone, when something cannot be removed.
std::vector<std::string> remove_abandoned_projects();

}  // namespace gameday
