// What network faults share: what a machine's /etc/network/routes says, and one line in its packet
// filter. Both files are read when the machine starts, so what stands there outlives every restart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "injectors/fault.hpp"

namespace gameday {

inline constexpr const char* kRoutesFile = "/etc/network/routes";
inline constexpr const char* kFilterFile = "/etc/nftables.conf";

// One route as `ip` writes it.
struct Route {
  std::string type = "unicast";  // or unreachable, blackhole, …
  std::string prefix;            // "10.77.2.0/24"; "10.77.2.11" for one machine; "default"
  std::string via;               // empty: straight out of the interface

  bool operator==(const Route&) const = default;
};

// Words of a line, one blank between them, without its comment. Empty for a comment or blank line.
std::string plain_line(std::string_view line);

// Lines of a text, without their ends.
std::vector<std::string> text_lines(const std::string& text);

// The routes that a batch file of `ip` sets ("route replace …"), in its order: a later one takes
// the place of an earlier one with the same prefix. Lines that are something else are passed over.
std::vector<Route> routes_of_file(const std::string& text);

// The most specific of these routes that covers the address; nothing when none does.
std::optional<Route> route_for(const std::vector<Route>& routes, const std::string& address);

// Whether an IPv4 address lies within a prefix. False when either cannot be read.
bool covers(const std::string& prefix, const std::string& address);

// Where application and databases meet, read from the topology. Throws a usage Error when there is
// no router between the two.
struct Crossing {
  const HostSpec* router = nullptr;
  std::string app_subnet, data_subnet;
};
Crossing crossing(const Topology& topology);

// A rule in a host's packet filter that stops the application's traffic to the databases: on a
// router what it forwards, on a database host what it takes in or sends out.
std::unique_ptr<Fault> make_filter_rule(std::string_view fault, const FaultTarget& target,
                                        std::string_view verdict);
// What both kinds of such a rule declare.
FaultKind filter_rule(std::string_view summary, std::unique_ptr<Fault> (*make)(const FaultTarget&));

}  // namespace gameday
