// Holds every #include of the tree to the layer table of ARCHITECTURE.md. The table is read from
// that file, so that the page and the code cannot drift apart.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

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

// Rows of the table headed "| folder | may include | third party kept inside |".
struct Layer {
  std::set<std::string> may_include;
};

std::set<std::string> words(const std::string& cell) {
  std::set<std::string> found;
  static const std::regex word(R"(`([^`]+)`)");
  for (std::sregex_iterator match(cell.begin(), cell.end(), word), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

std::map<std::string, Layer> layer_table() {
  std::istringstream page(text_of(root() / "ARCHITECTURE.md"));
  std::map<std::string, Layer> table;
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
    const std::set<std::string> folders = words(cells[0]);
    REQUIRE(folders.size() == 1);
    table[*folders.begin()] = Layer{words(cells[1])};
  }
  return table;
}

// The longest row that a file stands under.
std::string folder_of(const std::map<std::string, Layer>& table, const std::string& path) {
  std::string best;
  for (const auto& [folder, layer] : table) {
    const bool below = path.rfind(folder + "/", 0) == 0;
    if (below && folder.size() > best.size()) best = folder;
  }
  return best;
}

// Heavy libraries and the files that alone may know them.
const std::map<std::string, std::vector<std::string>> kKeptInside = {
    {"boost/beast", {"core/http"}},
    {"yaml-cpp/", {"core/yaml.cpp"}},
    {"pqxx/", {"sandbox/stack/"}},
    {"libpq-fe.h", {"sandbox/stack/", "injectors/database_session.cpp"}},
    {"prometheus/", {"sandbox/stack/"}},
    {"CLI/", {"cli/"}},
    {"openssl/", {"report/digest.cpp"}},
};

std::vector<std::string> complaints(const std::string& path, const std::string& text,
                                    const std::map<std::string, Layer>& table) {
  std::vector<std::string> found;
  const std::string own = folder_of(table, path);
  if (own.empty()) return {path + " stands under no row of the table"};
  static const std::regex include(R"(^\s*#include\s+["<]([^">]+)[">])", std::regex::multiline);
  for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match) {
    const std::string header = (*match)[1];
    const std::string other = folder_of(table, header);
    const bool allowed =
        other.empty() || other == own || table.at(own).may_include.count(other) == 1;
    if (!allowed) found.push_back(path + " may not include " + header);
    for (const auto& [prefix, places] : kKeptInside) {
      if (header.rfind(prefix, 0) != 0) continue;
      bool inside = false;
      for (const std::string& place : places) inside = inside || path.rfind(place, 0) == 0;
      if (!inside) found.push_back(path + " may not include " + header + " (kept elsewhere)");
    }
  }
  return found;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp";
}

}  // namespace

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

TEST_CASE("every include is one that the layer table allows") {
  const auto table = layer_table();
  REQUIRE(table.size() >= 8);
  int files = 0;
  for (const auto& [folder, layer] : table) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      const std::string path = fs::relative(entry.path(), root()).string();
      ++files;
      for (const std::string& complaint : complaints(path, text_of(entry.path()), table)) {
        FAIL_CHECK(complaint);
      }
    }
  }
  CHECK(files > 50);
}

TEST_CASE("an include that the table forbids is found") {
  const auto table = layer_table();
  CHECK(complaints("core/x.cpp", "#include \"drill/desk/desk.hpp\"\n", table).size() == 1);
  CHECK(complaints("scorer/x.cpp", "#include \"sandbox/sandbox.hpp\"\n", table).size() == 1);
  CHECK(complaints("drill/x.cpp", "#include <boost/beast/core.hpp>\n", table).size() == 1);
  CHECK(complaints("nowhere/x.cpp", "", table).size() == 1);
  CHECK(complaints("scorer/x.cpp", "#include \"core/json.hpp\"\n", table).empty());
}
