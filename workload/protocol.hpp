// What the workload and the conductor say to each other. The workload runs on host `clients` and
// reads commands on its standard input; everything it reports is one JSON object a line on its
// standard output. Both sides are ours, so this file is the whole contract.
//
// Started as: workload --target ADDRESS:PORT --plan FILE
//   FILE holds the object of LoadPlan below as JSON ("-": the first line of standard input).
//
// Commands, one a line:
//   interval NAME        closes the running interval and opens NAME, at the moment of reading; what
//                        comes before the first one is reported by seconds only
//   rate FACTOR          arrivals become FACTOR times the plan's (0.1 to 20), from the next second
//                        on
//   finish               stops sending, waits for what is in flight (bounded), looks up every
//                        acknowledged order, reports, exits 0
// The end of its standard input means finish without the look-up.
// Lines reported:
//   {"second": {"at","sent","succeeded","slow","failed":{"http_5xx","http_4xx","timeout",
//      "refused","unreachable","closed","late","wrong"},"p50_ms","p99_ms","users_affected",
//      "send_lateness_ms"}}                       (users_affected: so far in this interval)
//      `sent` counts by the moment of sending, all else by the moment of the answer; `at` is the
//      second's end, from the start. A percentile without any latency is null.
//   {"interval": {"name","seconds","offered","succeeded","failed","slow","failed_by":{…},
//      "users_base","users_visited","users_affected","users_affected_percent",
//      "users_failed_percent" (those who got another failure than a time-out),
//      "visitors_affected_percent","requests_failed_percent","requests_slow_percent",
//      "writes_offered","writes_failed","reads_offered","reads_failed","reads_slow",
//      "goodput_lost_percent","p50_ms","p99_ms","reads_p99_ms","max_send_lateness_ms"}}
//      A request counts in the interval in which it was due. An interval is reported once its last
//      request has ended, at most timeout_ms after it was closed. Latencies run from the due
//      moment; a time-out counts with its length, refused, unreachable, closed and late have none.
//      A request that could not be sent before it was later than the objective is late.
//   {"orders": {"acknowledged","found","lost","unknown","run","numbers"}}
//      An order's reference is RUN-NUMBER; `numbers` are the acknowledged ones as "1-17,19".
//   {"fatal": "why"}                              before exit 1 (bad plan: exit 2)
#pragma once

#include <cstdint>
#include <string>

#include "core/json.hpp"

namespace gameday {

// One visit of a user: `reads_per_visit` reads (catalogue pages and an order's state), spread over
// think times, and for a writer one order placed at the end.
struct LoadPlan {
  int users = 2000;               // the user base
  double visiting_share = 1.0;    // share of the base that visits at all (an assumption, stated)
  double writers = 0.55;          // share of visitors whose visit places an order; exact quota
  int reads_per_visit = 3;
  double period_seconds = 15;     // every visiting user visits once in it, at a moment of their own
  double think_seconds = 0.5;     // mean pause between requests of a visit
  double objective_ms = 500;      // a slower answer counts as slow: the user is affected
  double timeout_ms = 3000;       // the client gives up
  int connections_per_user = 1;   // keep-alive while a visit lasts
  // Whether an answer of status 2xx or 3xx must hold what was asked for, or else is `wrong`.
  bool check_answers = false;
  uint64_t seed = 1;
};

// Strict: an unknown key or a value out of range throws a usage Error.
LoadPlan load_plan_from_json(const json::object& object);
json::object to_json(const LoadPlan& plan);

}  // namespace gameday
