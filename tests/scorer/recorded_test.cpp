// What the scorer must withstand, on real drills: tests/fixtures holds their journals, good players'
// and cheaters', as tests/fixtures/record made them.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "report/grade.hpp"
#include "tests/scorer/drill_on_paper.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;

namespace {

const std::vector<std::string> kFixtures = {
    "documented", "expert", "fake_shop", "luck",  "no_repair", "nothing",
    "older",      "restarts", "rollback", "twin", "vandal"};

std::filesystem::path fixtures_folder() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root != nullptr);
  return std::filesystem::path(root) / "tests" / "fixtures";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Recorded {
  Journal journal;
  GradingRules rules;

  explicit Recorded(const std::string& name) {
    journal = read_journal(fixtures_folder() / (name + ".jsonl"));
    const Event* truth = journal.last(events::kTruth);
    REQUIRE(truth != nullptr);
    rules = grading_rules(truth->data, fixtures_folder().parent_path().parent_path() / "scenarios");
  }
  Scorecard card() const { return grade_journal(rules, journal); }
  Scorecard card(const Journal& other) const { return grade_journal(rules, other); }
  double total(const Journal& other) const {
    return score(rules.scenario, rules.variant, rules.taxonomy, other).total;
  }
  json::object last_answer() const {
    const Event* answer = journal.last(events::kDiagnosis);
    return answer ? answer->data : json::object{};
  }
};

template <typename Check>
void for_every_fixture(Check check) {
  for (const std::string& name : kFixtures) {
    INFO(name);
    check(name, Recorded(name));
  }
}

double without_process(const Scorecard& card) {
  return card.total - 10 * card.response.grade.process;
}

// The figures of a scorecard, without its words.
std::string figures(const Scorecard& card) {
  const json::object document = to_json(card);
  json::object kept{{"total", document.at("total")}, {"catalogue", document.at("catalogue")}};
  for (const auto& [bar, keys] : std::map<std::string, std::vector<std::string>>{
           {"diagnosis", {"points", "raw", "corrected", "evidence", "revisions", "hints"}},
           {"repair", {"points", "mitigation", "harm", "data_lost"}},
           {"response", {"points", "time", "process"}}}) {
    for (const std::string& key : keys) {
      kept[bar + "_" + key] = document.at(bar).as_object().at(key);
    }
  }
  return json::serialize(kept);
}

json::value reversed(const json::value& value) {
  if (value.is_array()) {
    json::array items;
    for (const json::value& item : value.as_array()) items.push_back(reversed(item));
    return items;
  }
  if (!value.is_object()) return value;
  const json::object& object = value.as_object();
  json::object turned;
  for (auto member = object.end(); member != object.begin();) {
    --member;
    turned[member->key()] = reversed(member->value());
  }
  return turned;
}

}  // namespace

TEST_CASE("recorded drills keep their grades") {
  std::string grades = "{\n";
  for_every_fixture([&](const std::string& name, const Recorded& drill) {
    grades += (name == kFixtures.front() ? "\"" : ",\n\"") + name + "\": " + figures(drill.card());
  });
  grades += "\n}\n";
  // A grade that moved needs a new version of the catalogue, not a new file.
  CHECK(grades == text_of(fixtures_folder() / "grades.json"));
}

TEST_CASE("recorded players earn what their skill deserves and no more") {
  std::map<std::string, Scorecard> cards;
  for_every_fixture([&](const std::string& name, const Recorded& drill) {
    cards[name] = drill.card();
    CHECK(cards[name].ungraded.empty());
  });
  for (const char* expert : {"expert", "rollback", "twin", "documented", "older"}) {
    INFO(expert);
    CHECK(cards[expert].total >= 90);
  }
  CHECK(cards["nothing"].total == 0);
  CHECK(without_process(cards["restarts"]) <= 5);
  CHECK(cards["restarts"].repair.points == 0);
  CHECK(without_process(cards["luck"]) <= 37);
  CHECK(cards["luck"].diagnosis.points == 0);
  CHECK(cards["no_repair"].total >= 45);
  CHECK(cards["no_repair"].total <= 65);
  CHECK(cards["no_repair"].repair.points == 0);
  const std::vector<std::string> by_skill = {"expert", "no_repair", "luck", "restarts", "nothing"};
  for (size_t i = 1; i < by_skill.size(); ++i) {
    CHECK(cards[by_skill[i - 1]].total > cards[by_skill[i]].total);
  }
}

TEST_CASE("a load balancer that acknowledges orders by itself repairs nothing and loses them") {
  const Recorded drill("fake_shop");
  const Event* orders = drill.journal.last(events::kOrders);
  REQUIRE(orders != nullptr);
  CHECK(number_or(orders->data, "stored", -1) < number_or(orders->data, "acknowledged", -1));
  CHECK(number_or(orders->data, "lost", 0) > 0);
  // Users did seem to be served: only the databases knew.
  const ProbeResults probes(drill.journal);
  CHECK(probes.at("mitigation", "users_served") == Result::kYes);
  const Scorecard card = drill.card();
  CHECK(card.repair.points == 0);
  CHECK(card.repair.grade.harm.data_lost);
  CHECK(without_process(card) <= 5);
}

TEST_CASE("a right answer and a repair are worth 40 to whoever deletes orders on the way") {
  const Recorded drill("vandal");
  const Scorecard card = drill.card();
  CHECK(card.diagnosis.points == Approx(50));
  CHECK(card.repair.points == 0);
  CHECK(card.total == Approx(40));
  CHECK(card.capped);
  // A Prometheus that is down cannot say that monitoring is intact, nor that it is not.
  const ProbeResults probes(drill.journal);
  CHECK(probes.worst("monitoring_intact") == Result::kUnknown);
  CHECK(probes.worst("access_not_widened") == Result::kNo);
  CHECK(to_json(card).at("repair").as_object().at("harm") == "unknown");
}

TEST_CASE("the best constant answer to a recorded drill earns at most 25 and a half truth half") {
  for_every_fixture([&](const std::string&, const Recorded& drill) {
    if (drill.rules.variant.fault_free()) return;
    const Truth& truth = drill.rules.variant.truth;
    json::object said{{"verdict", "fault"},        {"component", truth.component},
                      {"class", truth.cls},        {"mechanism", truth.mechanism},
                      {"trigger", truth.trigger}};
    const auto points = [&](const json::object& answer) {
      return drill.card(with_answer(drill.journal, answer)).diagnosis.points;
    };
    const Scorecard constant = drill.card(with_answer(drill.journal, said));
    // What was paid for hints and changes of mind is not part of the bound.
    CHECK(constant.diagnosis.points <= 25 + 1e-9);
    for (const char* verdict : {"no_fault", "undetermined"}) {
      json::object other = said;
      other["verdict"] = verdict;
      CHECK(points(other) == 0);
    }
    said["evidence"] = drill.last_answer().contains("evidence") ? drill.last_answer().at("evidence")
                                                                : json::value(json::array{});
    REQUIRE_FALSE(truth.siblings.empty());
    const double right = points(said);
    said["mechanism"] = truth.siblings.front();
    CHECK(points(said) >= right / 3);
    CHECK(points(said) <= right * 2 / 3 + 1e-9);
  });
}

TEST_CASE("wrong alternatives and stuffed words raise no recorded score") {
  std::mt19937_64 chance(7);
  for_every_fixture([&](const std::string&, const Recorded& drill) {
    const Taxonomy& taxonomy = drill.rules.taxonomy;
    const double before = drill.card().total;
    json::object answer = drill.last_answer();
    const bool answered = !answer.empty();
    std::string words;
    for (const char* field : {"component", "class", "mechanism", "trigger"}) {
      for (const TaxonomyValue& value : taxonomy.values(field)) {
        words += value.name + " " + value.help + " " + value.tells + " ";
      }
    }
    for (int round = 0; round < 5 && answered; ++round) {
      json::array alternatives;
      for (int i = 0; i < 8; ++i) {
        const size_t at = chance() % taxonomy.mechanisms.size();
        alternatives.push_back(json::object{
            {"mechanism", taxonomy.mechanisms[at].name},
            {"component", taxonomy.components[chance() % taxonomy.components.size()].name},
            {"probability", static_cast<double>(chance() % 12) / 10}});
      }
      answer["alternatives"] = alternatives;
      answer["confidence"] = static_cast<double>(chance() % 11) / 10;
      answer["text"] = words;
      CHECK(drill.total(with_answer(drill.journal, answer)) == Approx(before));
    }
    Journal stuffed = drill.journal;
    for (Event& event : stuffed.events) {
      if (event.kind != events::kDesk) continue;
      for (const char* key : {"text", "impact", "action", "reason"}) {
        if (event.data.contains(key)) event.data[key] = string_or(event.data, key, "") + words;
      }
    }
    CHECK(drill.total(stuffed) == Approx(before));
  });
}

TEST_CASE("in a recorded answer order and letter case and synonyms change no figure") {
  for_every_fixture([&](const std::string&, const Recorded& drill) {
    const std::string before = figures(drill.card());
    Journal turned = drill.journal;
    for (Event& event : turned.events) event.data = reversed(event.data).as_object();
    CHECK(figures(drill.card(turned)) == before);
    Journal shouted = drill.journal;
    for (Event& event : shouted.events) {
      if (event.kind != events::kDiagnosis) continue;
      for (const char* field : {"verdict", "component", "class", "mechanism", "trigger"}) {
        std::string word = string_or(event.data, field, "");
        for (const TaxonomyValue& value : drill.rules.taxonomy.values(field)) {
          if (value.name == word && !value.synonyms.empty()) word = value.synonyms.front();
        }
        for (char& letter : word) {
          if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
          if (letter == '_') letter = '-';
        }
        if (!word.empty()) event.data[field] = "  " + word + " ";
      }
    }
    CHECK(figures(drill.card(shouted)) == before);
  });
}

TEST_CASE("more harm never raises a recorded total") {
  std::mt19937_64 chance(11);
  const auto worsen = [&chance](Journal& journal) {
    Event& event = journal.events[chance() % journal.events.size()];
    if (event.kind == events::kProbe && string_or(event.data, "set", "") != "baseline") {
      const bool cause = string_or(event.data, "name", "") == "cause_present";
      const std::string now = string_or(event.data, "result", "");
      if (now == (cause ? "no" : "yes")) {
        event.data["result"] = chance() % 2 ? (cause ? "yes" : "no") : "unknown";
      }
    } else if (event.kind == events::kOrders) {
      event.data[chance() % 2 ? "lost" : "unknown"] = 1 + chance() % 5;
    } else if (event.kind == events::kRestarts) {
      const char* hosts[] = {"pay", "mon", "router", "lb", "db2", "web1"};
      const char* host = hosts[chance() % std::size(hosts)];
      event.data["services"].as_array().push_back(
          json::object{{"host", host}, {"role", host}, {"service", host}, {"up_seconds", 3}});
    }
  };
  for_every_fixture([&](const std::string& name, const Recorded& drill) {
    if (name == "older") return;  // the same rules, fewer of them
    for (int round = 0; round < 4; ++round) {
      Journal journal = drill.journal;
      double before = drill.total(journal);
      for (int step = 0; step < 400; ++step) {
        const auto event = journal.events.size();
        worsen(journal);
        REQUIRE(journal.events.size() == event);
        if (step % 10 != 9) continue;
        const double after = drill.total(journal);
        CHECK(after <= before + 1e-9);
        before = after;
      }
    }
  });
}

TEST_CASE("users who suffer more after the first command never raise a recorded total") {
  for_every_fixture([&](const std::string&, const Recorded& drill) {
    double first = drill.journal.events.back().at_seconds;
    for (const Event& event : drill.journal.events) {
      const bool acts = event.kind == events::kObservation &&
                        event.at_seconds >= drill.journal.phase_at("verified");
      if (acts) first = std::min(first, event.at_seconds);
    }
    const double untouched =
        std::max(first, drill.journal.phase_at("verified") + kShortestLook) + 1;
    Journal worse = drill.journal;
    for (Event& event : worse.events) {
      if (event.kind != events::kSecond || event.at_seconds <= untouched) continue;
      event.data["failed"] = json::object{{"http_5xx", number_or(event.data, "succeeded", 0)}};
      event.data["succeeded"] = 0;
    }
    CHECK(drill.total(worse) <= drill.total(drill.journal) + 1e-9);
  });
}

TEST_CASE("every prefix of a recorded drill is graded, and none before the probes is a repair") {
  for_every_fixture([&](const std::string&, const Recorded& drill) {
    Journal prefix;
    bool probed = false;
    for (const Event& event : drill.journal.events) {
      prefix.events.push_back(event);
      probed = probed || (event.kind == events::kProbe &&
                          string_or(event.data, "set", "") != "baseline");
      const Scorecard card = drill.card(prefix);
      CHECK(json::serialize(to_json(card)).size() > 100);
      if (!probed && !card.twin) CHECK(card.repair.points == 0);
    }
  });
}

TEST_CASE("a recorded drill that was cut off inside any line is read up to it") {
  const TemporaryFolder folder;
  const auto file = folder.path / "torn.jsonl";
  for (const char* name : {"expert", "twin"}) {
    const Recorded drill(name);
    const std::string text = text_of(fixtures_folder() / (std::string(name) + ".jsonl"));
    size_t whole = 0;
    for (size_t from = 0; from < text.size(); ++whole) {
      const size_t end = text.find('\n', from);
      for (const size_t cut : {from + 1, (from + end) / 2, end}) {
        std::ofstream(file, std::ios::binary) << text.substr(0, cut);
        const Journal journal = read_journal(file);
        CHECK(journal.truncated);
        CHECK(journal.events.size() == whole);
        if (cut == end && whole % 5 == 0) {
          const Scorecard card = drill.card(journal);
          CHECK((!card.ungraded.empty() ||
                 std::find(card.lacks.begin(), card.lacks.end(),
                           "its last line, which was cut off") != card.lacks.end()));
        }
      }
      from = end + 1;
    }
  }
}

TEST_CASE("grading a recorded drill twice gives the same bytes") {
  for_every_fixture([&](const std::string& name, const Recorded& drill) {
    CHECK(json::serialize(to_json(drill.card())) == json::serialize(to_json(Recorded(name).card())));
  });
}
