#include "scenarios/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gameday {

namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// How often a user comes during the outage: at least once when its length is not given.
double visits(const Scenario& scenario) {
  const auto& seconds = scenario.expected.outage_seconds;
  return seconds ? *seconds / scenario.load.period_seconds : 1;
}

void assume_visits(const Scenario& scenario, Prediction& prediction) {
  const Load& load = scenario.load;
  std::string reason = load.visiting_share_reason;
  if (reason.empty()) reason = "everyone of the user base comes";
  prediction.assumptions.push_back("v = " + number(load.visiting_share) +
                                   ", the share that visits: " + reason);
  if (scenario.expected.outage_seconds) {
    prediction.assumptions.push_back(
        "T = " + number(*scenario.expected.outage_seconds) +
        " s of outage, P = " + number(load.period_seconds) + " s from one visit to the next");
  } else {
    prediction.assumptions.push_back("m = 1: everyone who visits comes while it lasts");
  }
}

Prediction total_outage(const Scenario& scenario) {
  const double share = scenario.load.visiting_share, met = std::min(1.0, visits(scenario));
  Prediction prediction{"users_affected_percent", 100 * share * met, "v m",
                        number(share) + " * " + number(met), {}, ""};
  assume_visits(scenario, prediction);
  return prediction;
}

Prediction slow_reads(const Scenario& scenario) {
  const Load& load = scenario.load;
  const double met = std::min(1.0, visits(scenario));
  const double reads = load.reads_per_visit * std::max(1.0, visits(scenario));
  const Expected& given = scenario.expected;
  const double writers = load.writers;
  const double orders = load.users * load.visiting_share * writers / load.period_seconds;
  const double round = given.retry_round_ms.value_or(1), budget = given.order_budget_ms.value_or(0);
  const double filled = orders > 0 ? 1000 * given.connections.value_or(0) / orders : budget;
  const double slow = std::clamp((budget - filled - load.objective_ms) / round, 0.0, 1.0);
  const double of_visitors = writers + (1 - writers) * (1 - std::pow(1 - slow, reads));
  Prediction prediction{"users_affected_percent", 100 * load.visiting_share * met * of_visitors,
                        "v m (w + (1-w)(1-(1-q)^n))",
                        number(load.visiting_share) + " * " + number(met) + " (" +
                            number(writers) + " + " + number(1 - writers) + " (1 - " +
                            number(1 - slow) + "^" + number(reads) + "))",
                        {}, ""};
  assume_visits(scenario, prediction);
  prediction.assumptions.push_back(
      "q = " + number(slow) + ", the share of reads that are slow: in each " + number(round) +
      " ms refused orders begin to hold connections " + number(budget) + " ms before its end, fill " +
      number(given.connections.value_or(0)) + " within " + number(filled) +
      " ms, and keep a read longer than the objective until " + number(load.objective_ms) +
      " ms before it");
  return prediction;
}

Prediction failing_reads(const Scenario& scenario) {
  const Load& load = scenario.load;
  const double met = std::min(1.0, visits(scenario));
  const double reads = load.reads_per_visit * std::max(1.0, visits(scenario));
  const double failing = scenario.expected.failing_read_share.value_or(0);
  Prediction prediction{"users_affected_percent",
                        100 * load.visiting_share * met * (1 - std::pow(1 - failing, reads)),
                        "v m (1-(1-q)^n)",
                        number(load.visiting_share) + " * " + number(met) + " (1 - " +
                            number(1 - failing) + "^" + number(reads) + ")",
                        {}, ""};
  assume_visits(scenario, prediction);
  prediction.assumptions.push_back("q = " + number(failing) + ", the share of reads that fail");
  return prediction;
}

Prediction shed_load(const Scenario& scenario) {
  const Load& load = scenario.load;
  const Expected& given = scenario.expected;
  const double arrivals = load.users * load.visiting_share * (load.reads_per_visit + load.writers) /
                          load.period_seconds * given.factor;
  const double capacity = given.capacity_per_second
                              ? *given.capacity_per_second
                              : given.connections.value_or(0) * 1000 / given.hold_ms.value_or(1);
  Prediction prediction{"goodput_lost_percent", 100 * std::max(0.0, 1 - capacity / arrivals),
                        "1 - C/L", "1 - " + number(capacity) + " / " + number(arrivals), {}, ""};
  prediction.assumptions.push_back(
      given.capacity_per_second
          ? "C = " + number(capacity) + " requests/s"
          : "C = " + number(capacity) + " requests/s: " + number(*given.connections) +
                " connections, each held " + number(*given.hold_ms) + " ms a request");
  prediction.assumptions.push_back("L = " + number(arrivals) + " requests/s: " +
                                   number(given.factor) + " times those of the load");
  return prediction;
}

}  // namespace

std::optional<Prediction> predict(const Scenario& scenario) {
  const std::string& arithmetic = scenario.expected.arithmetic;
  if (arithmetic.empty()) return std::nullopt;
  Prediction prediction = arithmetic == "total_outage" ? total_outage(scenario)
                          : arithmetic == "slow_reads" ? slow_reads(scenario)
                          : arithmetic == "failing_reads" ? failing_reads(scenario)
                                                          : shed_load(scenario);
  prediction.because = scenario.expected.because;
  return prediction;
}

}  // namespace gameday
