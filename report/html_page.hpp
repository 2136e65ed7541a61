// One HTML file that needs nothing else: data, modules and styles in it, no request to anywhere. Its
// content security policy allows its own code and nothing more. Pure: the same page gives the same
// bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace gameday {

// Code that is imported by its name ("preact", "web/lanes.js"), or run.
struct PageCode {
  std::string name, text;
};

struct HtmlPage {
  std::string title;
  std::vector<std::string> styles;
  std::vector<std::string> scripts;  // classic ones, run in their order before any module
  // ES modules; they import each other by name, never by a relative path.
  std::vector<PageCode> modules;
  std::string entry;                 // the module that begins
  // What the page shows: element #data holds it as JSON. Any bytes may be in its strings.
  json::value data;
  // Paragraphs for whoever has no scripts: a mail's preview, a text browser.
  std::vector<std::string> without_scripts;
  bool uses_wasm = false;
};

std::string html_page(const HtmlPage& page);

// As text between tags, and within quotes of an attribute. Bytes that are no UTF-8, and control
// characters, become U+FFFD; so in html_page's data.
std::string html_text(std::string_view text);

// JSON that may stand in a script element: no '<' is in it, and no byte that is not UTF-8.
std::string script_json(const json::value& value);

}  // namespace gameday
