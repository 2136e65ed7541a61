// What monitoring and the load balancer say of themselves, asked on their own hosts.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "sandbox/sandbox.hpp"

namespace gameday {

// Which targets are up and where they are asked, which rules are loaded, who is told and notified,
// and what is silenced: sorted lines. Nothing: one of them did not answer.
std::optional<std::string> monitoring_state(Sandbox& sandbox);

// Whether Prometheus has scraped every target at least once and knows whom to tell: it begins about
// five seconds after its start.
bool monitoring_ready(Sandbox& sandbox);

// Web servers of the stack to which the load balancer sends requests, from what it says of its
// servers on its own port for commands; nullopt when it does not answer.
std::optional<int> servers_up(Sandbox& sandbox);

// Of these addresses, those that an answer to "show servers state" has a running server at, with a
// share of the requests: two names for one address are one server. HAProxy's Management Guide, "show
// servers state". nullopt for another text. Pure.
std::optional<int> addresses_up(const std::string& answer, const std::set<std::string>& addresses);

}  // namespace gameday
