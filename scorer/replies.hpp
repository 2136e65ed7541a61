// Which part of an output answers which question. A command may ask several servers, or one server
// several things; what they print stands in the order in which they were asked, a table says by its
// headings what it shows, and a row of a table by its columns. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct Question {
  std::string text;                               // the program with what it was given, on one line
  enum Rows { kNone, kOne, kMany } rows = kMany;  // how many lines the answer has
  std::vector<std::string> items;  // of a SELECT: its list; empty when nobody knows the columns
  std::vector<size_t> constant;    // those of the columns that hold constants
  bool of_sql = false;             // a statement, or a command of psql
  bool is_sql = false;             // it begins as one
  bool is_select = false;
  bool only_connects = false;  // what counts is how the server refused it
};

// The statements of a client's SQL as questions. `client` is the client without its SQL.
std::vector<Question> questions_of(const std::string& client, std::string_view sql);

struct ReplyRow {
  std::string line;                // as it was printed
  std::vector<std::string> cells;  // empty: it is no row of a table
};

// What was asked, and what came. Several questions: nobody can tell whose answer it is.
struct Reply {
  std::vector<Question> questions;
  std::vector<std::string> columns;  // what each cell shows
  std::vector<ReplyRow> rows;
};

// `ordered` is false where lines may have changed their places, or commands ran side by side, and
// `whole` where some may have been left out.
std::vector<Reply> replies_of(const std::vector<Question>& questions, const std::string& output,
                              bool ordered, bool whole);

// A line to be searched, and how it is shown.
struct ToldLine {
  std::string text, shown;
};
// The lines of an answer to what `asks` recognises in questions, columns and names of rows; all
// lines where it is null. Empty: it answers nothing of the kind.
std::vector<ToldLine> told_lines_of(const Reply& reply, const std::function<bool(const std::string&)>& asks);

}  // namespace gameday
