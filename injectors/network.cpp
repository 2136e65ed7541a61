#include "injectors/network.hpp"

#include <arpa/inet.h>

#include <cstdlib>
#include <sstream>

#include "core/error.hpp"

namespace gameday {

namespace {

constexpr int kAddressBits = 32;

std::optional<uint32_t> number_of(const std::string& address) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr);
}

// Bits that a prefix fixes; negative when it is none.
int length_of(const std::string& prefix) {
  if (prefix == "default") return 0;
  const size_t slash = prefix.find('/');
  if (slash == std::string::npos) return kAddressBits;
  const int bits = std::atoi(prefix.c_str() + slash + 1);
  return bits >= 0 && bits <= kAddressBits ? bits : -1;
}

// As ip(8) reads its words: any beginning of one will do.
bool means(const std::string& word, std::string_view whole) {
  return !word.empty() && whole.starts_with(word);
}

std::string subnet_of(const Topology& topology, std::string_view network) {
  for (const NetworkSpec& spec : topology.networks) {
    if (spec.name == network) return spec.subnet;
  }
  return "";
}

}  // namespace

std::string plain_line(std::string_view line) {
  std::istringstream words{std::string(line.substr(0, line.find('#')))};
  std::string plain;
  for (std::string word; words >> word;) plain += (plain.empty() ? "" : " ") + word;
  return plain;
}

std::vector<std::string> text_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Route> routes_of_file(const std::string& text) {
  std::vector<Route> routes;
  for (const std::string& line : text_lines(text)) {
    std::istringstream words(plain_line(line));
    std::string object, verb, word;
    words >> object >> verb >> word;
    if (!means(object, "route") || word.empty()) continue;
    // "a" is add, "r" replace, "c" change, "p" prepend: the first in its table.
    const bool sets = means(verb, "add") || means(verb, "append") || means(verb, "replace") ||
                      means(verb, "change") || verb == "chg" || means(verb, "prepend");
    if (!sets) continue;
    Route route;
    for (const char* type : {"unicast", "unreachable", "blackhole", "prohibit", "throw"}) {
      if (!means(word, type) || word.size() < 2) continue;
      route.type = type;
      words >> word;
      break;
    }
    if (word == "to") words >> word;
    route.prefix = word;
    while (words >> word) {
      if (word == "via") words >> route.via;
    }
    std::erase_if(routes, [&route](const Route& old) { return old.prefix == route.prefix; });
    routes.push_back(route);
  }
  return routes;
}

bool covers(const std::string& prefix, const std::string& address) {
  const std::optional<uint32_t> wanted = number_of(address);
  const int bits = length_of(prefix);
  if (!wanted || bits < 0) return false;
  if (bits == 0) return true;
  const std::optional<uint32_t> base = number_of(prefix.substr(0, prefix.find('/')));
  return base && (*wanted >> (kAddressBits - bits)) == (*base >> (kAddressBits - bits));
}

std::optional<Route> route_for(const std::vector<Route>& routes, const std::string& address) {
  const Route* best = nullptr;
  for (const Route& route : routes) {
    if (!covers(route.prefix, address)) continue;
    if (!best || length_of(route.prefix) > length_of(best->prefix)) best = &route;
  }
  return best ? std::optional<Route>(*best) : std::nullopt;
}

Crossing crossing(const Topology& topology) {
  std::string data;
  for (const HostSpec& host : topology.hosts) {
    if (host.role == "db" && !host.attachments.empty()) data = host.attachments[0].network;
  }
  for (const HostSpec& host : topology.hosts) {
    if (host.role != "router" || host.address_on(data).empty()) continue;
    for (const Attachment& attachment : host.attachments) {
      if (attachment.network == data) continue;
      return {&host, subnet_of(topology, attachment.network), subnet_of(topology, data)};
    }
  }
  throw usage_error("topology: no router stands between the databases' network and another");
}

}  // namespace gameday
