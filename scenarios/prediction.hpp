// What arithmetic says a scenario should do to its users, from the load and the author's stated
// assumptions. Compared with what is documented and measured; no drill uses it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace gameday {

struct Prediction {
  std::string figure;      // users_affected_percent or goodput_lost_percent
  double percent = 0;
  std::string formula;     // in symbols
  std::string arithmetic;  // the same with its numbers
  std::vector<std::string> assumptions;  // "q = 0.05, the share of reads that are slow"
  std::string because;     // the author's reason for them
};

// Nothing when the scenario has no `expected`.
//   total_outage: v m                           all who come meet a failure
//   slow_reads:   v m (w + (1-w)(1-(1-q)^n))    writers fail, readers meet a slow read
//   failing_reads: v m (1-(1-q)^n)                writers fail no more than others
//   shed_load:    1 - C/L                       what is above the capacity is refused
// v visiting share, m = min(1, T/P) the share that comes during the outage of T seconds, P period of
// a visit, w writers, n = max(1, T/P) reads_per_visit reads of a reader, q share of slow or failing reads,
// C capacity and L arrivals in requests per second. Of slow_reads, q = (B - C/L - objective) / R: C
// connections, L orders per second, R the retry round and B the budget of an order, which holds its
// connection to the end of the round when it arrives within B of it.
std::optional<Prediction> predict(const Scenario& scenario);

}  // namespace gameday
