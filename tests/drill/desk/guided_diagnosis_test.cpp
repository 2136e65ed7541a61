#include "drill/desk/guided_diagnosis.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <sstream>

#include "core/error.hpp"
#include "tests/drill/desk/local_stack.hpp"

using namespace gameday;
using namespace gameday::testing;

namespace {

Taxonomy taxonomy() { return load_taxonomy(project_root() + "/scenarios/taxonomy.yaml"); }

const std::vector<Observation> kSeen = {
    {"o1", "lb", "trainee", "curl localhost", "ok", 0, 1, 2},
    {"o2", "db1", "trainee", "psql -c 'select 1'", "1", 0, 3, 4},
    {"o3", "db1", "trainee", "gameday ack; gameday note x", "noted", 0, 5, 6},
    {"o4", "db1", "trainee", "psql -c 'table x'", "\n value \n-------\n off\n(1 row)\n", 0, 7, 8},
    {"o5", "desk", "trainee", "page p1", "PAGE\nwhat       Slow: 5 s\nseverity   page\n", 0, 9, 9},
};

// Answers by heart; nothing once it has run out.
struct Person {
  std::deque<std::string> answers;
  std::string heard;
  std::optional<Diagnosis> talk(size_t columns = 80) {
    const Dialogue dialogue{
        [this](const std::string& text) { heard += text; },
        [this](const std::string& prompt) -> std::optional<std::string> {
          heard += prompt;
          if (answers.empty()) return std::nullopt;
          const std::string line = answers.front();
          answers.pop_front();
          return line;
        },
        columns,
        [](double at_seconds) { return "at " + std::to_string(std::lround(at_seconds)); }};
    return guided_diagnosis(dialogue, taxonomy(), kSeen);
  }
};

}  // namespace

TEST_CASE("the guided questions take names, numbers and synonyms and end in a diagnosis") {
  Person person{{"1", "primary", "Role-State", "standby_read_only", "", "maintenance", "2,o1",
                 "80%", "", "left as a standby", "y"}, ""};
  const auto diagnosis = person.talk();
  REQUIRE(diagnosis);
  CHECK(diagnosis->verdict == "fault");
  CHECK(diagnosis->component == "db1");
  CHECK(diagnosis->cls == "role_state");
  CHECK(diagnosis->mechanism == "standby_read_only");
  CHECK(diagnosis->also.empty());
  CHECK(diagnosis->trigger == "maintenance");
  CHECK(diagnosis->evidence == std::vector<std::string>{"o2", "o1"});
  CHECK(diagnosis->confidence == Approx(0.8));
  CHECK(diagnosis->text == "left as a standby");
  CHECK_THAT(person.heard, Catch::Contains("the primary database server"));
  CHECK_THAT(person.heard, Catch::Contains("o2    at 3  db1  psql -c 'select 1'\n        1\n"));
  CHECK_THAT(person.heard, Catch::Contains("o4    at 7  db1  psql -c 'table x'\n        off\n"));
  CHECK_THAT(person.heard, Catch::Contains("page p1\n        what       Slow: 5 s\n"));
  CHECK(person.heard.find("gameday note") == std::string::npos);
  CHECK(person.heard.find("Cite few") > person.heard.find("o4 "));
  const std::string summary = person.heard.substr(person.heard.find("\nverdict "));
  CHECK_THAT(summary, Catch::Contains("confidence  80 %") &&
                          Catch::Contains("text        left as a standby"));
}

TEST_CASE("a wrong answer is asked again, and back returns to the question before") {
  Person person{{"fault", "mainframe", "99", "lb", "b", "web1", "configuration", "wrong_route",
                 "firewall_drop", "deploy", "o9", "b", "none_known", "", "most", "80", "", "", "",
                 "what?", "y"}, ""};
  const auto diagnosis = person.talk();
  REQUIRE(diagnosis);
  CHECK(diagnosis->component == "web1");
  CHECK(diagnosis->also == std::vector<std::string>{"firewall_drop"});
  CHECK(diagnosis->trigger == "none_known");
  CHECK(diagnosis->evidence.empty());
  CHECK_FALSE(diagnosis->confidence);
  CHECK_THAT(person.heard, Catch::Contains("not in the list"));
  CHECK_THAT(person.heard, Catch::Contains("no observation o9"));
  CHECK_THAT(person.heard, Catch::Contains("from 0 to 1, or a percentage as in 80%"));
  CHECK_THAT(person.heard, Catch::Contains("Nothing is submitted yet"));
}

TEST_CASE("the guided questions show the mechanisms once and take several, but none twice") {
  Person person{{"fault", "router", "network_path", "wrong_route", "firewall_drop, wrong_route",
                 "firewall_drop firewall_drop", "maintenance", "", "0.25", "", "", "y"}, ""};
  const auto diagnosis = person.talk();
  REQUIRE(diagnosis);
  CHECK(diagnosis->also == std::vector<std::string>{"firewall_drop"});
  CHECK(diagnosis->confidence == Approx(0.25));
  CHECK_THAT(person.heard, Catch::Contains("You named wrong_route already"));
  const std::string listed = ". standby_read_only";
  CHECK(person.heard.find(listed) == person.heard.rfind(listed));
}

TEST_CASE("the guided questions break no word and no line beyond the terminal's width") {
  Person person{{"fault", "router", "network_path", "wrong_route", "", "maintenance", "", "", "",
                 std::string(30, 'x') + " and " + std::string(40, 'y'), "y"}, ""};
  REQUIRE(person.talk(60));
  std::istringstream lines(person.heard);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const bool is_prompt = line.find("): ") != std::string::npos;
    CHECK((is_prompt || line.size() <= 60));
  }
  CHECK_THAT(person.heard, Catch::Contains(" and\n            " + std::string(40, 'y') + "\n"));
}

TEST_CASE("alternatives are mechanisms with how likely they are and never more than all") {
  Person person{{"fault", "router", "network_path", "wrong_route", "", "maintenance", "",
                 "60%", "Firewall-Drop=half", "mainframe=1%", "wrong_route=1%",
                 "lock_contention=90%", "Firewall-Drop=20%, 3=0.1", "", "y"}, ""};
  const auto said = person.talk();
  REQUIRE(said);
  CHECK(said->confidence == Approx(0.6));
  CHECK_THAT(person.heard, Catch::Contains("with how likely they are, as in") &&
                               Catch::Contains("stands before the =") &&
                               Catch::Contains("You named wrong_route already") &&
                               Catch::Contains("more than 100 %") &&
                               Catch::Contains("or else     firewall_drop 20 %, stale_pool 10 %"));
  const json::array alternatives = checked(*said, taxonomy(), kSeen).alternatives;
  CHECK(json::serialize(alternatives) ==
        R"([{"mechanism":"firewall_drop","probability":2E-1},)"
        R"({"mechanism":"stale_pool","probability":1E-1}])");
  Diagnosis greedy = *said;
  greedy.confidence = 0.9;
  CHECK_THROWS_WITH(checked(greedy, taxonomy(), kSeen), Catch::Contains("more than all"));
  greedy.alternatives = {json::object{{"mechanism", "bad luck"}, {"probability", 0.1}}};
  CHECK_THROWS_WITH(checked(greedy, taxonomy(), kSeen), Catch::Contains("not in the list"));
  greedy.alternatives = {json::object{{"probability", 0.1}}};
  CHECK_THROWS_WITH(checked(greedy, taxonomy(), kSeen), Catch::Contains("needs a mechanism"));
  for (const char* bad : {"stale_pool", "=1", "stale_pool=2", "a=b"}) {
    CHECK_THROWS_AS(alternatives_of(bad), Error);
  }
}

TEST_CASE("confidence is one scale, from 0 to 1 or in percent") {
  CHECK(confidence_of("0.8") == Approx(0.8));
  CHECK(confidence_of("80%") == Approx(0.8));
  CHECK(confidence_of("80 %") == Approx(0.8));
  CHECK(confidence_of("1") == Approx(1));
  for (const char* bad : {"", "%", "80", "-1", "101%", "high", "0.8x", "nan"}) {
    INFO(bad);
    CHECK_FALSE(confidence_of(bad));
  }
  CHECK(parse_diagnosis(R"({"verdict":"fault","confidence":"80%"})").confidence == Approx(0.8));
}

TEST_CASE("no fault asks for no mechanism, and changing the verdict forgets it") {
  Person person{{"fault", "lb", "configuration", "b", "b", "b", "no_fault", "o1", "", "", "y"}, ""};
  const auto diagnosis = person.talk();
  REQUIRE(diagnosis);
  CHECK(diagnosis->verdict == "no_fault");
  CHECK(diagnosis->component.empty());
  CHECK(diagnosis->cls.empty());
  CHECK(diagnosis->evidence == std::vector<std::string>{"o1"});
}

TEST_CASE("leaving at any question submits nothing") {
  const std::vector<std::string> answers = {"fault", "lb", "configuration", "wrong_route", "",
                                            "deploy", "", "", "", ""};
  for (size_t questions = 0; questions <= answers.size(); ++questions) {
    Person quits, vanishes;
    quits.answers.assign(answers.begin(), answers.begin() + static_cast<long>(questions));
    vanishes.answers = quits.answers;
    quits.answers.push_back("q");
    CHECK_FALSE(quits.talk());
    CHECK_FALSE(vanishes.talk());
  }
}

TEST_CASE("a diagnosis file is read strictly") {
  const Diagnosis read = parse_diagnosis(
      R"({"verdict":"fault","component":"db1","class":"role_state","mechanism":"standby_read_only",
          "trigger":null,"confidence":0.5,"evidence":["o1"],"alternatives":[{"mechanism":"x"}],
          "text":"t","also":[]})");
  CHECK(read.component == "db1");
  CHECK(read.trigger.empty());
  CHECK(read.evidence == std::vector<std::string>{"o1"});
  CHECK(read.alternatives.size() == 1);
  CHECK(to_json(read).at("class").as_string() == "role_state");
  // The diagnosis.json of a drill's folder can be graded again as it stands.
  CHECK(parse_diagnosis(R"({"verdict":"no_fault","by":"on-call"})").verdict == "no_fault");
  for (const char* bad : {"", "[]", R"({"verdikt":"fault"})", R"({"verdict":1})",
                          R"({"evidence":"o1"})", R"({"evidence":[1]})", R"({"confidence":"high"})",
                          R"({"alternatives":{}})"}) {
    CHECK_THROWS_AS(parse_diagnosis(bad), Error);
  }
}

TEST_CASE("a diagnosis is checked against the lists, with what would be right") {
  const auto why = [](const Diagnosis& diagnosis) -> std::string {
    try {
      checked(diagnosis, taxonomy(), kSeen);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::kUsage);
      return error.what();
    }
    return "";
  };
  Diagnosis right;
  right.verdict = "FAULT";
  right.component = "Primary Database";
  right.mechanism = "standby-read-only";
  right.evidence = {"o2"};
  CHECK(why(right) == "");
  const Diagnosis named = checked(right, taxonomy(), kSeen);
  CHECK(named.component == "db1");
  CHECK(named.mechanism == "standby_read_only");

  Diagnosis wrong = right;
  wrong.component = "mainframe";
  CHECK_THAT(why(wrong), Catch::Contains("mainframe") && Catch::Contains("lb, web"));
  wrong = right;
  wrong.mechanism = "";
  CHECK_THAT(why(wrong), Catch::Contains("--mechanism"));
  wrong = right;
  wrong.evidence = {"o9"};
  CHECK_THAT(why(wrong), Catch::Contains("o9") && Catch::Contains("gameday notes"));
  wrong = right;
  wrong.also = {"firewall_drop", "primary_is_standby"};
  CHECK_THAT(why(wrong), Catch::Contains("also: standby_read_only is the mechanism already"));
  wrong = right;
  wrong.confidence = 80;
  CHECK_THAT(why(wrong), Catch::Contains("0 to 1"));
  CHECK_THAT(why(Diagnosis()), Catch::Contains("verdict"));
}
