#include "sandbox/native/plan.hpp"

#include <boost/json/value_to.hpp>
#include <boost/json/value_from.hpp>

namespace gameday::native {
namespace {

json::object host_to_json(const PlanHost& host) {
  json::array links;
  for (const PlanLink& link : host.links) {
    links.push_back(json::object{{"network", link.network},
                                 {"address", link.address},
                                 {"prefix_bits", link.prefix_bits}});
  }
  json::array files;
  for (const PlanFile& file : host.files) {
    files.push_back(
        json::object{{"path", file.path}, {"content", file.content}, {"mode", file.mode}});
  }
  return json::object{{"name", host.name},
                      {"layers", json::value_from(host.layers)},
                      {"links", std::move(links)},
                      {"command", json::value_from(host.command)},
                      {"environment", json::value_from(host.environment)},
                      {"sysctls", json::value_from(host.sysctls)},
                      {"capabilities", json::value_from(host.capabilities)},
                      {"files", std::move(files)},
                      {"nice", host.nice},
                      {"disk_bytes", host.disk_bytes}};
}

PlanHost host_from_json(const json::object& object) {
  PlanHost host;
  host.name = json::value_to<std::string>(object.at("name"));
  host.layers = json::value_to<std::vector<std::string>>(object.at("layers"));
  for (const json::value& link : object.at("links").as_array()) {
    host.links.push_back(PlanLink{json::value_to<std::string>(link.at("network")),
                                  json::value_to<std::string>(link.at("address")),
                                  static_cast<int>(link.at("prefix_bits").as_int64())});
  }
  host.command = json::value_to<std::vector<std::string>>(object.at("command"));
  using Texts = std::map<std::string, std::string>;
  host.environment = json::value_to<Texts>(object.at("environment"));
  host.sysctls = json::value_to<Texts>(object.at("sysctls"));
  host.capabilities = json::value_to<std::vector<std::string>>(object.at("capabilities"));
  for (const json::value& file : object.at("files").as_array()) {
    host.files.push_back(PlanFile{json::value_to<std::string>(file.at("path")),
                                  json::value_to<std::string>(file.at("content")),
                                  static_cast<int>(file.at("mode").as_int64())});
  }
  host.nice = static_cast<int>(object.at("nice").as_int64());
  host.disk_bytes = object.at("disk_bytes").as_int64();
  return host;
}

}  // namespace

json::object to_json(const Plan& plan) {
  json::array hosts;
  for (const PlanHost& host : plan.hosts) hosts.push_back(host_to_json(host));
  return json::object{{"networks", json::value_from(plan.networks)},
                      {"hosts", std::move(hosts)},
                      {"host_memory_bytes", plan.memory.host_bytes},
                      {"available_memory_bytes", plan.memory.available_bytes}};
}

Plan plan_from_json(const json::value& value) {
  Plan plan;
  plan.networks = json::value_to<std::vector<std::string>>(value.at("networks"));
  for (const json::value& host : value.at("hosts").as_array()) {
    plan.hosts.push_back(host_from_json(host.as_object()));
  }
  plan.memory.host_bytes = value.at("host_memory_bytes").as_int64();
  plan.memory.available_bytes = value.at("available_memory_bytes").as_int64();
  return plan;
}

std::map<std::string, std::string> base_environment() {
  // The machine's read-only programs go first: what root in a host puts into /usr/local must not
  // answer in the name of sv or nft when the host is asked from outside.
  return {{"PATH",
           "/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:"
           "/usr/local/bin"},
          {"LANG", "C.UTF-8"}};
}

}  // namespace gameday::native
