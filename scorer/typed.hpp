// What a line typed at a shell says by itself: texts that it prints without asking anybody, and
// files that it writes. Read as a shell reads it, but nothing is run or expanded. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday {

struct TypedWord {
  std::string text;           // without its quotes; of a here-document its lines
  bool is_operator = false;   // ; & | ( ) < > <<< or a newline
  bool is_document = false;   // a here-document, or the word after <<<
};
// Comments are left out.
std::vector<TypedWord> read_typed(std::string_view line);

// \n, \t, \x74, \u0074, \164 as printf and echo -e read them.
std::string unescaped(std::string_view text);

struct TypedLine {
  std::vector<std::string> spoken;   // of echo, printf, here-documents and variables, by lines
  std::vector<std::string> written;  // targets of > and of programs that write files
  // Functions, aliases and variables by their names: what they say when they are used later.
  std::vector<std::pair<std::string, std::vector<std::string>>> defined;
};
// Of commands inside of words as well: sh -c 'echo t'.
TypedLine typed_line(std::string_view line);

}  // namespace gameday
