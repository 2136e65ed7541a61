#include "sandbox/native/stack_plan.hpp"

#include <sys/sysinfo.h>

#include <algorithm>

#include "core/error.hpp"

namespace gameday::native {
namespace {

// A third of the machine's memory at most for everything that a stack may write, whoever fills it.
int64_t disk_bytes_per_host(size_t hosts) {
  struct sysinfo info {};
  ::sysinfo(&info);
  const int64_t third = static_cast<int64_t>(info.totalram) * info.mem_unit / 3;
  constexpr int64_t kMiB = 1 << 20;
  return std::clamp<int64_t>(third / static_cast<int64_t>(std::max<size_t>(1, hosts)), 96 * kMiB,
                             512 * kMiB);
}

int prefix_bits(const Topology& topology, const std::string& network) {
  for (const NetworkSpec& each : topology.networks) {
    const size_t slash = each.subnet.find('/');
    if (each.name == network && slash != each.subnet.npos) {
      return std::atoi(each.subnet.c_str() + slash + 1);
    }
  }
  return 24;
}

std::string hosts_file(const HostSpec& spec) {
  std::string text = "127.0.0.1\tlocalhost\n";
  const auto own = spec.names.find(spec.name);
  if (own == spec.names.end() && !spec.attachments.empty()) {
    text += spec.attachments[0].address + "\t" + spec.name + "\n";
  }
  for (const auto& [name, address] : spec.names) text += address + "\t" + name + "\n";
  return text;
}

PlanHost plan_host(const HostSpec& spec, const Topology& topology, const GoldTree& gold,
                   int64_t disk_bytes) {
  PlanHost host;
  host.name = spec.name;
  for (const std::string& layer : {"hosts/" + spec.name, "roles/" + spec.role}) {
    if (gold.has(layer)) host.layers.push_back("l/" + layer);
  }
  host.layers.push_back("l/base");
  if (spec.role == "db" && gold.has("data")) host.layers.push_back("l/data");
  for (const Attachment& each : spec.attachments) {
    host.links.push_back(
        PlanLink{each.network, each.address, prefix_bits(topology, each.network)});
  }
  host.command = spec.command;
  host.environment = spec.environment;
  host.sysctls = spec.sysctls;
  host.capabilities = spec.capabilities;
  // Whoever belongs to no team is the outside world, which is never slowed by the stack.
  host.nice = spec.team.empty() ? 0 : 10;
  host.disk_bytes = disk_bytes;
  host.files.push_back(PlanFile{"/etc/hostname", spec.name + "\n", 0644});
  host.files.push_back(PlanFile{"/etc/hosts", hosts_file(spec), 0644});
  host.files.push_back(PlanFile{"/etc/resolv.conf", "", 0644});
  return host;
}

}  // namespace

Plan make_plan(const Topology& topology, const Settings& settings, const GoldTree& gold) {
  Plan plan;
  plan.memory = settings.memory;
  for (const NetworkSpec& network : topology.networks) plan.networks.push_back(network.name);
  const int64_t disk_bytes = disk_bytes_per_host(topology.hosts.size());
  for (const HostSpec& spec : topology.hosts) {
    plan.hosts.push_back(plan_host(spec, topology, gold, disk_bytes));
  }
  for (const HostFile& file : settings.files) {
    const auto host = std::find_if(plan.hosts.begin(), plan.hosts.end(),
                                   [&](const PlanHost& each) { return each.name == file.host; });
    if (host == plan.hosts.end()) {
      throw usage_error("native: file " + file.path + " for host " + file.host + ": no such host");
    }
    host->files.push_back(PlanFile{file.path, file.content, file.mode});
  }
  return plan;
}

}  // namespace gameday::native
