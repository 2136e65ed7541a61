#include "cli/scenarios_check.hpp"

#include <algorithm>
#include <iostream>

#include "cli/scenarios_contract.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "drill/alert_rules.hpp"
#include "drill/playable.hpp"
#include "journal/folder.hpp"
#include "report/measured.hpp"
#include "scenarios/prediction.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

void check_alerts(Settings settings, const Scenario& scenario) {
  try {
    add_alert_rules(settings, scenario.alerts);
  } catch (const Error& error) {
    throw usage_error(scenario.alerts_where + ": " + error.what());
  }
}

std::optional<double> documented_figure(const Scenario& scenario, const std::string& figure) {
  return figure == "goodput_lost_percent" ? scenario.documented.goodput_lost_percent
                                          : scenario.documented.users_affected_percent;
}

// "users_affected_percent" as people say it.
std::string spoken(const std::string& figure) {
  return figure == "goodput_lost_percent" ? "goodput lost" : "users affected";
}

json::object impact_document(const Scenario& scenario, const std::optional<Prediction>& prediction,
                             const std::string& figure) {
  json::object impact;
  impact["figure"] = figure;
  const auto documented = documented_figure(scenario, figure);
  impact["documented"] = documented ? json::value(*documented) : json::value(nullptr);
  impact["predicted"] = nullptr;
  if (prediction) {
    json::array assumptions;
    for (const std::string& text : prediction->assumptions) assumptions.emplace_back(text);
    impact["predicted"] = rounded(prediction->percent, 2);
    impact["formula"] = prediction->formula;
    impact["arithmetic"] = prediction->arithmetic;
    impact["assumptions"] = std::move(assumptions);
    impact["because"] = prediction->because;
  }
  const auto measured =
      last_measured(drills_folder(), scenario.id, scenario.variants.front().id, figure);
  impact["measured"] = measured ? json::value(measured->percent) : json::value(nullptr);
  if (measured) impact["measured_in"] = measured->folder.string();
  return impact;
}

std::string impact_text(const std::string& figure, const std::optional<Prediction>& prediction,
                        const json::object& impact) {
  const auto percent = [&](const char* key, const std::string& none) {
    const json::value& value = impact.at(key);
    return value.is_number() ? text::fixed(value.to_number<double>(), 1) + " %" : none;
  };
  std::string out = spoken(figure) + ":\n";
  out += "  documented  " + percent("documented", "not said") + "\n";
  if (prediction) {
    out += "  predicted   " + percent("predicted", "") + " = " + prediction->formula + " = " +
           prediction->arithmetic + "\n";
    for (const std::string& assumption : prediction->assumptions) {
      out += "              assumed: " + assumption + "\n";
    }
    out += "              because: " + prediction->because + "\n";
  } else {
    out += "  predicted   no arithmetic is given (key `expected`)\n";
  }
  out += "  measured    " + percent("measured", "not yet: no finished replay is left");
  if (impact.contains("measured_in")) out += ", in " + string_or(impact, "measured_in", "");
  return out + "\n";
}

// The exit code: 0 kept, 1 not kept, 3 not kept only where the machine was too busy. What each part found
// goes into `document`.
int check_contract_of(const CommandLine& line, const std::string& engine, const Scenario& scenario,
                       const Taxonomy& taxonomy, json::object& document) {
  json::array parts;
  int code = 0;
  for (const ContractResult& result : try_contract(line, engine, scenario, taxonomy)) {
    if (!result.broken.empty() && code != 1) code = result.busy ? 3 : 1;
    parts.push_back(json::object{{"variant", result.variant},
                                 {"part", result.part},
                                 {"seed", result.seed},
                                 {"seconds", rounded(result.seconds, 1)},
                                 {"broken", json::array(result.broken.begin(), result.broken.end())},
                                 {"folder", result.folder}});
  }
  document["contract"] = std::move(parts);
  return code;
}

std::string counted(size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int check_scenario_file(const CommandLine& line, const std::string& file, bool contract,
                        const std::string& engine, bool as_json) {
  // Names are checked against the project's own lists, wherever the file stands.
  const Taxonomy taxonomy = load_taxonomy(line.root / "scenarios" / "taxonomy.yaml");
  const std::vector<Scenario> draws = load_every_draw(file, taxonomy);
  const Topology topology = project_topology(line);
  check_playable(draws, topology);
  check_alerts(project_settings(line), draws.front());
  const Scenario& scenario = draws.front();
  const std::vector<Warning> warnings = check_every_draw(draws, giveaway_words());
  const std::optional<Prediction> prediction = predict(scenario);
  const std::string figure = prediction                                 ? prediction->figure
                             : scenario.documented.goodput_lost_percent ? "goodput_lost_percent"
                                                                        : "users_affected_percent";
  json::object document;
  document["file"] = file;
  document["scenario"] = scenario.id;
  document["variants"] = scenario.variants.size();
  document["draws"] = draws.size();
  json::array listed;
  for (const Warning& warning : warnings) {
    listed.push_back(json::object{{"where", warning.where}, {"text", warning.text}});
  }
  document["warnings"] = std::move(listed);
  document["impact"] = impact_document(scenario, prediction, figure);
  if (!as_json) {
    for (const Warning& warning : warnings) {
      std::cout << file << ": warning: " << warning.where << ": " << warning.text << "\n";
    }
    std::cout << impact_text(figure, prediction, document["impact"].as_object()) << file << ": "
              << scenario.id << " loads, " << counted(scenario.variants.size(), "variant") << ", "
              << counted(draws.size(), "draw") << ", " << counted(warnings.size(), "warning")
              << std::endl;
  }
  const int code = contract ? check_contract_of(line, engine, scenario, taxonomy, document) : 0;
  if (as_json) {
    std::cout << pretty(document);
  } else if (contract) {
    std::cout << file << ": the contract is " << (code == 0 ? "kept" : "not kept") << "\n";
  }
  return code;
}

}  // namespace gameday
