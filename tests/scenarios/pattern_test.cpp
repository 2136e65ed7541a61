// Which regular expressions of evidence can match a line at all.
#include "scenarios/pattern.hpp"

#include <catch2/catch.hpp>
#include <regex>

using namespace gameday;

TEST_CASE("an expression that no line can match is known, and no other one is taken for one") {
  struct Row {
    const char* pattern;
    const char* line;  // that matches it; null: none can
  };
  const Row rows[] = {
      {"", ""},
      {"a", "xay"},
      {"^a$", "a"},
      {"^$", ""},
      {"a^b", nullptr},
      {"a$b", nullptr},
      {"a?^b", "b"},
      {"(a|b$)c", "ac"},
      {"(a$|b$)c", nullptr},
      {"(a$)*c", "c"},
      {"(a$)+c", nullptr},
      {"(^a)+", "a"},
      {"(^a){2}", nullptr},
      {"(^a?){2}b", "b"},
      {"a{3}", "aaa"},
      {"(a$){0,1}b", "b"},
      {"x{2,}$", "xxx"},
      {"a\\nb", nullptr},
      {"[\\n]b", nullptr},
      {"[\\n\\s]b", " b"},
      {"[^\\n]b", "ab"},
      {"[[:digit:]$]x", "1x"},
      {"\\$a\\^", "$a^"},
      {"[$]a", "$a"},
      {"(?!)", nullptr},
      {"(?!.*)a", nullptr},
      {"(?!b)a", "a"},
      {"^(?!db2$)", "db1"},
      {"^(?!.*(db2|\\.3\\.12)).*(statement_timeout|show all)", "show all"},
      {"(?!\\b)a", "xa"},
      {"(?=a$b)a", nullptr},
      {"(?=ab$)a", "ab"},
      {"(a)\\1$", "aa"},
      {"(^|\\|)\\s*5(ms)?\\s*(\\||$)", "5ms"},
      {"^(a|)*?$", "aa"},
      {"^a$|b$c", "a"},
      {"$^", ""},
      {"$^a", nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.pattern);
    CHECK(a_line_can_match(row.pattern) == (row.line != nullptr));
    if (!row.line) continue;
    CHECK(std::regex_search(row.line, std::regex(row.pattern, std::regex::ECMAScript)));
  }
}
