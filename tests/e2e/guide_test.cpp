// docs/writing-a-scenario.md is held to its word: its YAML is that of its example, and each change
// that it shows (a block `diff`) is answered by the check as it says.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "tests/support/program.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  REQUIRE(stream);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The contents of the fenced blocks of one language.
std::vector<std::string> blocks(const std::string& markdown, const std::string& language) {
  std::vector<std::string> found;
  std::istringstream lines(markdown);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    } else if (line == "```" + language) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

// Takes out the lines with `-`, one after the other, and puts those with `+` in where the last one
// was. What else stands in the block is what the check must say.
std::string changed(std::string text, const std::string& block, std::vector<std::string>& says) {
  std::istringstream lines(block);
  size_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string rest = line.substr(1) + "\n";
    if (line[0] == '-') {
      at = text.find("\n" + rest, at ? at - 1 : 0);
      INFO("no such line in the example: " << line);
      REQUIRE(at != std::string::npos);
      text.erase(++at, rest.size());
    } else if (line[0] == '+') {
      text.insert(at, rest);
      at += rest.size();
    } else {
      says.push_back(line);
    }
  }
  return text;
}

Outcome check(const std::filesystem::path& file) {
  return run_program({gameday_program(), "scenarios", "check", file.string()}, 60s);
}

const std::filesystem::path kExample = project_root() / "docs" / "pages-cut-off.yaml";

}  // namespace

TEST_CASE("the guide's example loads without a warning and the guide quotes it as it is") {
  const Outcome outcome = check(kExample);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find(" 0 warnings\n") != std::string::npos);
  const std::string example = content(kExample);
  const auto quoted = blocks(content(project_root() / "docs" / "writing-a-scenario.md"), "yaml");
  CHECK(quoted.size() >= 15);
  for (const std::string& block : quoted) {
    INFO(block);
    CHECK(example.find("\n" + block) != std::string::npos);
  }
}

TEST_CASE("every mistake that the guide shows is answered as it says") {
  const std::string example = content(kExample);
  const auto mistakes = blocks(content(project_root() / "docs" / "writing-a-scenario.md"), "diff");
  CHECK(mistakes.size() >= 20);
  const TemporaryFolder folder;
  const auto file = folder.path() / kExample.filename();
  for (const std::string& block : mistakes) {
    std::vector<std::string> says;
    std::ofstream(file) << changed(example, block, says);
    const Outcome outcome = check(file);
    INFO(block << outcome.out << outcome.err);
    REQUIRE_FALSE(says.empty());
    for (const std::string& line : says) {
      CHECK((outcome.out + outcome.err).find(line) != std::string::npos);
    }
    CHECK(outcome.status == (says.front().rfind("warning: ", 0) == 0 ? 0 : 2));
  }
}

// Alone: its pages need a processor that no other drill's database keeps busy.
TEST_CASE("an author tries every promise of the guide's example on real stacks", "[figures]") {
  const Outcome outcome =
      run_program({gameday_program(), "scenarios", "check", "--contract", kExample.string()}, 400s);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("the contract is kept") != std::string::npos);
  for (const char* part : {"statement_limit, contract", "statement_limit, repair roll_back",
                           "sessions_read_only, contract", "statement_limit, twin"}) {
    CHECK(outcome.err.find(std::string(part) + ", seed ") != std::string::npos);
  }
}
