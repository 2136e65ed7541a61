// Hosts, networks, services and teams, read from docker-compose.yml: the one description that every
// engine starts. Strict: a key that Gameday does not support is an error with file, line and key.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct NetworkSpec {
  std::string name;
  std::string subnet;  // "10.77.2.0/24"
  std::map<std::string, std::string> driver_opts;
};

struct Attachment {
  std::string network;
  std::string address;  // "10.77.2.11", without the prefix length
};

struct HealthSpec {
  std::vector<std::string> test;   // argv; empty: the host has none
  std::vector<std::string> after;  // label `after`: hosts that must be healthy before it is asked
};

struct HostSpec {
  std::string name;
  std::string role;  // label `role`: which trees of sandbox/stack/roles its files come from
  std::string team;  // x-team: platform, network, database, application; empty: nobody's
  std::vector<Attachment> attachments;  // in the file's order: eth0, eth1, …
  std::map<std::string, std::string> names;  // extra_hosts: name to address
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> sysctls;
  std::vector<std::string> capabilities;  // cap_add, without the CAP_ prefix, upper case
  std::map<std::string, std::string> labels;
  HealthSpec health;

  // The address on a network; empty when the host does not stand in it.
  std::string address_on(std::string_view network) const;
};

struct Topology {
  std::filesystem::path file;
  std::vector<NetworkSpec> networks;
  std::vector<HostSpec> hosts;

  // Null when there is none.
  const HostSpec* find(std::string_view host) const;
};

// `environment` answers ${NAME:-default}. Throws a usage Error "file:line:column: key: why".
Topology read_topology(const std::filesystem::path& file,
                       const std::map<std::string, std::string>& environment);

}  // namespace gameday
