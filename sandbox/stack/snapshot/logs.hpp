// Writes the logs of the past days from a description of what a service says on a good day.
//
// A description has one rule a line; # begins a comment:
//   stamp svlogd | postgresql        how every line begins; postgresql is followed by "[PID] "
//   every MINUTES TEXT               again and again, about so far apart, more by day than by night
//   at -DAYS HH:MM:SS TEXT           once
// In TEXT, {a|b|c} is one of these, {3-90} a whole number, {net} the first half of this machine's
// addresses, and {%...} the line's time in strftime's way. {began 90-420} is the moment of a request
// that ended with the line and took so many milliseconds, {took} how many.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

namespace gameday::snapshot {

struct LogLine {
  int64_t at_us = 0;  // since the epoch
  std::string text;   // whole, with its stamp, without its end
};

struct LogPlace {
  int64_t now_us = 0;
  std::string host;
  std::string net = "10.77";
};

// The lines of the last `days` days in the order of time, ending a little before now. The same
// description, host and day give the same lines. Throws Error that names the line it cannot read.
std::vector<LogLine> lines_of(const std::string& description, const LogPlace& place, int days);

// "@" and 24 hexadecimal digits: svlogd's name of a file that was rotated then.
std::string tai64n_name(int64_t at_us);

// Writes the lines as svlogd would have: a file for each day that is over, named after the midnight
// that ended it, and `current`. Their times are those of their last lines.
void write_logs(const std::filesystem::path& folder, const std::vector<LogLine>& lines,
                int64_t now_us);

// The change log from lines "-DAYS HH:MM  TEXT": those that are not in the future.
std::string change_log(const std::string& description, int64_t now_us);

// Gives files, and folders with all below, the times of lines "-DAYS HH:MM PATH". Throws Error for
// a path that is not there; the lines above it are done then.
void restore_times(const std::string& description, int64_t now_us);

}  // namespace gameday::snapshot
