// The few questions and orders that pool faults have for a web host's connection pooler, by its
// console and its configuration file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "injectors/fault.hpp"

namespace gameday {

// How long a request may wait for a connection, in faults that set it.
inline const FaultParameter kPoolWaitParameter = {
    .name = "wait_ms",
    .unit = "ms",
    .low = 1,
    .high = 60000,
    .otherwise = "200",
    .meaning = "how long a request may wait for a connection of the pool"};

// What the pooler says of the shop's pool just now.
struct PoolState {
  int size = 0;     // server connections it may open
  int active = 0;   // server connections that serve a client
  int waiting = 0;  // clients that wait for one
};
// Nothing: the console did not answer. Takes at most a few seconds.
std::optional<PoolState> pool_state(Host& web);

// Whether clients wait for a connection most of the time, looked at for about a second. Nothing: the
// console did not answer.
std::optional<bool> pool_is_short(Host& web);

// The size of the shop's pool after the next start of the pooler, as its file has it. Nothing: the
// file names none.
std::optional<int> configured_pool_size(Host& web);

// Changes settings in the pooler's file by their names, and with `backup` in its last stable copy
// too, then reloads a pooler that runs. Throws Error "<what>: why"; what was changed until then
// stays.
void change_pooler(Host& web, const std::map<std::string, std::string>& settings, bool backup,
                   const std::string& what);

// The web host itself and the spares of its role, which are set up like it.
std::vector<std::string> with_spares(const Topology& topology, const std::string& host);

// The value of a setting in the pooler's file; empty when it has none.
std::string pooler_setting(Host& web, const std::string& name);

}  // namespace gameday
