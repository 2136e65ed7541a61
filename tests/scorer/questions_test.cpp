// How people ask about the outages, and what each way must count as. What stands in questions.jsonl
// was typed into real terminals: tests/fixtures/record-questions has the table.
#include <fstream>
#include <set>

#include "scorer/evidence.hpp"
#include "scorer/source.hpp"
#include "tests/scorer/watched.hpp"

using namespace gameday;

namespace {

std::string names_of(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " + ") + name;
  return text.empty() ? "nothing" : text;
}

// The sets that the last of these events proves something of.
std::string counts_as(const Variant& variant, const json::array& beside,
                      const json::object& event) {
  DrillOnPaper drill;
  const auto add = [&drill](const json::object& one) {
    drill.at(60).add(events::kObservation, one.at("data").as_object());
  };
  for (const json::value& one : beside) add(one.as_object());
  add(event);
  std::set<std::string> names;
  const std::string id = string_or(event.at("data").as_object(), "id", "");
  for (const EvidenceSet& set : variant.evidence) {
    const EvidenceGrade grade =
        grade_evidence({id}, {set}, drill.journal, drill.journal.events.size());
    if (grade.met > 0) names.insert(set.name);
    for (const NotSeen& one : grade.not_seen) UNSCOPED_INFO(one.why);
  }
  return names_of(names);
}

const Variant& variant_of(const Catalogue& catalogue, const json::object& row) {
  const Scenario& scenario =
      find_scenario(catalogue.scenarios, std::string(row.at("scenario").as_string()));
  const auto found = std::find_if(
      scenario.variants.begin(), scenario.variants.end(),
      [&](const Variant& one) { return one.id == std::string(row.at("variant").as_string()); });
  REQUIRE(found != scenario.variants.end());
  return *found;
}

}  // namespace

TEST_CASE("each way of asking counts as what it showed") {
  const Catalogue catalogue;
  std::ifstream file(std::filesystem::path(std::getenv("GAMEDAY_ROOT")) /
                     "tests/fixtures/questions.jsonl");
  size_t questions = 0;
  std::set<std::string> scenarios;
  for (std::string line; std::getline(file, line); ++questions) {
    const json::value value = parse_json(line, "questions.jsonl");
    const json::object& row = value.as_object();
    const json::object& event = row.at("event").as_object();
    const json::object& data = event.at("data").as_object();
    scenarios.insert(std::string(row.at("scenario").as_string()));
    std::set<std::string> wanted;
    for (const json::value& name : row.at("counts_as").as_array()) {
      wanted.insert(std::string(name.as_string()));
    }
    INFO(string_or(data, "host", "")
         << ": " << string_or(data, "within", "") << " " << string_or(data, "command", "") << "\n"
         << string_or(data, "output", ""));
    CHECK(counts_as(variant_of(catalogue, row), row.at("beside").as_array(), event) ==
          names_of(wanted));
  }
  CHECK(questions >= 60);
  CHECK(scenarios.size() == 5);
}
