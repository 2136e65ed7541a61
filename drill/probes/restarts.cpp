// The part of stack_state.hpp that tells who restarted what.
#include "drill/probes/stack_state.hpp"

namespace gameday {

json::object restarts_since(Sandbox& sandbox, const ServicesByHost& then) {
  const Restarts restarts = restarts_between(then, running_services(sandbox));
  const auto named = [&sandbox](const std::string& host) {
    const HostSpec* spec = sandbox.topology().find(host);
    return json::object{{"host", host}, {"role", spec ? spec->role : ""}};
  };
  json::array services, unknown;
  for (const Restart& one : restarts.services) {
    json::object entry = named(one.host);
    entry["service"] = one.service;
    entry["up_seconds"] = one.up_seconds ? json::value(*one.up_seconds) : json::value(nullptr);
    services.push_back(std::move(entry));
  }
  for (const std::string& host : restarts.unknown_hosts) unknown.push_back(named(host));
  return {{"services", services}, {"unknown", unknown}};
}

}  // namespace gameday
