// What users got, second by second, and the spans in which it happened. Pure.
#pragma once

#include "report/drill_record.hpp"

namespace gameday {

// Columns over the workload's seconds: {every: seconds in each row, users: their number, t, good,
// slow, failed, p50, p99, affected: % of the users, so far in their interval, interval: a number that
// changes when users_affected starts anew}. At most `most_rows`: of a longer drill several seconds
// share a row, counts as their mean, latencies and users as their worst.
json::object second_columns(const Journal& journal, double start, size_t most_rows);

// {kind: fault|effect|drill, name, from, until}: where the drill broke it, where users were not
// served, where the drill restarted services itself.
json::array shades(const Journal& journal, double start);

// {name, from, until}: the drill's phases.
json::array phases(const Journal& journal, double start);

// The last moment that a page shows, from `start`.
double last_moment(const Journal& journal, double start);

// One row for each interval of the workload: its name in words, and figures.
json::array interval_rows(const Journal& journal);

}  // namespace gameday
