// The simple commands of a line typed at a shell, and what the shell itself may print through them.
// By the words; nothing is run or expanded. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct TypedCommand {
  std::string name;                // without its folder; empty: only assignments
  std::vector<std::string> words;  // what follows the name
  bool is_fed = false;             // by a here-document, or by a file
  bool told_by_shell = false;      // what comes through its pipe may come from a shell's own words
};

struct TypedCommands {
  std::vector<TypedCommand> list;  // those inside of words, too: sh -c 'date; psql'
  std::vector<std::string> read;   // files that the shell itself reads: < FILE
  bool parallel = false;           // a command runs beside the next one
  bool pipes_a_host = false;       // what another host prints goes through a pipe of this one
};
TypedCommands typed_commands(std::string_view line);

// True for a command that prints its words: echo, printf, a function, whatever is not known to do
// something else with them.
bool speaks(const TypedCommand& command);

// Texts that the shell or a program outside of the tables may print, cut where a variable or a
// command puts something in. Joined as the command joins them.
std::vector<std::string> said_by_shell(const TypedCommands& commands);

// Why the shell can print any text whatever by this line; empty: it cannot.
std::string shell_builds(const TypedCommands& commands);

}  // namespace gameday
