#include "report/page_files.hpp"

#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace gameday {

std::string PageFiles::text(const std::string& name) const {
  const std::filesystem::path file = web_ / name;
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) throw machine_error("page: cannot read " + file.string() + ": install Gameday anew");
  return text.str();
}

HtmlPage PageFiles::page(const std::string& entry) const {
  HtmlPage page;
  page.styles = {text("base.css")};
  page.modules = {{"preact", text("vendor/preact/dist/preact.mjs")},
                  {"preact/hooks", text("vendor/preact/hooks/dist/hooks.mjs")},
                  {"htm", text("vendor/htm/dist/htm.mjs")}};
  for (const char* name : {"html.js", "words.js", "score.js", "charts.js", "lanes.js", "timeline.js",
                           "terminal.js", "tables.js"}) {
    page.modules.push_back({std::string("web/") + name, text(name)});
  }
  page.modules.push_back({"web/" + entry, text(entry)});
  page.entry = "web/" + entry;
  return page;
}

void PageFiles::add_player(HtmlPage& page) const {
  page.styles.push_back(text("vendor/asciinema-player/dist/bundle/asciinema-player.css"));
  page.scripts.push_back(text("vendor/asciinema-player/dist/bundle/asciinema-player.min.js"));
  page.uses_wasm = true;
}

}  // namespace gameday
