// Where programs of the stack answer on their own hosts.
#pragma once

namespace gameday {

inline constexpr int kPrometheusPort = 9090, kAlertmanagerPort = 9093, kBalancerStatsPort = 8404;

}  // namespace gameday
