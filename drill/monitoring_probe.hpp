// What monitoring and the load balancer say of themselves over HTTP, asked on their own hosts.
#pragma once

#include <optional>
#include <string>

#include "sandbox/sandbox.hpp"

namespace gameday {

inline constexpr int kPrometheusPort = 9090, kAlertmanagerPort = 9093, kBalancerStatsPort = 8404;

// Which targets are up and where they are asked, which rules are loaded, who is told and notified,
// and what is silenced: sorted lines. Nothing: one of them did not answer.
std::optional<std::string> monitoring_state(Sandbox& sandbox);

// Whether Prometheus has scraped every target at least once and knows whom to tell: it begins about
// five seconds after its start.
bool monitoring_ready(Sandbox& sandbox);

// Servers that the load balancer counts as up, from its own metrics.
std::optional<int> servers_up(Sandbox& sandbox);

}  // namespace gameday
