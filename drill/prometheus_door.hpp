// Prometheus for a browser on this machine: a loopback port that passes HTTP on to a host, and makes
// an observation of every query and every list of alerts that was looked at.
#pragma once

#include <optional>
#include <string>

#include "drill/http_door.hpp"
#include "drill/recording.hpp"

namespace gameday {

// What was asked and answered, as lines for a person: one for each series or alert. Nothing when
// the request is no look at the stack (pages, scripts, names for completion). Pure.
struct PrometheusLook {
  std::string command;  // "prometheus query up == 0"
  std::string output;
  int status = 0;       // 1: it was refused, or there was no answer
};
std::optional<PrometheusLook> look_of(const HttpRequest& request, const HttpResponse& response);

class PrometheusDoor {
 public:
  // Listens on 127.0.0.1 until destruction; Prometheus is at `port` of `host` itself. Throws Error
  // when no loopback port is to be had.
  PrometheusDoor(Host& host, int port, Recorder& recorder, std::string by);

  int port() const { return door_.port(); }

 private:
  HttpDoor door_;
};

}  // namespace gameday
