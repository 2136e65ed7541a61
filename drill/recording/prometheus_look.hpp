// A request to Prometheus and its answer, as a person's look at the stack.
#pragma once

#include <optional>
#include <string>

#include "core/http.hpp"

namespace gameday {

// What was asked and answered, as lines for a person: one for each series or alert. Nothing when
// the request is no look at the stack (pages, scripts, names for completion). Pure.
struct PrometheusLook {
  std::string command;  // "prometheus query up == 0"
  std::string output;
  int status = 0;  // 1: it was refused, or there was no answer
};
std::optional<PrometheusLook> look_of(const HttpRequest& request, const HttpResponse& response);

}  // namespace gameday
