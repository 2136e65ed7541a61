// What changed between two looks at the stack, judged on text alone: which services run, and who is
// let in. Pure functions, so that what they forgive can be tested without a stack.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gameday {

std::vector<std::string> lines_of(const std::string& text);

// The first line of `now` that `before` lacks ("new: …"), else the first that is missing from it
// ("gone: …"), else empty.
std::string first_difference(const std::string& before, const std::string& now);

// `now` without the lines that `broken` has and `before` had not: what the fault put there is
// nobody's doing.
std::string without_fault(const std::string& before, const std::string& broken,
                          const std::string& now);

struct RunningService {
  int pid = 0;
  double up_seconds = 0;
};

// The services of one host, as runit says.
struct ServiceList {
  std::set<std::string> up, down;
  std::map<std::string, RunningService> processes;  // of those that are up
};

// The services of every host; nothing for a host that could not be asked.
using ServicesByHost = std::map<std::string, std::optional<ServiceList>>;

// Why `now` is no longer what `before` was; empty: nothing that ran is missing, and what runs in
// addition stood ready before, or ran when the fault had come (`broken`): that is the fault's. To
// bring a spare up is no harm.
std::string service_difference(const ServiceList& before, const ServiceList& now,
                               const ServiceList& broken = {});

// A service that ran before and is not the same process now: it was restarted, killed or stopped.
struct Restart {
  std::string host, service;
  std::optional<double> up_seconds;  // of the process now; nothing: it does not run
};
struct Restarts {
  std::vector<Restart> services;
  std::vector<std::string> unknown_hosts;  // that could not be asked, before or now
};
Restarts restarts_between(const ServicesByHost& before, const ServicesByHost& now);

// The services in what `sv status` says of the folders of /etc/service, line by line.
ServiceList read_service_list(const std::string& sv_status);

// The first entry of `now` that lets somebody in whom no entry of `before` let in; empty: there is
// none. An entry is a line: "HOST rule TYPE DATABASES USERS ADDRESS NETMASK METHOD" with lists
// divided by commas and "-" for what a rule does not have, or "HOST superuser NAME" and the like. A
// rule is covered by one that speaks of at least the same databases, users and addresses and asks
// for no more proof.
std::string access_widened(const std::string& before, const std::string& now);

}  // namespace gameday
