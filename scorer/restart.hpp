// Which restarts of a drill are the player's, and whether users were served better after one. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

// Services tell the whole seconds that they have run, cut off or rounded up.
inline constexpr double kToldWithin = 1;

// A service that no longer ran as it did when the effect was verified.
struct RestartSeen {
  std::string host, role, service;
  // Journal seconds, right to `kToldWithin`; nullopt when it did not run.
  std::optional<double> at;
  int64_t line = 0;  // of the journal
};

// Of the last event `restarts`, in its order.
std::vector<RestartSeen> restarts_seen(const Journal& journal);

// When anybody first ran a command after `start`, in journal seconds; nullopt without one. What the
// desk shows (a page, a ticket) is no command.
std::optional<double> first_act_at(const Journal& journal, double start);

// The recorded command that made a restart: it ran on that host or names it, ends processes, and
// ran when the service began anew. nullptr without one.
const Event* command_of_restart(const Journal& journal, const RestartSeen& restart);

// Whether an accepted repair makes this restart: one of its steps lists the service, a command that
// belongs to that step came before or made it, and the service was not restarted in between.
bool made_by_a_repair(const Variant& variant, const Taxonomy& taxonomy, const Journal& journal,
                      const RestartSeen& restart);

// Whether users were served no better within `within_seconds` after a moment: false also when the
// journal does not tell.
bool served_no_better(const Journal& journal, double at, double within_seconds);

}  // namespace gameday
