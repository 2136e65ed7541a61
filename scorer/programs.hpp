// One program of an observation: what kind of source it is, and what it was asked. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"

namespace gameday {

struct Program {
  enum Kind {
    kOther,     // shells, interpreters' wrappers, tools that print what they are given
    kAsker,     // asks the system by itself: ip, ss, curl, ping, ps, sv, …
    kClient,    // psql: a source where its SQL asks something
    kReader,    // cat, grep, awk, …: a source of the files that it was given
    kLister,    // ls, find, …: of the folders, or of the one it stands in
    kScripted,  // runs a text: a source of nothing
    kHarmless,  // the desk's own client, wrappers of the system
  };
  Kind kind = kOther;
  std::string name;  // as the table knows it: awk for mawk
  std::string path, cwd;
  std::vector<std::string> argv, env;
  json::array files;
  bool of_the_machine = true;    // below /usr, unchanged, and nothing put before its libraries
  bool diverted = false;         // a client that was sent elsewhere than to a service of the stack
  bool unseen = false;           // its output goes to a file
  bool tells_by_errors = false;  // what it tells comes on its other stream: curl -v
};
Program program_of(const json::object& object);
// The name that the tables know: awk for /usr/bin/mawk.
std::string table_name(const std::string& path);
Program::Kind kind_of(const std::string& name);
// True for those that print their words, or what is the same everywhere: echo, date, id.
bool is_innocent(const std::string& name);

// The SQL of a psql: of -c, of what was typed into it, or of the line that feeds it.
struct SqlAsked {
  std::string text;
  bool from_input = false;
};
SqlAsked sql_asked(const Program& client, const std::string& typed, const std::string& statement);

// Texts that sed's replacements and the constants of awk and jq put into lines, and what formats say
// beside the values: -w, -printf, -c.
std::vector<std::string> texts_put_in(const Program& program);
std::vector<std::string> texts_of_format(const Program& program);

}  // namespace gameday
