// Evidence has a source: what an observation shows counts where a program that can know it printed
// it. By the programs that the kernel saw start, what they were given, and the text of the command.
// Pure. The rules, in the order in which they are tried:
//   - an observation without the field `programs` counts as it stands: an older journal, a page, a
//     dashboard;
//   - a program that is no part of the machine's system, that has been changed, or that reads a
//     file of the player's makes the whole observation worthless, because it may print anything;
//   - so does a program that nobody knows, and one that can print any text (scorer/builders.hpp),
//     unless it only passes on what an honest program printed;
//   - at least one program must have asked the system: a client or a tool for what it asks, a
//     reader for the files it was given. A shell's own commands start no program;
//   - what the command itself says (words of echo, date or a function, here-documents, variables,
//     constants of SQL, formats) is taken out of its output;
//   - each result belongs to the question that printed it (scorer/replies.hpp).
// Of the player are files below /tmp, /root, /home and /dev/shm, files that earlier commands name
// as their target, and root's files that changed after the effect was verified, outside of
// /var/log.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scorer/replies.hpp"
#include "scorer/sql.hpp"

namespace gameday {

struct Source {
  bool counts = true;
  std::string why;                 // it does not count, in a few words
  bool watched = false;            // programs are known: `answers` are to be judged
  std::string output;              // what its sources may have printed
  std::vector<Reply> replies;     // the same, by what they were asked
};

// What players made themselves, as far as earlier observations tell.
class PlayersOwn {
 public:
  // `verified_wall`: when the effect was verified, in wall-clock seconds; 0: unknown.
  explicit PlayersOwn(double verified_wall = 0) : verified_wall_(verified_wall) {}
  void note(const json::object& observation);
  // `file` as in the `files` of a program.
  bool has_file(const std::string& host, const json::object& file) const;
  const PlayersSql& sql() const { return sql_; }
  // What functions, aliases and variables that a line names have been made to say.
  std::vector<std::string> said_by(const std::string& line) const;

 private:
  double verified_wall_;
  std::vector<std::pair<std::string, std::string>> written_;  // host, path
  PlayersSql sql_;
  std::map<std::string, std::vector<std::string>> defined_;  // by name
};

// `elsewhere`: lines that another host printed into this observation through a pipe.
Source source_of(const json::object& observation, const PlayersOwn& own,
                 const std::vector<std::string>& elsewhere = {});

// The sources of all observations of a journal. To be made once for many questions.
class Sources {
 public:
  explicit Sources(const Journal& journal);
  // Null: nobody watched, and the observation counts as it stands.
  const Source* of(const Event& observation) const;

 private:
  std::map<int64_t, Source> by_line_;
};

}  // namespace gameday
