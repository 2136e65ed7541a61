#include "drill/desk/usage.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using gameday::testing::project_root;

TEST_CASE("verbs are parsed with their words and options") {
  const VerbCall update =
      parse_verb({"update", "--impact", "checkout fails", "--next=15", "--json", "--action", "x"});
  CHECK(update.verb->name == "update");
  CHECK(update.option("impact") == "checkout fails");
  CHECK(update.option("next") == "15");
  CHECK(update.json);
  CHECK(update.words.empty());

  const VerbCall note = parse_verb({"note", "--", "--impact", "is", "no", "option"});
  CHECK(note.text() == "--impact is no option");

  const VerbCall dash = parse_verb({"note", "-", "a"});
  CHECK(dash.text() == "- a");

  CHECK(parse_verb({"hint", "--yes"}).has("yes"));
  CHECK_FALSE(parse_verb({"hint"}).has("yes"));
  CHECK(parse_verb({"declare", "--help"}).help);
  CHECK(parse_verb({}).verb->name == "help");
  CHECK(parse_verb({"--help"}).verb->name == "help");
}

TEST_CASE("what follows a host is a command, options included") {
  const VerbCall plain = parse_verb({"on", "db1", "ls", "-l", "--json"});
  CHECK(plain.words == std::vector<std::string>{"db1", "ls", "-l", "--json"});
  CHECK_FALSE(plain.json);
  const VerbCall marked = parse_verb({"on", "--json", "db1", "--", "ls", "--", "-l"});
  CHECK(marked.words == std::vector<std::string>{"db1", "ls", "--", "-l"});
  CHECK(marked.json);
  const VerbCall between = parse_verb({"exec", "db1", "--json", "--", "ls", "--json"});
  CHECK(between.words == std::vector<std::string>{"db1", "ls", "--json"});
  CHECK(between.json);
}

TEST_CASE("wrong usage is a usage error of one line that names what is right") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"promote"}, "there is no verb 'promote'"},
      {{"ack", "now"}, "does not take 'now'"},
      {{"declare"}, "needs SEVERITY"},
      {{"declare", "sev1", "sev2"}, "does not take 'sev2'"},
      {{"note"}, "needs TEXT"},
      {{"escalate"}, "needs TEAM"},
      {{"update", "--inpact", "x"}, "unknown option --inpact"},
      {{"update", "--impact"}, "--impact needs TEXT"},
      {{"update", "--impact", "x", "--impact", "y"}, "--impact is given twice"},
      {{"hint", "--yes=no"}, "--yes takes no value"},
      {{"on"}, "needs HOST"},
      {{"shell", "a", "b"}, "does not take 'b'"},
  };
  for (const auto& [argv, why] : wrong) {
    INFO(argv[0] << ": " << why);
    try {
      parse_verb(argv);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::kUsage);
      CHECK_THAT(error.what(), Catch::Contains(why));
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("a length of time is a number with s, m or h behind it, above zero and at most a day") {
  const std::vector<std::pair<std::string, double>> right = {
      {"90", 90}, {"90s", 90}, {"0.5s", 0.5}, {"5m", 300}, {"1.5h", 5400}, {"24h", 86400}};
  for (const auto& [text, seconds] : right) {
    INFO(text);
    CHECK(duration_seconds(text) == seconds);
  }
  for (const char* text : {"", "m", "0", "-1", "25h", "5 m", "5min", "1e9", "nan", "inf", "five"}) {
    INFO(text);
    CHECK_FALSE(duration_seconds(text));
  }
}

TEST_CASE("the guide for programs names verbs and options that there are") {
  const std::regex quoted("`gameday ([a-z]+)([^`]*)`"), option("(^| )(--[a-z]+)");
  const std::set<std::string> subcommands = {"run",  "score",     "report",
                                            "down", "scenarios", "doctor", "setup"};
  size_t verbs = 0;
  for (const char* page : {"/docs/automated-responder.md", "/README.md"}) {
    std::ifstream stream(project_root() + page);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (std::sregex_iterator one(text.begin(), text.end(), quoted), end; one != end; ++one) {
      INFO(one->str());
      const std::string name = (*one)[1];
      const Verb* verb = find_verb(name);
      CHECK((verb != nullptr || subcommands.count(name) == 1));
      if (!verb) continue;
      ++verbs;
      const std::string rest = (*one)[2];
      const std::string help = verb_help(*verb);
      for (std::sregex_iterator each(rest.begin(), rest.end(), option); each != end; ++each) {
        CHECK_THAT(help, Catch::Contains("  " + (*each)[2].str() + " "));
      }
    }
  }
  CHECK(verbs > 15);
}

TEST_CASE("every verb has a summary, an example of itself, and its help names every option") {
  for (const Verb& verb : desk_verbs()) {
    INFO(verb.name);
    CHECK_FALSE(verb.summary.empty());
    CHECK(verb.example.starts_with("gameday " + std::string(verb.name)));
    const std::string help = verb_help(verb);
    CHECK_THAT(help, Catch::Contains(std::string(verb.example)));
    for (const VerbOption& option : verb.options) {
      CHECK_THAT(help, Catch::Contains(std::string(option.name)));
    }
    CHECK_THAT(desk_help(), Catch::Contains(std::string(verb.summary)));
  }
}
