// Whether SQL asks the server what it knows, or only says what its writer put into it. By the
// words; nothing is run. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// What a player made before: settings of a session or a server, tables and functions.
struct PlayersSql {
  std::set<std::string> settings, made;
  // Takes in what these statements set and make.
  void note(std::string_view sql);
};

// True when some statement asks for what only the server can answer: a function or table of the
// catalogue or the shop, SHOW, \d, EXPLAIN, or what it makes of a change. Constants, variables of
// psql, \echo, settings and objects of the player's own are no question.
bool asks_server(std::string_view sql, const PlayersSql& own);

// The columns of the result, from 0, that hold constants only.
std::vector<size_t> constant_columns(std::string_view sql);

// What a SELECT lists, an item a column; empty where nobody knows the columns.
std::vector<std::string> selected_items(std::string_view statement);

// Texts that the statements put into their answer: constants and quoted names of what is selected,
// and quoted names with blanks, which an error repeats.
std::vector<std::string> texts_in_answer(std::string_view sql);

// What psql says by itself when it is told to: \echo, \set, the title and the null of \pset.
std::vector<std::string> texts_of_commands(std::string_view sql);

// Without comments.
std::string without_comments(std::string_view sql);

}  // namespace gameday
