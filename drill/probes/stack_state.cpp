#include "drill/probes/stack_state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/http.hpp"
#include "drill/probes/databases.hpp"
#include "drill/probes/monitoring.hpp"
#include "workload/requests.hpp"

namespace gameday {

namespace {

// Nothing when the host is gone: a probe that could not run is unknown, not a failed drill.
std::optional<ExecResult> run_in(Host& host, const Command& command) {
  try {
    return host.exec(command, std::chrono::seconds(5));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<ServiceList> services_of(Host& host) {
  Command command;
  command.argv = {"/bin/sh", "-c", "/usr/bin/sv status /etc/service/* 2>&1"};
  const auto result = run_in(host, command);
  if (!result || result->timed_out) return std::nullopt;
  return read_service_list(result->out);
}

// What decides how the programs start that probes run in hosts, a line a file. /usr is not theirs.
std::string loaders(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec& spec : sandbox.topology().hosts) {
    for (const char* path : {"/etc/ld.so.preload", "/etc/ld.so.cache",
                             "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/bin/sh",
                             "/usr/bin/sv", "/usr/sbin/nft"}) {
      struct stat status {};
      UniqueFd file;
      try {
        file = sandbox.host(spec.name).open_file(path);
      } catch (const Error&) {
        // The host is gone.
      }
      if (!file || ::fstat(file.get(), &status) != 0) continue;
      all += spec.name + " " + path + " " + std::to_string(status.st_dev) + ":" +
             std::to_string(status.st_ino) + ":" + std::to_string(status.st_mtim.tv_sec) + ":" +
             std::to_string(status.st_size) + "\n";
    }
  }
  return all;
}

ProbeResult compare(const std::string& name, const std::optional<std::string>& before,
                    const std::optional<std::string>& now) {
  if (!before || !now) return {name, Presence::kUnknown, "could not be asked"};
  if (*before == *now) return {name, Presence::kYes, ""};
  return {name, Presence::kNo, first_difference(*before, *now)};
}

// Rules that were taken away narrow access; only what was added widens it.
ProbeResult compare_access(const StackSnapshot& before, const StackSnapshot& now) {
  const std::string name = "access_not_widened";
  if (!before.client_access || !now.client_access || !before.firewall || !now.firewall) {
    return {name, Presence::kUnknown, "could not be asked"};
  }
  const std::string wider = access_widened(*before.client_access, *now.client_access);
  if (!wider.empty()) return {name, Presence::kNo, "new: " + wider};
  const std::string& old = *before.firewall;
  return compare(name, without_fault(old, "", old),
                 without_fault(old, before.broken_firewall.value_or(""), *now.firewall));
}

ProbeResult compare_services(const StackSnapshot& before, const StackSnapshot& now) {
  const std::string name = "services_same";
  bool unknown = false;
  for (const auto& [host, services] : before.services) {
    const auto found = now.services.find(host);
    if (!services || found == now.services.end() || !found->second) {
      unknown = true;
      continue;
    }
    const auto broken = before.broken_services.find(host);
    const bool seen = broken != before.broken_services.end() && broken->second;
    const std::string difference = service_difference(*services, *found->second,
                                                      seen ? *broken->second : ServiceList{});
    if (!difference.empty()) return {name, Presence::kNo, host + ": " + difference};
  }
  if (unknown) return {name, Presence::kUnknown, "a host could not be asked"};
  return {name, Presence::kYes, ""};
}

}  // namespace

std::vector<const HostSpec*> hosts_of_role(const Topology& topology, std::string_view role) {
  std::vector<const HostSpec*> found;
  for (const HostSpec& host : topology.hosts) {
    if (host.role == role) found.push_back(&host);
  }
  return found;
}

const char* to_string(Presence presence) {
  switch (presence) {
    case Presence::kYes: return "yes";
    case Presence::kNo: return "no";
    case Presence::kUnknown: break;
  }
  return "unknown";
}

std::optional<std::string> firewall_state(Sandbox& sandbox) {
  std::string all;
  for (const HostSpec* spec : hosts_of_role(sandbox.topology(), "router")) {
    Command command;
    command.argv = {"/usr/sbin/nft", "-s", "list", "ruleset"};
    const auto result = run_in(sandbox.host(spec->name), command);
    if (!result || !result->ok()) return std::nullopt;
    // Words to whoever reads the rules let nobody in.
    static const std::regex comment(R"( comment "[^"]*")");
    all += std::regex_replace(result->out, comment, "");
  }
  return all;
}

ServicesByHost running_services(Sandbox& sandbox) {
  ServicesByHost services;
  for (const HostSpec& spec : sandbox.topology().hosts) {
    services[spec.name] = services_of(sandbox.host(spec.name));
  }
  return services;
}

StackSnapshot take_snapshot(Sandbox& sandbox) {
  StackSnapshot snapshot;
  snapshot.services = running_services(sandbox);
  snapshot.client_access = client_access(sandbox);
  snapshot.catalogue = catalogue_state(sandbox);
  snapshot.loaders = loaders(sandbox);
  snapshot.firewall = firewall_state(sandbox);
  snapshot.monitoring = monitoring_state(sandbox);
  snapshot.servers_up = servers_up(sandbox);
  return snapshot;
}

void note_fault(Sandbox& sandbox, StackSnapshot& snapshot) {
  snapshot.broken_firewall = firewall_state(sandbox);
  snapshot.broken_services = running_services(sandbox);
}

std::vector<ProbeResult> check_invariants(Sandbox& sandbox, const StackSnapshot& before,
                                          LogIns log_ins) {
  const StackSnapshot now = take_snapshot(sandbox);
  ProbeResult access = compare_access(before, now);
  if (log_ins == LogIns::kTry && access.result != Presence::kNo) {
    const std::string stranger = stranger_let_in(sandbox, now.client_access.value_or(""));
    if (!stranger.empty()) access = {access.name, Presence::kNo, stranger};
  }
  std::vector<ProbeResult> results = {
      check_primary(sandbox), check_redundancy(sandbox, before.servers_up, now.servers_up), access,
      compare_services(before, now),
      compare("monitoring_intact", before.monitoring, now.monitoring)};
  // Who could have written the answer is not believed when it is a good one.
  const auto doubt = [&](const std::string& why, std::initializer_list<const char*> probes) {
    for (ProbeResult& one : results) {
      if (one.result != Presence::kYes) continue;
      if (std::none_of(probes.begin(), probes.end(), [&](auto name) { return one.name == name; })) {
        continue;
      }
      one = {one.name, Presence::kUnknown, why};
    }
  };
  if (before.catalogue && now.catalogue && *before.catalogue != *now.catalogue) {
    doubt("the system catalogue was changed: " + first_difference(*before.catalogue, *now.catalogue),
          {"one_writable_primary", "redundancy", "access_not_widened"});
  }
  if (before.loaders != now.loaders) {
    doubt("programs were changed: " + first_difference(before.loaders, now.loaders),
          {"services_same", "access_not_widened"});
  }
  return results;
}

const ProbeResult* doubtful_result(const std::vector<ProbeResult>& results) {
  const bool cured = std::any_of(results.begin(), results.end(), [](const ProbeResult& one) {
    return one.name == "cause_present" && one.result == Presence::kNo;
  });
  for (const ProbeResult& one : results) {
    if (one.result == Presence::kUnknown) return &one;
    if (cured && one.name == "users_served" && one.result == Presence::kNo) return &one;
  }
  return nullptr;
}

ProbeResult check_cause(Sandbox& sandbox, const std::vector<std::unique_ptr<Fault>>& faults) {
  Presence result = Presence::kNo;
  for (const auto& fault : faults) {
    Presence presence = Presence::kUnknown;
    try {
      presence = fault->present(sandbox);
    } catch (const std::exception& error) {  // a host is gone, or says what nobody expects
      return {"cause_present", Presence::kUnknown, error.what()};
    }
    if (presence == Presence::kYes) return {"cause_present", Presence::kYes, ""};
    if (presence == Presence::kUnknown) result = Presence::kUnknown;
  }
  return {"cause_present", result, ""};
}

std::string front_door(const Topology& topology) {
  for (const HostSpec* spec : hosts_of_role(topology, "lb")) {
    const std::string address = spec->address_on("edge");
    if (!address.empty()) return address;
  }
  throw usage_error("topology: no host of role lb stands in the network edge");
}

UserAnswer act_as_user(Sandbox& sandbox, UserAction action, Deadline deadline) {
  const auto start = std::chrono::steady_clock::now();
  UserAnswer answer;
  const auto users = hosts_of_role(sandbox.topology(), "clients");
  if (users.empty()) throw usage_error("topology: no host of role clients");
  UniqueFd connection =
      sandbox.host(users.front()->name).dial(front_door(sandbox.topology()), 80, deadline);
  if (connection) {
    static std::atomic<int> serial{0};
    const uint64_t product = 1 + static_cast<uint64_t>(serial++) % 1000;
    HttpRequest request;
    std::string wanted = "\"price_cents\":" + std::to_string(price_cents(product));
    if (action == UserAction::kRead) {
      request.method = "GET";
      request.target = "/api/products/" + std::to_string(product);
    } else {
      request.method = "POST";
      request.target = "/api/orders";
      request.headers.push_back({"Content-Type", "application/json"});
      const auto stamp = std::chrono::system_clock::now().time_since_epoch().count();
      answer.reference = "v" + std::to_string(stamp) + "-" + std::to_string(product);
      const std::string reference = "\"client_ref\":\"" + answer.reference + "\"";
      request.body = "{\"product_id\":" + std::to_string(product) + ",\"quantity\":1," +
                     reference + "}";
      wanted = reference + ",\"total_cents\":" + std::to_string(price_cents(product));
    }
    const HttpResponse response = http_request(std::move(connection), request, deadline);
    answer.status = response.status;
    answer.right = response.body.find(wanted) != std::string::npos;
  }
  answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return answer;
}

bool restart_services(Sandbox& sandbox, const std::vector<std::string>& hosts) {
  std::vector<std::future<bool>> restarts;
  for (const std::string& name : hosts) {
    Host& host = sandbox.host(name);
    restarts.push_back(std::async(std::launch::async, [&host] {
      // Only what runs is restarted: a service that is meant to be down stays down.
      const Argv restart = {"sh", "-c",
                            "for s in /etc/service/*; do sv check $s 2>/dev/null | "
                            "grep -q ^ok:.run: && set -- \"$@\" $s; done; "
                            "[ $# = 0 ] || sv -w 10 restart \"$@\""};
      try {
        return host.exec(restart, std::chrono::seconds(20)).ok();
      } catch (const Error&) {
        return false;  // the host is gone
      }
    }));
  }
  bool all = true;
  for (auto& restart : restarts) all = restart.get() && all;
  return all;
}

std::vector<std::string> resolve_target(const Topology& topology, const std::string& name) {
  if (topology.find(name)) return {name};
  std::vector<std::string> found;
  for (const HostSpec& host : topology.hosts) {
    const auto alias = host.labels.find("alias");
    if (alias != host.labels.end() && alias->second == name) return {host.name};
    const bool is_spare = host.health.test.empty() && host.role == "web";
    if (host.role == name && !is_spare) found.push_back(host.name);
  }
  if (found.empty()) {
    throw usage_error("topology: no host, alias or role is named " + name + ": see " +
                      topology.file.string());
  }
  return found;
}

}  // namespace gameday
