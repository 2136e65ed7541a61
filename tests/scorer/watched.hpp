// Observations as the engines write them, with the programs that were seen to start.
#pragma once

#include "scorer/source.hpp"
#include "tests/scorer/drill_on_paper.hpp"

namespace gameday {

// A program as an observation tells it, with further members.
inline json::object ran(const std::string& path, std::vector<std::string> argv,
                        json::object more = {}) {
  more["path"] = path;
  more["argv"] = json::array(argv.begin(), argv.end());
  if (!more.contains("cwd")) more["cwd"] = "/root";
  return more;
}
inline json::object file(const std::string& path) {
  return {{"files", json::array{{{"path", path}}}}};
}
inline json::object changed_file(const std::string& path, double at) {
  return {{"files", json::array{{{"path", path}, {"changed", at}}}}};
}

inline const std::string kPsql = "/usr/lib/postgresql/15/bin/psql";
inline const std::string kAsk = "SELECT pg_is_in_recovery()";

inline json::object psql(const std::string& sql, json::object more = {}) {
  return ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop", "-Atc", sql}, std::move(more));
}

inline const json::object kOpen = ran(kPsql, {"psql", "-h", "db1", "-U", "postgres", "shop"});

struct Case {
  std::string command;
  std::vector<json::object> programs;
  std::string output = "t\n";
  std::string within = {};
  std::string host = "ops";
};

inline json::object event_of(const Case& one, const std::string& id = "o1") {
  json::array programs(one.programs.begin(), one.programs.end());
  json::object event{{"id", id},
                     {"host", one.host},
                     {"command", one.command},
                     {"output", one.output},
                     {"programs", programs}};
  if (!one.within.empty()) event["within"] = one.within;
  return event;
}

inline const std::string kLine = "psql -h db1 -U postgres shop -Atc '" + kAsk + "'";
inline const double kVerified = 1767225600;  // of DrillOnPaper, in wall-clock seconds

}  // namespace gameday
