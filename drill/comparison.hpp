// What changed between two looks at the stack, judged on text alone: which services run, and who is
// let in. Pure functions, so that what they forgive can be tested without a stack.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace gameday {

std::vector<std::string> lines_of(const std::string& text);

// The first line of `now` that `before` lacks ("new: …"), else the first that is missing from it
// ("gone: …"), else empty.
std::string first_difference(const std::string& before, const std::string& now);

// The services of one host, as runit says.
struct ServiceList {
  std::set<std::string> up, down;
};

// Why `now` is no longer what `before` was; empty: nothing that ran is missing, and what runs in
// addition stood ready before. To bring a spare up is no harm.
std::string service_difference(const ServiceList& before, const ServiceList& now);

// The first entry of `now` that lets somebody in whom no entry of `before` let in; empty: there is
// none. An entry is a line: "HOST rule TYPE DATABASES USERS ADDRESS NETMASK METHOD" with lists
// divided by commas and "-" for what a rule does not have, or "HOST superuser NAME" and the like. A
// rule is covered by one that speaks of at least the same databases, users and addresses and asks
// for no more proof.
std::string access_widened(const std::string& before, const std::string& now);

}  // namespace gameday
