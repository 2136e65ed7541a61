// The guides to scenarios and to faults are held to their word: their YAML is that of their
// examples, their C++ that of the fault, what they print is printed, and each change that they show
// (a block `diff`) is answered by the check as they say.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "core/json.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

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

struct Guide {
  std::filesystem::path page, example;
  size_t quotes, mistakes;  // at least
};

const std::filesystem::path kDocs = project_root() / "docs";
const Guide kGuides[] = {{kDocs / "writing-a-scenario.md", kDocs / "pages-cut-off.yaml", 15, 20},
                         {kDocs / "writing-a-fault.md", kDocs / "pages-hang.yaml", 3, 8}};

// Each block of a language stands in the text as it is.
void quotes(const std::filesystem::path& page, const std::string& language, size_t least,
            const std::string& text) {
  const auto quoted = blocks(content(page), language);
  CHECK(quoted.size() >= least);
  for (const std::string& block : quoted) {
    INFO(page << "\n" << block);
    CHECK(("\n" + text).find("\n" + block) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("the guides' examples load without a warning and the guides quote them as they are") {
  for (const Guide& guide : kGuides) {
    const Outcome outcome = check(guide.example);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find(" 0 warnings\n") != std::string::npos);
    quotes(guide.page, "yaml", guide.quotes, content(guide.example));
  }
}

TEST_CASE("the guide to faults quotes its fault and what is printed of it as they are") {
  const Guide& guide = kGuides[1];
  quotes(guide.page, "cpp", 5, content(project_root() / "injectors" / "lock_contention.cpp"));
  const Outcome faults = run_program({gameday_program(), "scenarios", "faults"}, 20s);
  CHECK(faults.status == 0);
  quotes(guide.page, "text", 1, faults.out);
  const Outcome document = run_program({gameday_program(), "scenarios", "faults", "--json"}, 20s);
  CHECK(document.status == 0);
  const json::value parsed = parse_json(document.out, "faults");
  bool found = false;
  for (const json::value& fault : parsed.at("faults").as_array()) {
    if (fault.at("name").as_string() != "timeout_too_low") continue;
    found = true;
    CHECK(fault.at("kind").as_string() == "fault");
    CHECK(fault.at("targets").as_array().at(0).as_string() == "primary");
    CHECK(fault.at("giveaways").as_array().at(0).as_string() == "statement_timeout");
    const json::value& limit = fault.at("parameters").as_array().at(0);
    CHECK(limit.at("unit").as_string() == "ms");
    CHECK(limit.at("high").to_number<double>() == 60000);
    CHECK(limit.at("default").as_string() == "1");
    CHECK_FALSE(limit.at("meaning").as_string().empty());
  }
  CHECK(found);
}

TEST_CASE("every mistake that the guides show is answered as they say") {
  for (const Guide& guide : kGuides) {
    const std::string example = content(guide.example);
    const auto mistakes = blocks(content(guide.page), "diff");
    CHECK(mistakes.size() >= guide.mistakes);
    const TemporaryFolder folder;
    const auto file = folder.path / guide.example.filename();
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
}

// Alone: its pages need a processor that no other drill's database keeps busy.
TEST_CASE("an author tries every promise of the guide's example on real stacks", "[figures]") {
  const Outcome outcome =
      run_program({gameday_program(), "scenarios", "check", "--contract",
                   kGuides[0].example.string()}, 400s);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("the contract is kept") != std::string::npos);
  for (const char* part : {"statement_limit, contract", "statement_limit, repair roll_back",
                           "sessions_read_only, contract", "statement_limit, twin"}) {
    CHECK(outcome.err.find(std::string(part) + ", seed ") != std::string::npos);
  }
}
