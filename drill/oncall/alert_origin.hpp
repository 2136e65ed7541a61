// Whether an alert that the pager was sent is one that fired. Anybody with a shell on the monitoring
// host can post to the pager, so the harness asks Prometheus itself, over a connection of its own.
// What Prometheus says also replaces the texts of the notification.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

using AlertLabels = std::map<std::string, std::string>;

// One alert of a notification.
struct ReceivedAlert {
  AlertLabels labels;
  json::object event;  // as journal/events.hpp, kAlert, describes it, and its fingerprint
  bool fires = false;  // else it ended
};

// One alert that Prometheus says fires now, or fired a moment ago.
struct FiredAlert {
  AlertLabels labels, annotations;
};

struct PrometheusView {
  std::string setup;               // its configuration and its alert rules, to be compared
  std::vector<FiredAlert> firing;  // now
  std::vector<FiredAlert> fired;   // in the last kOriginLookBack; annotations without their values
};

// Alertmanager passes an alert on within its group_interval, Prometheus sends it when it evaluates:
// a second each, and one for a busy machine.
inline constexpr int kOriginLookBackSeconds = 3;

// Reads Prometheus' answers to /api/v1/status/config, /api/v1/rules?type=alert and the query of
// ALERTS. Throws Error or std::exception for what is no such answer. Pure.
PrometheusView prometheus_view(const std::string& config, const std::string& rules,
                               const std::string& alerts);

// Asks Prometheus on `monitoring` over one connection: three requests, some milliseconds. Returns
// nullopt when it did not answer within two seconds, or spoke nonsense.
std::optional<PrometheusView> ask_prometheus(Host& monitoring);

// The alert's event with Prometheus' own texts in it when the alert fired (or, of one that ended,
// when it no longer fires) and Prometheus is set up as it was; else nullopt. An empty `setup` is
// not compared. Pure.
std::optional<json::object> event_of_origin(const ReceivedAlert& alert, const PrometheusView& view,
                                            const std::string& setup);

}  // namespace gameday
