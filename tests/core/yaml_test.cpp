#include "core/yaml.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "core/error.hpp"

using namespace gameday;

namespace {

// The message that reading `text` or using it ends with; empty when nothing was wrong.
template <typename Use>
std::string message_of(const std::string& text, Use use) {
  try {
    use(parse_yaml(text, "f.yaml"));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

std::string message_of(const std::string& text) {
  return message_of(text, [](const YamlNode&) {});
}

}  // namespace

TEST_CASE("values keep their kind, their place and their path") {
  const YamlNode root = parse_yaml("name: shop\nlist:\n  - {a: 1, b: \"2\"}\nnone:\n", "f.yaml");
  CHECK(root.at("name").string() == "shop");
  const YamlNode& item = root.at("list").list().at(0);
  CHECK(item.path() == "list[0]");
  CHECK(item.at("a").integer(0, 9) == 1);
  CHECK(item.at("a").line() == 3);
  CHECK(item.at("a").column() == 9);
  CHECK(item.at("b").quoted());
  CHECK(item.at("b").path() == "list[0].b");
  CHECK(root.at("none").is_null());
  CHECK(root.find("absent") == nullptr);
}

TEST_CASE("numbers are decimal and nothing else") {
  const auto integer = [](const std::string& text) {
    return parse_yaml("n: " + text, "f.yaml").at("n").integer(-1000, 1000);
  };
  CHECK(integer("10") == 10);
  CHECK(integer("-10") == -10);
  CHECK(integer("+7") == 7);
  CHECK(integer("0") == 0);
  for (const char* bad : {"010", "-010", "0x10", "0o10", "1e3", "1.0", "1_000", "\"10\"", "ten",
                          "1001", "99999999999999999999", "[1]", "", "+-1", "--1"}) {
    INFO(bad);
    CHECK_THROWS_AS(integer(bad), Error);
  }
  const auto number = [](const std::string& text) {
    return parse_yaml("n: " + text, "f.yaml").at("n").number(0, 100);
  };
  CHECK(number(".55") == Approx(0.55));
  CHECK(number("0.5") == Approx(0.5));
  CHECK(number("1e1") == Approx(10));
  for (const char* bad : {"nan", ".nan", "inf", ".inf", "0x1p3", "1,5", "5s", "\"1\"", "101",
                          "01.5", "-1"}) {
    INFO(bad);
    CHECK_THROWS_AS(number(bad), Error);
  }
}

TEST_CASE("only true and false are truth values") {
  CHECK(parse_yaml("b: true", "f").at("b").boolean());
  CHECK_FALSE(parse_yaml("b: false", "f").at("b").boolean());
  for (const char* bad : {"yes", "no", "on", "off", "True", "1", "\"true\""}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_yaml("b: " + std::string(bad), "f").at("b").boolean(), Error);
  }
}

TEST_CASE("anchors, aliases and merge keys work, and a map's own keys win") {
  const YamlNode root = parse_yaml(
      "x-a: &a {one: 1, two: 2}\n"
      "x-b: &b {two: 22, three: 3}\n"
      "plain: *a\n"
      "single:\n  <<: *a\n  two: own\n"
      "several:\n  <<: [*a, *b]\n"
      "nested: &n\n  <<: *a\n  four: 4\n"
      "again:\n  <<: *n\n", "f.yaml");
  CHECK(root.at("plain").at("one").integer(0, 9) == 1);
  CHECK(root.at("single").at("two").string() == "own");
  CHECK(root.at("single").members().size() == 2);
  CHECK(root.at("single").find("<<") == nullptr);
  CHECK(root.at("several").at("two").string() == "2");
  CHECK(root.at("several").at("three").string() == "3");
  CHECK(root.at("again").at("one").string() == "1");
  CHECK(root.at("again").at("four").string() == "4");
  CHECK(root.at("plain").at("one").path() == "plain.one");
  CHECK(root.at("plain").at("one").line() == 1);
}

TEST_CASE("broken files are refused with file, line, column, key and why") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: a: doubled key: it stands already in line 1"},
      {"m:\n  k: 1\n  \"k\": 2\n", "f.yaml:3:3: k: doubled key: it stands already in line 2"},
      {"x: &x {a: 1}\nm:\n  <<: *x\n  <<: *x\n", "f.yaml:4:3: <<: doubled key"},
      {"m:\n  <<: word\n", "f.yaml:2:7: document: `<<` takes a map or a list of maps"},
      {"a: 1\n---\nb: 2\n", "f.yaml:3:1: yaml: a second document: one file holds one"},
      {"a: *nobody\n", "f.yaml:1:4: yaml: "},
      {"a: &a [1, *a]\n", "f.yaml:1:11: yaml: an alias inside the value it names"},
      {"a: [1, 2\n", "f.yaml:2:1: yaml: a `{` or `[` is not closed"},
      {"a: {b: 1\nc: 2\n", "f.yaml:2:2: yaml: a `{` or `[` is not closed"},
      {"a:\n  - {b: one: two}\n", "f.yaml:2:12: yaml: a `{` or `[` is not closed, or a text with"},
      {"a:\n  b: 1\n c: 2\n", "f.yaml:3:2: yaml: the indentation is none of those above it"},
      {"a: one: two\n", "f.yaml:1:7: yaml: no key or item can stand here"},
      {"a:\n  b: 1\n\tc: 2\n", "f.yaml:3:1: yaml: a tab in the indentation: use blanks"},
      {"a: 'open\n", "f.yaml:2:1: yaml: a quoted text is not closed"},
      {"a: \"open", "f.yaml:2:1: yaml: a quoted text is not closed"},
      {"\ta: 1\n", "f.yaml:"},
      {"a: !!str 5\n", "f.yaml:1:4: yaml: tags are not supported"},
      {"a: !env X\n", "f.yaml:1:4: yaml: tags are not supported"},
      {"{[1]: 2}\n", "f.yaml:1:2: document: a key must be a word"},
      {"a: 1\nb: \x04\n", "f.yaml:2:4: yaml: a control character: remove it"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK_THAT(message_of(row.text), Catch::StartsWith(row.message));
  }
}

TEST_CASE("wrong use names the key's whole path") {
  CHECK(message_of("a: {b: [x, 010]}", [](const YamlNode& root) {
          root.at("a").at("b").list().at(1).integer(0, 9);
        }) == "f.yaml:1:12: a.b[1]: a number does not begin with 0: `010`");
  CHECK(message_of("a:\n  usres: 5\n", [](const YamlNode& root) {
          root.at("a").allow({"users", "period"});
        }) == "f.yaml:2:3: a.usres: unknown key: did you mean `users`?");
  CHECK(message_of("a: 1\nzzzzzz: 2\n", [](const YamlNode& root) { root.allow({"a", "load"}); }) ==
        "f.yaml:2:1: zzzzzz: unknown key");
  CHECK(message_of("a: {}\n", [](const YamlNode& root) { root.at("a").at("id"); }) ==
        "f.yaml:1:4: a: the key `id` is missing");
  CHECK(message_of("- 1\n", [](const YamlNode& root) { root.at("id"); }) ==
        "f.yaml:1:1: document: a map is wanted, not a list");
  CHECK(message_of("", [](const YamlNode& root) { root.at("id"); }) ==
        "f.yaml:1:1: document: a map is wanted, not nothing");
  CHECK(message_of("a: {b: \"x\"}", [](const YamlNode& root) { root.at("a").at("b").boolean(); }) ==
        "f.yaml:1:8: a.b: true or false is wanted, not the text \"x\"");
}

TEST_CASE("hostile files end in an error, never in a crash or a wait") {
  CHECK_THAT(message_of(std::string(200, '[')), Catch::Contains("nested deeper than 64 levels"));
  CHECK_THAT(message_of(std::string(500'000, '[')), Catch::Contains("nested deeper"));
  std::string deep;
  for (int depth = 0; depth < 100; ++depth) deep += std::string(depth, ' ') + "a:\n";
  CHECK_THAT(message_of(deep), Catch::Contains("nested deeper than 64 levels"));
  CHECK_THAT(message_of(std::string(2 << 20, 'a')), Catch::Contains("larger than 1 MiB"));
  // Every level uses the one before ten times: ten levels would be ten thousand million values.
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 10; ++level) {
    const std::string before = "*a" + std::to_string(level - 1);
    laughs += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + before;
    for (int i = 1; i < 10; ++i) laughs += ", " + before;
    laughs += "]\n";
  }
  CHECK_THAT(message_of(laughs), Catch::Contains("more than 100000 values"));
}

TEST_CASE("a missing file and a folder are said so") {
  CHECK_THROWS_WITH(read_yaml("/no/such/file.yaml"),
                    "/no/such/file.yaml: cannot read the file: is it there?");
  CHECK_THROWS_WITH(read_yaml("/tmp"), "/tmp: is a folder: name a file");
}

TEST_CASE("the nearest name is close or none") {
  const std::vector<std::string> known = {"standby_read_only", "session_read_only", "wrong_route"};
  CHECK(nearest_name("standby_readonly", known) == "standby_read_only");
  CHECK(nearest_name("wrong_rout", known) == "wrong_route");
  CHECK(nearest_name("q", known).empty());
}
