// What the pod is told to build: hosts, networks and files, and nothing about why.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday::native {

struct PlanLink {
  std::string network;
  std::string address;   // "10.77.2.11"
  int prefix_bits = 24;
};

struct PlanFile {
  std::string path;
  std::string content;
  int mode = 0644;
};

struct PlanHost {
  std::string name;
  std::vector<std::string> layers;  // trees below the gold tree, the uppermost first
  std::vector<PlanLink> links;      // eth0, eth1, …
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> sysctls;  // of the host's network
  std::vector<std::string> capabilities;
  std::vector<PlanFile> files;
  int nice = 0;
  int64_t disk_bytes = 0;  // all that the host may write outside /run, /tmp and /dev/shm
};

struct Plan {
  std::vector<std::string> networks;
  std::vector<PlanHost> hosts;
  MemoryBounds memory;
};

json::object to_json(const Plan& plan);
// Throws Error when it is not a plan.
Plan plan_from_json(const json::value& value);

// The environment every program in a host starts from.
std::map<std::string, std::string> base_environment();

}  // namespace gameday::native
