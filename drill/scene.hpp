// What a trainee reads off the dates of files. Everything that a drill writes is written within its
// few minutes, and would be the newest of each host: so the company's own files are given the age
// that they would have, and what a drill writes the time that its story gives it. Logs and data keep
// their times.
#pragma once

#include "core/clock.hpp"
#include "injectors/fault.hpp"

namespace gameday {

// Configuration, releases and last stable copies of every host that can be entered become some weeks
// to more than a year old, each host's folders together. Throws Error.
void age_files(Sandbox& sandbox);

// What was written on a host since `from` becomes as old as `at`. Throws Error.
void date_files(Host& host, WallTime from, WallTime at);

}  // namespace gameday
