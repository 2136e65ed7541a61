#include "drill/probes/comparison.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace gameday {

namespace {

struct AccessRule {
  std::string host, type, address, netmask, method;
  std::set<std::string> databases, users;
};

std::set<std::string> list_of(const std::string& text) {
  std::set<std::string> names;
  std::istringstream stream(text);
  for (std::string name; std::getline(stream, name, ',');) names.insert(name);
  return names;
}

std::optional<AccessRule> read_rule(const std::string& line) {
  std::istringstream stream(line);
  AccessRule rule;
  std::string kind, databases, users, more;
  stream >> rule.host >> kind >> rule.type >> databases >> users >> rule.address >> rule.netmask >>
      rule.method;
  if (kind != "rule" || rule.method.empty() || (stream >> more)) return std::nullopt;
  rule.databases = list_of(databases);
  rule.users = list_of(users);
  return rule;
}

bool names_covered(const std::set<std::string>& wide, const std::set<std::string>& narrow) {
  // "all" does not speak of replication, which is a database of its own in these rules.
  return std::all_of(narrow.begin(), narrow.end(), [&](const std::string& name) {
    return wide.contains(name) || (wide.contains("all") && name != "replication");
  });
}

bool address_covered(const AccessRule& wide, const AccessRule& narrow) {
  if (wide.address == narrow.address && wide.netmask == narrow.netmask) return true;
  if (wide.address == "all") return narrow.address != "-";
  in_addr wide_net{}, wide_mask{}, net{}, mask{};
  for (const auto& [text, into] : {std::pair{wide.address, &wide_net}, {wide.netmask, &wide_mask},
                                   {narrow.address, &net}, {narrow.netmask, &mask}}) {
    if (::inet_pton(AF_INET, text.c_str(), into) != 1) return false;
  }
  const bool is_longer = (mask.s_addr & wide_mask.s_addr) == wide_mask.s_addr;
  return is_longer && (net.s_addr & wide_mask.s_addr) == (wide_net.s_addr & wide_mask.s_addr);
}

bool covers(const AccessRule& wide, const AccessRule& narrow) {
  // A host rule speaks of connections with and without encryption.
  const bool same_type =
      wide.type == narrow.type || (wide.type == "host" && narrow.type.starts_with("host"));
  const bool same_proof = wide.method == narrow.method || wide.method == "trust";
  return wide.host == narrow.host && same_type && same_proof &&
         names_covered(wide.databases, narrow.databases) &&
         names_covered(wide.users, narrow.users) && address_covered(wide, narrow);
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::string first_difference(const std::string& before, const std::string& now) {
  const std::vector<std::string> old_lines = lines_of(before), new_lines = lines_of(now);
  const std::set<std::string> old_set(old_lines.begin(), old_lines.end());
  const std::set<std::string> new_set(new_lines.begin(), new_lines.end());
  for (const std::string& line : new_lines) {
    if (!old_set.contains(line)) return "new: " + line;
  }
  for (const std::string& line : old_lines) {
    if (!new_set.contains(line)) return "gone: " + line;
  }
  return "";
}

std::string without_fault(const std::string& before, const std::string& broken,
                          const std::string& now) {
  const std::vector<std::string> old_lines = lines_of(before), broken_lines = lines_of(broken);
  std::set<std::string> added(broken_lines.begin(), broken_lines.end());
  for (const std::string& line : old_lines) added.erase(line);
  std::string kept;
  for (const std::string& line : lines_of(now)) {
    if (!added.contains(line)) kept += line + "\n";
  }
  return kept;
}

std::string service_difference(const ServiceList& before, const ServiceList& now,
                               const ServiceList& broken) {
  for (const std::string& name : before.up) {
    if (!now.up.contains(name)) return name + " does not run";
  }
  for (const std::string& name : now.up) {
    const bool known =
        before.up.contains(name) || before.down.contains(name) || broken.up.contains(name);
    if (!known) return "new: " + name;
  }
  return "";
}

Restarts restarts_between(const ServicesByHost& before, const ServicesByHost& now) {
  Restarts found;
  for (const auto& [host, services] : before) {
    const auto later = now.find(host);
    if (!services || later == now.end() || !later->second) {
      found.unknown_hosts.push_back(host);
      continue;
    }
    for (const auto& [service, process] : services->processes) {
      const auto same = later->second->processes.find(service);
      if (same == later->second->processes.end()) {
        found.services.push_back({host, service, std::nullopt});
      } else if (same->second.pid != process.pid) {
        found.services.push_back({host, service, same->second.up_seconds});
      }
    }
  }
  return found;
}

ServiceList read_service_list(const std::string& sv_status) {
  ServiceList services;
  for (const std::string& line : lines_of(sv_status)) {
    // "run: /etc/service/pgbouncer: (pid 12) 3s; run: log: (pid 11) 3s"
    for (const auto& [state, names] : {std::pair{std::string("run"), &services.up},
                                       {std::string("down"), &services.down}}) {
      const std::string start = state + ": /etc/service/";
      if (line.rfind(start, 0) != 0) continue;
      const size_t end = line.find(':', start.size());
      const std::string name = line.substr(start.size(), end - start.size());
      names->insert(name);
      RunningService process;
      const bool runs = end != std::string::npos &&
                        std::sscanf(line.c_str() + end, ": (pid %d) %lfs", &process.pid,
                                    &process.up_seconds) == 2;
      if (runs && state == "run") services.processes[name] = process;
    }
  }
  return services;
}

std::string access_widened(const std::string& before, const std::string& now) {
  const std::vector<std::string> known = lines_of(before);
  for (const std::string& line : lines_of(now)) {
    if (std::find(known.begin(), known.end(), line) != known.end()) continue;
    // A rule for the host's own address stands beside it.
    if (line.find(" loopback ") == line.find(' ')) continue;
    const auto rule = read_rule(line);
    const bool is_covered =
        rule && (rule->method == "reject" ||
                 std::any_of(known.begin(), known.end(), [&rule](const std::string& old_line) {
                   const auto old_rule = read_rule(old_line);
                   return old_rule && covers(*old_rule, *rule);
                 }));
    if (!is_covered) return line;
  }
  return "";
}

}  // namespace gameday
