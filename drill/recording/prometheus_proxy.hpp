// Prometheus for a browser on this machine: a loopback port that passes HTTP on to a host, and makes
// an observation of every query and every list of alerts that was looked at.
#pragma once

#include <optional>
#include <string>

#include "drill/recording/http_proxy.hpp"
#include "drill/recording/recorder.hpp"

namespace gameday {

class PrometheusProxy {
 public:
  // Listens on 127.0.0.1 until destruction; Prometheus is at `port` of `host` itself. Throws Error
  // when no loopback port is to be had.
  PrometheusProxy(Host& host, int port, Recorder& recorder, std::string by);

  int port() const { return door_.port(); }

 private:
  HttpProxy door_;
};

}  // namespace gameday
