// Holds every #include of the tree to the layer table of ARCHITECTURE.md: which folder may include
// which, which libraries each keeps inside, and how many floors a room of drill/ has. The table is
// read from that file, so that the page and the code cannot drift apart.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

// Of a room of drill/: the longest chain of its own files that include each other.
constexpr int kMostFloors = 5;

fs::path root() {
  const char* set = std::getenv("GAMEDAY_ROOT");
  REQUIRE(set != nullptr);
  return set;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Rows of the table headed "| folder | may include | third party kept inside |". The third cell
// lists beginnings of includes; behind "in" stand the only files of the folder that may have them.
struct Library {
  std::string prefix;
  std::set<std::string> files;  // empty: all of the folder
};
struct Layer {
  std::set<std::string> may_include;
  std::vector<Library> libraries;
};
using Table = std::map<std::string, Layer>;

std::vector<std::string> words(const std::string& cell) {
  std::vector<std::string> found;
  static const std::regex word(R"(`([^`]+)`)");
  for (std::sregex_iterator match(cell.begin(), cell.end(), word), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

std::vector<Library> libraries(const std::string& cell) {
  std::vector<Library> found;
  std::istringstream entries(cell);
  for (std::string entry; std::getline(entries, entry, ',');) {
    const size_t in = entry.find(" in ");
    const std::string files = in == std::string::npos ? "" : entry.substr(in);
    const std::vector<std::string> places = words(files);
    for (const std::string& prefix : words(entry.substr(0, in))) {
      found.push_back({prefix, {places.begin(), places.end()}});
    }
  }
  return found;
}

Table layer_table() {
  std::istringstream page(text_of(root() / "ARCHITECTURE.md"));
  Table table;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| folder | may include |", 0) == 0) {
      inside = true;
      continue;
    }
    if (inside && line.rfind("|", 0) != 0) break;
    if (!inside || line.rfind("|---", 0) == 0) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    REQUIRE(cells.size() == 3);
    const std::vector<std::string> folders = words(cells[0]);
    REQUIRE(folders.size() == 1);
    const std::vector<std::string> may = words(cells[1]);
    table[folders[0]] = Layer{{may.begin(), may.end()}, libraries(cells[2])};
  }
  return table;
}

// The longest row that a file stands under.
std::string folder_of(const Table& table, const std::string& path) {
  std::string best;
  for (const auto& [folder, layer] : table) {
    const bool below = path.rfind(folder + "/", 0) == 0;
    if (below && folder.size() > best.size()) best = folder;
  }
  return best;
}

// What a folder may include with all that stands under it.
bool may_include(const Table& table, const std::string& from, const std::string& to) {
  return to.empty() || to == from || table.at(from).may_include.count(to) == 1;
}

// Whether a header is one of a library that no other folder, or no other file, may know.
bool is_library(const Table& table, const std::string& header) {
  static const std::set<std::string> system = {"sys", "net", "netinet", "arpa", "linux"};
  for (const auto& [folder, layer] : table) {
    for (const Library& library : layer.libraries) {
      if (header.rfind(library.prefix, 0) == 0) return true;
    }
  }
  const size_t slash = header.find('/');
  return slash != std::string::npos && system.count(header.substr(0, slash)) == 0;
}

bool is_kept_here(const Table& table, const std::string& path, const std::string& header) {
  const std::string own = folder_of(table, path);
  for (const Library& library : table.at(own).libraries) {
    if (header.rfind(library.prefix, 0) != 0) continue;
    if (library.files.empty() || library.files.count(path.substr(own.size() + 1)) == 1) return true;
  }
  return false;
}

struct Include {
  std::string header;
  bool is_ours = false;  // in quotes
};
std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  static const std::regex include(R"(^\s*#include\s+(["<])([^">]+)[">])", std::regex::multiline);
  for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match) {
    found.push_back({(*match)[2], (*match)[1] == "\""});
  }
  return found;
}

std::vector<std::string> complaints(const std::string& path, const std::string& text,
                                    const Table& table) {
  std::vector<std::string> found;
  if (folder_of(table, path).empty()) return {path + " stands under no row of the table"};
  for (const auto& [header, is_ours] : includes_of(text)) {
    if (is_ours && !may_include(table, folder_of(table, path), folder_of(table, header))) {
      found.push_back(path + " may not include " + header);
    }
    if (!is_ours && is_library(table, header) && !is_kept_here(table, path, header)) {
      found.push_back(path + " may not include " + header + " (kept elsewhere)");
    }
  }
  return found;
}

// Path and text of every source file of the table's folders.
std::map<std::string, std::string> source_files(const Table& table) {
  std::map<std::string, std::string> files;
  for (const auto& [folder, layer] : table) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      const fs::path& path = entry.path();
      const bool is_source = path.extension() == ".cpp" || path.extension() == ".hpp";
      if (!entry.is_regular_file() || !is_source) continue;
      files[fs::relative(path, root()).string()] = text_of(path);
    }
  }
  return files;
}

std::string stem_of(const std::string& path) { return path.substr(0, path.rfind('.')); }

// How many files of one folder stand on each other under this one, a header and its source as one.
// Counts no further than the limit: files that include each other in a circle have no end.
int floors_under(const Table& table, const std::map<std::string, std::string>& files,
                 const std::string& path, int above = 0) {
  const auto file = files.find(path);
  int below = 0;
  if (file == files.end()) return below;
  if (above > kMostFloors + 1) return 1;
  for (const auto& [header, is_ours] : includes_of(file->second)) {
    if (!is_ours || folder_of(table, header) != folder_of(table, path)) continue;
    const int own = stem_of(header) == stem_of(path) ? 1 : 0;
    below = std::max(below, floors_under(table, files, header, above + 1) - own);
  }
  return below + 1;
}

// Types that a file defines for others to see, with their namespaces.
std::set<std::string> types_of(const std::string& text) {
  static const std::regex opens(R"(^namespace ?([\w:]*) ?\{$)"), closes(R"(^\}  // namespace.*$)");
  static const std::regex type(
      R"(^(?:struct|class|enum class|enum) (\w+)(?: final)?(?: : [^;]*)? \{.*$)");
  std::vector<std::string> open;
  std::set<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, opens)) {
      open.push_back(match[1]);
    } else if (std::regex_match(line, closes)) {
      if (!open.empty()) open.pop_back();
    } else if (std::regex_match(line, match, type)) {
      std::string name = match[1];
      bool is_local = false;
      for (auto one = open.rbegin(); one != open.rend(); ++one) {
        is_local = is_local || one->empty();
        name = *one + "::" + name;
      }
      if (!is_local) found.insert(name);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("every include is one that the layer table allows") {
  const auto table = layer_table();
  REQUIRE(table.size() >= 15);
  const auto files = source_files(table);
  CHECK(files.size() > 250);
  for (const auto& [path, text] : files) {
    for (const std::string& complaint : complaints(path, text, table)) FAIL_CHECK(complaint);
  }
}

TEST_CASE("no folder of the layer table stands above itself") {
  const auto table = layer_table();
  std::function<void(const std::string&, std::vector<std::string>)> climb =
      [&](const std::string& folder, std::vector<std::string> above) {
        INFO(folder);
        REQUIRE(table.count(folder) == 1);
        REQUIRE(std::find(above.begin(), above.end(), folder) == above.end());
        above.push_back(folder);
        for (const std::string& below : table.at(folder).may_include) climb(below, above);
      };
  for (const auto& [folder, layer] : table) climb(folder, {});
}

TEST_CASE("an include that the table forbids is found") {
  const auto table = layer_table();
  CHECK(complaints("core/x.cpp", "#include \"drill/desk/desk.hpp\"\n", table).size() == 1);
  CHECK(complaints("scorer/x.cpp", "#include \"sandbox/sandbox.hpp\"\n", table).size() == 1);
  CHECK(complaints("drill/x.cpp", "#include \"report/verdict.hpp\"\n", table).size() == 1);
  CHECK(complaints("drill/probes/x.cpp", "#include \"drill/conductor.hpp\"\n", table).size() == 1);
  CHECK(complaints("drill/x.cpp", "#include <boost/beast/core.hpp>\n", table).size() == 1);
  CHECK(complaints("core/x.cpp", "#include <boost/beast/core.hpp>\n", table).size() == 1);
  CHECK(complaints("scorer/x.cpp", "#include <fmt/core.h>\n", table).size() == 1);
  CHECK(complaints("nowhere/x.cpp", "", table).size() == 1);
  CHECK(complaints("scorer/x.cpp", "#include \"core/json.hpp\"\n", table).empty());
  CHECK(complaints("core/http.cpp", "#include <boost/beast/core.hpp>\n", table).empty());
  CHECK(complaints("core/x.cpp", "#include <sys/socket.h>\n", table).empty());
}

TEST_CASE("a room of drill/ has few floors") {
  const auto table = layer_table();
  const auto files = source_files(table);
  for (const auto& [path, text] : files) {
    if (path.rfind("drill/", 0) != 0) continue;
    INFO(path);
    CHECK(floors_under(table, files, path) <= kMostFloors);
  }
  const std::map<std::string, std::string> tower = {
      {"drill/a.cpp", "#include \"drill/a.hpp\"\n#include \"drill/b.hpp\"\n"},
      {"drill/a.hpp", "#include \"core/json.hpp\"\n"},
      {"drill/b.hpp", "#include \"drill/c.hpp\"\n"},
      {"drill/c.hpp", ""}};
  CHECK(floors_under(table, tower, "drill/a.cpp") == 3);
  const std::map<std::string, std::string> circle = {
      {"drill/a.hpp", "#include \"drill/b.hpp\"\n"},
      {"drill/b.hpp", "#include \"drill/a.hpp\"\n"}};
  CHECK(floors_under(table, circle, "drill/a.hpp") > kMostFloors);
}

TEST_CASE("no name of a type stands for two types") {
  std::map<std::string, std::set<std::string>> places;
  for (const auto& [path, text] : source_files(layer_table())) {
    for (const std::string& name : types_of(text)) places[name].insert(path);
  }
  CHECK(places.size() > 200);
  for (const auto& [name, files] : places) {
    std::string list;
    for (const std::string& file : files) list += " " + file;
    if (files.size() > 1) FAIL_CHECK(name + " stands in" + list);
  }
  CHECK(types_of("namespace a {\nstruct B {\n};\nnamespace {\nclass C {\n};\n}  // namespace\n"
                 "class D final : public B {\n};\nstruct D::Impl {\n};\nclass E;\n"
                 "}  // namespace a\n") ==
        std::set<std::string>{"a::B", "a::D"});
}

TEST_CASE("the page on the journal has a row for every kind of event and for no other") {
  const auto kinds = [](const std::string& text, const std::regex& entry) {
    std::set<std::string> found;
    for (std::sregex_iterator one(text.begin(), text.end(), entry), end; one != end; ++one) {
      found.insert((*one)[1]);
    }
    return found;
  };
  const std::string page = text_of(root() / "docs" / "journal.md");
  const auto wanted = kinds(text_of(root() / "journal" / "events.hpp"),
                            std::regex(R"re(const char\* k\w+ = "(\w+)";)re"));
  CHECK(wanted.size() > 20);
  CHECK(kinds(page.substr(page.find("## Kinds of events")), std::regex("\\n\\| `(\\w+)` \\|")) ==
        wanted);
}
