#include "tests/support/sentences.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace gameday::testing {

Reading::Reading(const Journal& from, const Scenario& of, const Variant& played,
                 const Taxonomy& lists)
    : journal(from), scenario(of), variant(played), taxonomy(lists), twin(played.fault_free()) {
  end = journal.events.empty() ? 0 : journal.events.back().at_seconds;
  for (const Event& event : journal.events) {
    const std::string phase = event.kind == events::kPhase ? string_or(event.data, "name", "") : "";
    if (phase == "verified") start = event.at_seconds;
    if (event.kind == events::kDiagnosis) answer = event.data;
  }
  for (const char* last : {"down", "settle"}) {
    if (journal.phase_at(last) >= start) end = journal.phase_at(last);
  }
  for (const Event& event : journal.events) {
    if (event.kind != events::kServed || event.at_seconds < start) continue;
    const bool well = bool_or(event.data, "served", false);
    if (well && served < 0) served = number_or(event.data, "since", event.at_seconds);
    if (!well && event.at_seconds < end) served = -1;
  }
}

std::string Reading::answered(const std::string& field) const {
  if (!answer) return "";
  const std::string said = string_or(*answer, field, "");
  const std::string known = taxonomy.canonical(field, said);
  return known.empty() ? said : known;
}

std::vector<std::string> Reading::cited() const {
  std::vector<std::string> ids;
  const json::value* list = answer ? answer->if_contains("evidence") : nullptr;
  if (!list || !list->is_array()) return ids;
  for (const json::value& id : list->as_array()) ids.emplace_back(id.as_string().c_str());
  return ids;
}

std::string Reading::truth(const std::string& field) const {
  if (field == "verdict") return twin ? "no_fault" : "fault";
  if (field == "component") return variant.truth.component;
  if (field == "class") return variant.truth.cls;
  if (field == "trigger") return variant.truth.trigger;
  std::string all = variant.truth.mechanism;
  for (const std::string& part : variant.truth.also) all += " + " + part;
  return all;
}

const Event* Reading::observation(const std::string& id) const {
  for (const Event& event : journal.events) {
    if (event.kind == events::kObservation && string_or(event.data, "id", "") == id) return &event;
  }
  return nullptr;
}

std::vector<const Event*> Reading::desk(const std::string& verb) const {
  std::vector<const Event*> found;
  for (const Event& event : journal.events) {
    if (event.kind == events::kDesk && string_or(event.data, "verb", "") == verb) {
      found.push_back(&event);
    }
  }
  return found;
}

std::string Reading::probe(const std::string& set, const std::string& name) const {
  std::string said;
  for (const Event& event : journal.events) {
    const std::string of = string_or(event.data, "set", "");
    if (event.kind != events::kProbe || string_or(event.data, "name", "") != name) continue;
    if (set.empty() ? of == "baseline" : of != set) continue;
    const std::string result = string_or(event.data, "result", "");
    if (said.empty() || result == "no" || (result == "unknown" && said == "yes")) said = result;
  }
  return said;
}

double Reading::lost_orders() const {
  const Event* orders = journal.last(events::kOrders);
  return orders ? number_or(orders->data, "lost", 0) : 0;
}

std::pair<double, double> Reading::suffered(double from, double until) const {
  double bad = 0, all = 0;
  for (const Event& event : journal.events) {
    const bool inside = event.at_seconds - 1 >= from - 1e-6 && event.at_seconds <= until + 1e-6;
    if (event.kind != events::kSecond || !inside) continue;
    double failed = 0;
    for (const auto& kind : event.data.at("failed").as_object()) {
      failed += kind.value().to_number<double>();
    }
    bad += failed + number_or(event.data, "slow", 0);
    all += failed + number_or(event.data, "succeeded", 0);
  }
  return {bad, all};
}

bool Reading::any_at(double seconds_after_start, const std::string& kind) const {
  return std::any_of(journal.events.begin(), journal.events.end(), [&](const Event& event) {
    double at = event.at_seconds - start;
    const double since = number_or(event.data, "since", event.at_seconds) - start;
    const double began = number_or(event.data, "started", event.at_seconds) - start;
    at = std::max(0.0, at);  // before the effect counts as at once
    const auto is = [&](double one) { return std::abs(one - seconds_after_start) < 0.06; };
    return event.kind == kind &&
           (is(at) || is(since) || is(began) || is(event.at_seconds - start));
  });
}

std::string judge(const std::vector<Kind>& kinds, const Reading& read, const std::string& place,
                  const std::string& sentence) {
  static std::map<std::string, std::regex> compiled;
  std::string why = "of no known kind";
  for (const Kind& kind : kinds) {
    Claim claim{read, {}};
    const auto& places = compiled.try_emplace(kind.places, kind.places).first->second;
    if (!std::regex_match(place, places)) continue;
    if (!std::regex_match(sentence, claim.found, kind.pattern)) continue;
    if (kind.holds(claim)) return "";
    why = "not borne out by the journal";
  }
  return why;
}

std::vector<std::string> untrue_in_scorecard(const std::string& scorecard, const Reading& read) {
  std::vector<std::string> untrue;
  std::map<std::string, double> points, costs;
  std::istringstream lines(scorecard);
  const std::regex cost(R"((.*) \[-([\d.]+)\])"), item(R"(  (.{14})(.*))");
  const std::regex bar(R"((Diagnosis|Repair|Response|Total) +([\d.]+) of (\d+) +[#.]+(  .*)?)");
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (line.empty()) continue;
    if (std::regex_match(line, found, bar)) {
      points[found[1]] = std::stod(found[2]);
      costs[found[1]] += std::stod(found[3]) - std::stod(found[2]);
      const std::string why =
          found[4].length() ? judge(scorecard_kinds(), read, "bar", found[4].str().substr(2)) : "";
      if (!why.empty()) untrue.push_back(line + ": " + why);
      continue;
    }
    std::string text = line, label;
    if (line[0] != ' ') {
      if (line.rfind("Scorecard", 0) != 0 && line.rfind("Points", 0) != 0) section = line;
    } else if (std::regex_match(line, found, item)) {
      label = found[1].str().substr(0, found[1].str().find_last_not_of(' ') + 1);
      text = found[2];
      if (section != "Wrong turns" && std::regex_match(text, found, cost)) {
        costs[section] -= std::stod(found[2]);
        text = found[1].str();
      }
    }
    const std::string why = judge(scorecard_kinds(), read, section + "/" + label, text);
    if (!why.empty()) untrue.push_back(section + "/" + label + ": " + text + ": " + why);
  }
  double sum = 0;
  for (const auto& [name, value] : points) {
    sum += name == "Total" ? -value : value;
    if (name != "Total" && std::abs(costs[name]) > 0.6) {
      untrue.push_back(name + ": the costs do not add up to what the bar is short of");
    }
  }
  if (std::abs(sum) > 0.2 && read.lost_orders() == 0 && read.probe("", "orders_kept") != "no") {
    untrue.push_back("Total: is not the sum of the bars");
  }
  return untrue;
}

}  // namespace gameday::testing
